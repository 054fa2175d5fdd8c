"""Every statement that the store sends, named and described. They read the same to SQLite and PostgreSQL."""

from sqlalchemy import text

# ---------------------------------------------------------------- streams

STREAMS = text("SELECT key, id FROM stream")
"""All streams; there are thousands at most."""

HIGHEST_STREAM = text("SELECT COALESCE(MAX(id), -1) FROM stream")

ADD_STREAM = text("INSERT INTO stream (id, key) VALUES (:id, :key)")

# ---------------------------------------------------------------- the journal

ADD_TICK = text(
    "INSERT INTO tick (end_minute, first_minute, last_minute, events, spent) "
    "VALUES (:end_minute, :first_minute, :last_minute, :events, :spent)"
)

JOURNAL_EVENTS = text(
    "SELECT events FROM tick WHERE last_minute >= :first AND first_minute < :last AND events IS NOT NULL"
)
"""The packed events of the ticks that touch minutes first <= m < last."""

JOURNAL_SPENT = text("SELECT spent FROM tick WHERE spent IS NOT NULL")

TICKS_TO_FOLD = text("SELECT seq, events, spent FROM tick WHERE end_minute <= :before_minute ORDER BY seq LIMIT :limit")
"""The oldest ticks that ended before a minute."""

DROP_TICKS = text("DELETE FROM tick WHERE end_minute <= :before_minute AND seq <= :last_seq")
"""The ticks that TICKS_TO_FOLD gave."""

# ---------------------------------------------------------------- watermarks

WATERMARK = text("SELECT series, keys_checksum, data FROM watermark WHERE source = :source")

PUT_WATERMARK = text(
    "INSERT INTO watermark (source, series, keys_checksum, data) VALUES (:source, :series, :keys_checksum, :data) "
    "ON CONFLICT (source) DO UPDATE SET series = excluded.series, keys_checksum = excluded.keys_checksum, "
    "data = excluded.data"
)

SERIES = text("SELECT keys FROM series WHERE source = :source ORDER BY first_row")

ADD_SERIES = text("INSERT INTO series (source, first_row, keys) VALUES (:source, :first_row, :keys)")

DROP_SERIES = text("DELETE FROM series WHERE source = :source")
"""Before the keys of a source are written anew."""

# ---------------------------------------------------------------- minutes and quarters

CHUNK_BLOCKS = text("SELECT block, data FROM block WHERE chunk = :place AND block < :blocks ORDER BY block")
"""The blocks of one chunk."""

STREAM_BLOCKS = text(
    "SELECT chunk, data FROM block WHERE block = :block AND chunk BETWEEN :first AND :last ORDER BY chunk"
)
"""The blocks that hold one stream, over some chunks."""

PUT_BLOCK = text(
    "INSERT INTO block (chunk, block, data) VALUES (:place, :block, :data) "
    "ON CONFLICT (chunk, block) DO UPDATE SET data = excluded.data"
)

CHUNK_SUM = text("SELECT data FROM chunk_sum WHERE chunk = :chunk")

CHUNK_SUMS = text("SELECT chunk, data FROM chunk_sum WHERE chunk >= :first AND chunk < :last")

NEWEST_CHUNK = text("SELECT MAX(chunk) FROM chunk_sum")

NEWEST_IN_JOURNAL = text("SELECT MAX(last_minute) FROM tick")

PUT_CHUNK_SUM = text(
    "INSERT INTO chunk_sum (chunk, data) VALUES (:chunk, :data) ON CONFLICT (chunk) DO UPDATE SET data = excluded.data"
)

SPAN_QUARTERS = text("SELECT block, data FROM quarter WHERE span = :place AND block < :blocks ORDER BY block")
"""The quarters of one span of two days."""

STREAM_QUARTERS = text(
    "SELECT span, data FROM quarter WHERE block = :block AND span BETWEEN :first AND :last ORDER BY span"
)
"""The quarters that hold one stream, over some spans."""

PUT_QUARTER = text(
    "INSERT INTO quarter (span, block, data) VALUES (:place, :block, :data) "
    "ON CONFLICT (span, block) DO UPDATE SET data = excluded.data"
)

# ---------------------------------------------------------------- gaps

GAPS = text(
    "SELECT stream, start_minute, end_minute, bad, total FROM gap WHERE end_minute > :start "
    "ORDER BY start_minute, end_minute, stream"
)

