"""The statements about what arrives, alerts, incidents and what leaves; like `statements`, for both databases."""

from functools import cache

from sqlalchemy import TextClause, bindparam, text

# ---------------------------------------------------------------- what arrives

TAKE_NUMBERS = text(
    "INSERT INTO meta (name, number) VALUES ('arrivals', :count) "
    "ON CONFLICT (name) DO UPDATE SET number = meta.number + :count RETURNING number"
)
"""The last of so many numbers that no arrival had before, nor ever will again."""

ADD_ARRIVAL = text(
    "INSERT INTO arrival (number, source, body, received_at, actor, note, state, tries) "
    "VALUES (:number, :source, :body, :received_at, :actor, :note, 'waiting', 0)"
)

ADD_ARRIVALS = text(
    "INSERT INTO arrival (number, source, body, received_at, actor, note, state, tries) "
    "SELECT number, source, body, received_at, actor, note, 'waiting', 0 FROM unnest("
    "CAST(:number AS bigint[]), CAST(:source AS text[]), CAST(:body AS bytea[]), "
    "CAST(:received_at AS double precision[]), CAST(:actor AS text[]), CAST(:note AS text[])"
    ") AS new(number, source, body, received_at, actor, note)"
)
"""The same with an array for each column: PostgreSQL alone reads it, and is twice as fast with it."""

_ARRIVAL = "SELECT number, source, body, received_at, actor, note, tries, result, disposed_at FROM arrival "

WAITING = text(_ARRIVAL + "WHERE state = 'waiting' ORDER BY number LIMIT :limit")

WAITING_COUNT = text("SELECT COUNT(*) FROM arrival WHERE state = 'waiting'")

NEWEST_ARRIVALS = text(_ARRIVAL + "ORDER BY number DESC LIMIT :limit")
ARRIVALS_BEFORE = text(_ARRIVAL + "WHERE number < :before ORDER BY number DESC LIMIT :limit")

TRIED = text("UPDATE arrival SET tries = tries + 1 WHERE number = :number RETURNING tries")

DISPOSE = text(
    "UPDATE arrival SET state = :state, result = :result, disposed_at = :disposed_at "
    "WHERE number = :number AND state = 'waiting'"
)
"""Once only: an arrival that is disposed of keeps what it has."""

RESULTS = text("SELECT result FROM arrival WHERE number IN :numbers AND result IS NOT NULL").bindparams(
    bindparam("numbers", expanding=True)
)

FORGET_ARRIVALS = text(
    "DELETE FROM arrival WHERE number IN "
    "(SELECT number FROM arrival WHERE disposed_at IS NOT NULL AND disposed_at < :before "
    "ORDER BY disposed_at LIMIT :limit)"
)

FORGET_ENDED_ALERTS = text(
    "DELETE FROM alert WHERE key IN "
    "(SELECT key FROM alert WHERE firing = 0 AND changed_at < :before ORDER BY changed_at LIMIT :limit)"
)
"""Alerts that a desk no longer knew of when it was laid out, so that it could not forget them itself."""

# ---------------------------------------------------------------- what a step changes

ADD_ENTRY = text(
    "INSERT INTO timeline (incident, position, at, actor, kind, data, digest) "
    "VALUES (:incident, :position, :at, :actor, :kind, :data, :digest)"
)
"""Plain: a position that is taken is a conflict, and never an overwrite."""

PUT_ALERT = text(
    "INSERT INTO alert (key, firing, service, incident, changed_at, doc) "
    "VALUES (:key, :firing, :service, :incident, :changed_at, :doc) "
    "ON CONFLICT (key) DO UPDATE SET firing = excluded.firing, service = excluded.service, "
    "incident = excluded.incident, changed_at = excluded.changed_at, doc = excluded.doc"
)

FORGET_ALERT = text("DELETE FROM alert WHERE key = :key")

PUT_INCIDENT = text(
    "INSERT INTO incident (identity, place, service, severity, is_open, opened_at, over_at, doc) "
    "VALUES (:identity, :place, :service, :severity, :is_open, :opened_at, :over_at, :doc) "
    "ON CONFLICT (identity) DO UPDATE SET service = excluded.service, severity = excluded.severity, "
    "is_open = excluded.is_open, opened_at = excluded.opened_at, over_at = excluded.over_at, doc = excluded.doc"
)

