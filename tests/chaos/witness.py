"""Triggers in the database that write down what rows went through: committed with the change itself, so that they know
what a kill left and what it took. They are ours alone; the server knows nothing of them."""

from sqlalchemy import Engine, create_engine, text

_SEEN = {
    "arrival": ("AFTER UPDATE", "OLD.state <> 'waiting' OR NEW.state <> 'waiting'", "NEW.number", "NEW.state"),
    "arrival_gone": ("AFTER DELETE", "", "OLD.number", "'gone'"),
    "notification_new": ("AFTER INSERT", "", "NEW.key", "NEW.delivery"),
    "notification": ("AFTER UPDATE", "", "NEW.key", "NEW.delivery"),
    "timeline": ("AFTER UPDATE", "", "NEW.incident", "'rewritten'"),
    "timeline_gone": ("AFTER DELETE", "", "OLD.incident", "'gone'"),
}
"""What is seen: when, under which condition, and the key and state that are written down."""


def engine_for(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


def set_witness(engine: Engine) -> None:
    """Once, on a database that has its tables."""
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        number = "INTEGER PRIMARY KEY" if is_sqlite else "BIGSERIAL PRIMARY KEY"
        float_kind = "REAL" if is_sqlite else "DOUBLE PRECISION"
        connection.execute(
            text(f"CREATE TABLE witness (id {number}, what TEXT, name TEXT, state TEXT, at {float_kind})")
        )
        for name, (when, condition, key, state) in _SEEN.items():
            table = name.partition("_")[0]
            for statement in (_sqlite if is_sqlite else _postgresql)(name, table, when, condition, key, state):
                # As they are: neither colons nor percent signs mean anything in them.
                connection.exec_driver_sql(statement)


def _sqlite(name: str, table: str, when: str, condition: str, key: str, state: str) -> list[str]:
    only = f"WHEN {condition}" if condition else ""
    at = "(julianday('now') - 2440587.5) * 86400.0"
    return [
        f"CREATE TRIGGER witness_{name} {when} ON {table} {only} BEGIN "
        f"INSERT INTO witness (what, name, state, at) VALUES ('{table}', CAST({key} AS TEXT), {state}, {at}); END"
    ]


def _postgresql(name: str, table: str, when: str, condition: str, key: str, state: str) -> list[str]:
    only = f"WHEN ({condition})" if condition else ""
    return [
        f"CREATE FUNCTION witness_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO witness (what, name, state, at) VALUES ('{table}', CAST({key} AS TEXT), {state}, "
        "extract(epoch FROM clock_timestamp())); RETURN NULL; END $$",
        f"CREATE TRIGGER witness_{name} {when} ON {table} FOR EACH ROW {only} EXECUTE FUNCTION witness_{name}()",
    ]
