"""What arrives, alerts, incidents with their timelines, silences, and what leaves."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("firing", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alert"),
    )
    op.create_index("ix_alert_incident", "alert", ["incident", "key"], unique=False)
    op.create_index("ix_alert_service", "alert", ["service", "key"], unique=False)
    _create_index_where("ix_alert_firing", "alert", ["key"], "firing = 1")
    _create_index_where("ix_alert_ended", "alert", ["changed_at"], "firing = 0")
    op.create_table(
        "arrival",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("disposed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_arrival"),
    )
    _create_index_where("ix_arrival_waiting", "arrival", ["state", "number"], "state = 'waiting'")
    _create_index_where("ix_arrival_disposed_at", "arrival", ["disposed_at"], "disposed_at IS NOT NULL")
    op.create_table(
        "incident",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("place", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("is_open", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("over_at", sa.Double(), nullable=True),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_incident"),
        sa.UniqueConstraint("place", name="uq_incident_place"),
    )
    op.create_index("ix_incident_is_open", "incident", ["is_open", "place"], unique=False)
    op.create_index("ix_incident_service", "incident", ["service", "place"], unique=False)
    op.create_index("ix_incident_severity", "incident", ["severity", "place"], unique=False)
    op.create_index("ix_incident_over_at", "incident", ["over_at"], unique=False)
    op.create_table(
        "incident_number",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_incident_number"),
    )
    op.create_table(
        "notification",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_notification"),
    )
    op.create_index("ix_notification_due_at", "notification", ["due_at", "key"], unique=False)
    op.create_index("ix_notification_incident", "notification", ["incident", "due_at", "key"], unique=False)
    op.create_index("ix_notification_target", "notification", ["target", "due_at", "key"], unique=False)
    _create_index_where("ix_notification_waiting", "notification", ["due_at"], "delivery IN ('waiting', 'claimed')")
    op.create_table(
        "silence",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_silence"),
    )
    op.create_index("ix_silence_ends_at", "silence", ["ends_at"], unique=False)
    op.create_table(
        "timeline",
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incident", "position", name="pk_timeline"),
    )


def _create_index_where(name: str, table: str, columns: list[str], only: str) -> None:
    where = sa.text(only)
    op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
