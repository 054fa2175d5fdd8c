"""The tables as they are now; the migrations arrive at exactly these (a test compares them)."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)
# SQLite numbers rows by itself only in a column of this very type.
_Number = BigInteger().with_variant(Integer, "sqlite")
# What lists are paged by: in the order of code points, whatever language the server speaks.
_Key = Text().with_variant(Text(collation="C"), "postgresql")


def _number(name: str, *, key: bool = False, optional: bool = False) -> Column[int]:
    return Column(name, _Number, primary_key=key, nullable=optional, autoincrement=False)


def _counted(name: str) -> Column[int]:
    return Column(name, _Number, primary_key=True, autoincrement=True)


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


def _key(name: str, *, key: bool = True) -> Column[str]:
    return Column(name, _Key, primary_key=key, nullable=False)


def _seconds(name: str, *, optional: bool = False) -> Column[float]:
    return Column(name, Double, nullable=optional)


def _where(name: str, *columns: str, only: str) -> Index:
    """An index of the rows that satisfy a condition; a query has to state it word by word."""
    return Index(name, *columns, sqlite_where=text(only), postgresql_where=text(only))


def _packed(name: str, *, optional: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=optional)


# Each stream's small number, dense from 0.
stream = Table("stream", metadata, _number("id", key=True), Column("key", Text, nullable=False, unique=True))

# The journal: one row per tick, additive, until it is folded. `events` and `spent` are packed columns.
tick = Table(
    "tick",
    metadata,
    _counted("seq"),
    _number("end_minute"),
    _number("first_minute", optional=True),
    _number("last_minute", optional=True),
    _packed("events", optional=True),
    _packed("spent", optional=True),
)

# The series of a source in the order of its watermarks; each row holds the keys that one tick added.
series = Table("series", metadata, _text("source", key=True), _number("first_row", key=True), _packed("keys"))

# The last counted sample of every series of a source, with the number and the checksum of the keys.
watermark = Table(
    "watermark", metadata, _text("source", key=True), _number("series"), _number("keys_checksum"), _packed("data")
)

gap = Table(
    "gap",
    metadata,
    _number("stream", key=True),
    _number("start_minute", key=True),
    _number("end_minute", key=True),
    _number("bad"),
    _number("total"),
    Index(None, "end_minute"),
)

# Minutes of 16 streams in one chunk, kept for 100 days; and what they sum up to, all streams of a chunk in one row.
block = Table("block", metadata, _number("chunk", key=True), _number("block", key=True), _packed("data"))
chunk_sum = Table("chunk_sum", metadata, _number("chunk", key=True), _packed("data"))

# Quarters of an hour of 16 streams in a span of two days, kept for 400 days.
quarter = Table("quarter", metadata, _number("span", key=True), _number("block", key=True), _packed("data"))

# Bad events by stream, hour, label and value of 16 streams in one chunk, kept for 400 days.
spent = Table("spent", metadata, _number("chunk", key=True), _number("block", key=True), _packed("data"))

alert_transition = Table(
    "alert_transition",
    metadata,
    _counted("id"),
    _text("objective"),
    _text("alert"),
    _text("severity"),
    _text("state"),
    _number("at_minute"),
    _text("episode"),
    _text("detail"),
    Index(None, "objective", "alert", "id"),
    Index(None, "at_minute", "id"),
)

adjustment = Table(
    "adjustment",
    metadata,
    _counted("identity"),
    _text("slo"),
    _text("kind"),
    _number("start_minute"),
    _number("end_minute"),
    _number("bad"),
    _number("total"),
    _text("author"),
    _text("reason"),
    _number("made_minute"),
    _number("revoked_minute", optional=True),
    _text("revoked_by"),
    _text("revoked_reason"),
)

# Single facts: last_read, simulated_until, the floors below which minutes and quarters were dropped, known_from.
meta = Table(
    "meta", metadata, _text("name", key=True), _number("number", optional=True), _packed("data", optional=True)
)

# Who measures, and who decides about alerts, where several processes share the database. The epoch grows with each
# change of hands.
lease = Table(
    "lease",
    metadata,
    _text("name", key=True),
    _text("holder"),
    _number("epoch"),
    _seconds("until_seconds"),
)

# What arrived: one row per request, before it is answered. `result` is the document of a Disposed.
arrival = Table(
    "arrival",
    metadata,
    _number("number", key=True),
    _text("source"),
    _packed("body"),
    _seconds("received_at"),
    _text("actor"),
    _text("note"),
    _text("state"),
    _number("tries"),
    Column("result", Text),
    _seconds("disposed_at", optional=True),
    _where("ix_arrival_waiting", "state", "number", only="state = 'waiting'"),
    _where("ix_arrival_disposed_at", "disposed_at", only="disposed_at IS NOT NULL"),
)

# What is known of each alert. `changed_at` is when it was last written.
alert = Table(
    "alert",
    metadata,
    _key("key"),
    _number("firing"),
    _text("service"),
    _text("incident"),
    _seconds("changed_at"),
    _text("doc"),
    Index("ix_alert_incident", "incident", "key"),
    Index("ix_alert_service", "service", "key"),
    _where("ix_alert_firing", "key", only="firing = 1"),
    _where("ix_alert_ended", "changed_at", only="firing = 0"),
)

# Timelines, append-only: whoever writes a position that is taken is refused.
timeline = Table(
    "timeline",
    metadata,
    _text("incident", key=True),
    _number("position", key=True),
    _seconds("at"),
    _text("actor"),
    _text("kind"),
    _text("data"),
    _text("digest"),
)

# Incidents as their timelines fold. `place` is the order of their names; `over_at` is when one that is no longer open
# was last written.
incident = Table(
    "incident",
    metadata,
    _text("identity", key=True),
    Column("place", _Number, nullable=False, unique=True),
    _text("service"),
    _text("severity"),
    _number("is_open"),
    _seconds("opened_at"),
    _seconds("over_at", optional=True),
    _text("doc"),
    Index("ix_incident_is_open", "is_open", "place"),
    Index("ix_incident_service", "service", "place"),
    Index("ix_incident_severity", "severity", "place"),
    Index("ix_incident_over_at", "over_at"),
)

# The last number of an incident on each day.
incident_number = Table("incident_number", metadata, _text("day", key=True), _number("number"))

silence = Table(
    "silence",
    metadata,
    _text("identity", key=True),
    _seconds("starts_at"),
    _seconds("ends_at"),
    _text("doc"),
    Index("ix_silence_ends_at", "ends_at"),
)

# Single things of many kinds, each a document. `over_at` is since when one matters no more.
record = Table(
    "record",
    metadata,
    _key("kind"),
    _key("identity"),
    _seconds("over_at", optional=True),
    _text("doc"),
    Index("ix_record_over_at", "kind", "over_at"),
)

# Who changed what, append-only, one hash chain: whoever writes a position that is taken is refused.
audit = Table(
    "audit",
    metadata,
    _number("position", key=True),
    _seconds("at"),
    _text("actor"),
    _text("kind"),
    _text("subject"),
    _text("data"),
    _text("digest"),
)

# What leaves, and what became of it: one row for each (incident, episode, step, target, person, purpose).
notification = Table(
    "notification",
    metadata,
    _key("key"),
    _text("incident"),
    _text("target"),
    _text("delivery"),
    _text("purpose"),
    _seconds("due_at"),
    _text("doc"),
    Index("ix_notification_due_at", "due_at", "key"),
    Index("ix_notification_incident", "incident", "due_at", "key"),
    Index("ix_notification_target", "target", "due_at", "key"),
    _where("ix_notification_waiting", "due_at", only="delivery IN ('waiting', 'claimed')"),
)
