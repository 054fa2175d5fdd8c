"""The first tables: streams, journal, minutes, quarters, gaps, spending, alerts, adjustments."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "adjustment",
        sa.Column("identity", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("slo", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("start_minute", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("end_minute", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("bad", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("total", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_minute", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("revoked_minute", _NUMBER, autoincrement=False, nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("revoked_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_adjustment"),
    )
    op.create_table(
        "alert_transition",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at_minute", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_transition"),
    )
    op.create_index("ix_alert_transition_at_minute", "alert_transition", ["at_minute", "id"], unique=False)
    op.create_index("ix_alert_transition_objective", "alert_transition", ["objective", "alert", "id"], unique=False)
    op.create_table(
        "block",
        sa.Column("chunk", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("block", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chunk", "block", name="pk_block"),
    )
    op.create_table(
        "chunk_sum",
        sa.Column("chunk", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chunk", name="pk_chunk_sum"),
    )
    op.create_table(
        "gap",
        sa.Column("stream", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("start_minute", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("end_minute", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("bad", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("total", _NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("stream", "start_minute", "end_minute", name="pk_gap"),
    )
    op.create_index("ix_gap_end_minute", "gap", ["end_minute"], unique=False)
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("epoch", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("until_seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    op.create_table(
        "quarter",
        sa.Column("span", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("block", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("span", "block", name="pk_quarter"),
    )
    op.create_table(
        "series",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("first_row", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", "first_row", name="pk_series"),
    )
    op.create_table(
        "spent",
        sa.Column("chunk", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("block", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chunk", "block", name="pk_spent"),
    )
    op.create_table(
        "stream",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stream"),
        sa.UniqueConstraint("key", name="uq_stream_key"),
    )
    op.create_table(
        "tick",
        sa.Column("seq", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("end_minute", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("first_minute", _NUMBER, autoincrement=False, nullable=True),
        sa.Column("last_minute", _NUMBER, autoincrement=False, nullable=True),
        sa.Column("events", sa.LargeBinary(), nullable=True),
        sa.Column("spent", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_tick"),
    )
    op.create_table(
        "watermark",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("series", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("keys_checksum", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_watermark"),
    )
