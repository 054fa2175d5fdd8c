"""The tables as they are now; the migrations arrive at exactly these (a test compares them)."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)
# SQLite numbers rows by itself only in a column of this very type.
_Number = BigInteger().with_variant(Integer, "sqlite")


def _number(name: str, *, key: bool = False, optional: bool = False) -> Column[int]:
    return Column(name, _Number, primary_key=key, nullable=optional, autoincrement=False)


def _counted(name: str) -> Column[int]:
    return Column(name, _Number, primary_key=True, autoincrement=True)


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


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

# Who measures, where several processes share the database. The epoch grows with each change of hands.
lease = Table(
    "lease",
    metadata,
    _text("name", key=True),
    _text("holder"),
    _number("epoch"),
    Column("until_seconds", Double, nullable=False),
)