PUT_NUMBER = text(
    "INSERT INTO incident_number (day, number) VALUES (:day, :number) "
    "ON CONFLICT (day) DO UPDATE SET number = excluded.number"
)

PUT_SILENCE = text(
    "INSERT INTO silence (identity, starts_at, ends_at, doc) VALUES (:identity, :starts_at, :ends_at, :doc) "
    "ON CONFLICT (identity) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, "
    "doc = excluded.doc"
)

PUT_NOTIFICATION = text(
    "INSERT INTO notification (key, incident, target, delivery, purpose, due_at, doc) "
    "VALUES (:key, :incident, :target, :delivery, :purpose, :due_at, :doc) "
    "ON CONFLICT (key) DO UPDATE SET target = excluded.target, delivery = excluded.delivery, "
    "due_at = excluded.due_at, doc = excluded.doc"
)

# ---------------------------------------------------------------- what a desk is laid out from

_KEPT_ALERT = "(firing = 1 OR (firing = 0 AND changed_at >= :since))"
_KEPT_INCIDENT = "(over_at IS NULL OR over_at >= :since)"
_TO_BE_SENT = "delivery IN ('waiting', 'claimed')"

KEPT_ALERTS = text(f"SELECT doc FROM alert WHERE {_KEPT_ALERT} ORDER BY key")
"""Those that fire, and those that ended not long ago."""

KEPT_INCIDENTS = text(
    f"SELECT doc FROM incident WHERE {_KEPT_INCIDENT} "
    f"OR identity IN (SELECT incident FROM alert WHERE {_KEPT_ALERT}) "
    f"OR identity IN (SELECT incident FROM notification WHERE {_TO_BE_SENT}) ORDER BY place"
)
"""Those that are open or were not long ago, and those that something else on the desk belongs to."""

KEPT_SILENCES = text("SELECT doc FROM silence WHERE ends_at >= :since ORDER BY starts_at, identity")

KEPT_NOTIFICATIONS = text(
    f"SELECT doc FROM notification WHERE {_TO_BE_SENT} "
    "OR (purpose = 'trigger' "
    f"AND incident IN (SELECT identity FROM incident WHERE {_KEPT_INCIDENT})) ORDER BY due_at, key"
)
"""What is to be sent, and what asked people: whom it reached, or may have, will be told how it goes on."""

NUMBERS = text("SELECT day, number FROM incident_number ORDER BY day")

# ---------------------------------------------------------------- what people look at

INCIDENT = text("SELECT doc FROM incident WHERE identity = :identity")

TIMELINE = text(
    "SELECT incident, position, at, actor, kind, data, digest FROM timeline "
    "WHERE incident = :incident ORDER BY position"
)

_CONDITIONS = {
    "is_open": "is_open = :is_open",
    "service": "service = :service",
    "severity": "severity = :severity",
    "before": "place < :before",
    "firing": "firing = 1",
    "ended": "firing = 0",
    "incident": "incident = :incident",
    "target": "target = :target",
    "after": "key > :after",
}


DELIVERED = text(
    "SELECT doc FROM notification WHERE due_at >= :since AND delivery = 'delivered' AND purpose = 'trigger' "
    "ORDER BY due_at DESC, key DESC LIMIT :limit"
)
"""What asked people and reached them: how often each was paged."""


@cache
def incidents(*wanted: str) -> TextClause:
    """The newest first, under conditions by name."""
    return text(f"SELECT doc FROM incident {_where(wanted)} ORDER BY place DESC LIMIT :limit")


@cache
def alerts(*wanted: str) -> TextClause:
    """By key, under conditions by name."""
    return text(f"SELECT doc FROM alert {_where(wanted)} ORDER BY key LIMIT :limit")


@cache
def notifications(*wanted: str) -> TextClause:
    """The newest first, under conditions by name."""
    return text(f"SELECT doc FROM notification {_where(wanted)} ORDER BY due_at DESC, key DESC LIMIT :limit")


def _where(wanted: tuple[str, ...]) -> str:
    return f"WHERE {' AND '.join(_CONDITIONS[name] for name in wanted)}" if wanted else ""