ADD_GAP = text(
    "INSERT INTO gap (stream, start_minute, end_minute, bad, total) "
    "VALUES (:stream, :start_minute, :end_minute, :bad, :total) "
    "ON CONFLICT (stream, start_minute, end_minute) "
    "DO UPDATE SET bad = gap.bad + excluded.bad, total = gap.total + excluded.total"
)
"""A tick's gap: added to one of the same time."""

KEEP_GAP = text(
    "INSERT INTO gap (stream, start_minute, end_minute, bad, total) "
    "VALUES (:stream, :start_minute, :end_minute, :bad, :total) "
    "ON CONFLICT (stream, start_minute, end_minute) DO NOTHING"
)
"""History's gap: one that is known already keeps what it has."""

# ---------------------------------------------------------------- who spent

CHUNK_SPENT = text("SELECT data FROM spent WHERE chunk = :chunk AND block = :block")

STREAM_SPENT = text("SELECT data FROM spent WHERE block = :block AND chunk BETWEEN :first AND :last")

PUT_SPENT = text(
    "INSERT INTO spent (chunk, block, data) VALUES (:chunk, :block, :data) "
    "ON CONFLICT (chunk, block) DO UPDATE SET data = excluded.data"
)

# ---------------------------------------------------------------- what is past its keeping

DROP_BLOCKS = text("DELETE FROM block WHERE chunk < :chunk")
DROP_CHUNK_SUMS = text("DELETE FROM chunk_sum WHERE chunk < :chunk")
DROP_QUARTERS = text("DELETE FROM quarter WHERE span < :span")
DROP_SPENT = text("DELETE FROM spent WHERE chunk < :chunk")
DROP_GAPS = text("DELETE FROM gap WHERE end_minute <= :minute")

# ---------------------------------------------------------------- single facts

FACT = text("SELECT number, data FROM meta WHERE name = :name")

PUT_FACT = text(
    "INSERT INTO meta (name, number, data) VALUES (:name, :number, :data) "
    "ON CONFLICT (name) DO UPDATE SET number = excluded.number, data = excluded.data"
)

TRY_TO_WRITE = text("DELETE FROM meta WHERE name = ''")
"""Changes nothing, and fails where nothing can be changed."""

# ---------------------------------------------------------------- alerts

ALERT_STATES = text(
    "SELECT objective, alert, severity, state, at_minute, episode, detail FROM alert_transition "
    "WHERE id IN (SELECT MAX(id) FROM alert_transition GROUP BY objective, alert)"
)
"""The last transition of each alert of each objective."""

TRANSITIONS = text(
    "SELECT objective, alert, severity, state, at_minute, episode, detail FROM alert_transition "
    "WHERE at_minute >= :start_minute ORDER BY at_minute DESC, id DESC LIMIT :limit"
)

OBJECTIVE_TRANSITIONS = text(
    "SELECT objective, alert, severity, state, at_minute, episode, detail FROM alert_transition "
    "WHERE objective = :objective AND at_minute >= :start_minute ORDER BY at_minute DESC, id DESC LIMIT :limit"
)

ADD_TRANSITION = text(
    "INSERT INTO alert_transition (objective, alert, severity, state, at_minute, episode, detail) "
    "VALUES (:objective, :alert, :severity, :state, :at_minute, :episode, :detail)"
)

# ---------------------------------------------------------------- adjustments

_ADJUSTMENT = (
    "SELECT identity, slo, kind, start_minute, end_minute, bad, total, author, reason, made_minute, "
    "revoked_minute, revoked_by, revoked_reason FROM adjustment "
)

ADJUSTMENTS = text(_ADJUSTMENT + "ORDER BY identity")

ADJUSTMENTS_OF_SLO = text(_ADJUSTMENT + "WHERE slo = :slo ORDER BY identity")

ADJUSTMENT = text(_ADJUSTMENT + "WHERE identity = :identity")

ADD_ADJUSTMENT = text(
    "INSERT INTO adjustment (slo, kind, start_minute, end_minute, bad, total, author, reason, made_minute, "
    "revoked_minute, revoked_by, revoked_reason) VALUES (:slo, :kind, :start_minute, :end_minute, :bad, :total, "
    ":author, :reason, :made_minute, :revoked_minute, :revoked_by, :revoked_reason) RETURNING identity"
)

REVOKE_ADJUSTMENT = text(
    "UPDATE adjustment SET revoked_minute = :at_minute, revoked_by = :author, revoked_reason = :reason "
    "WHERE identity = :identity"
)
