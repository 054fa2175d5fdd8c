"""Triggers in the database that write down what rows went through: committed with the change itself, so that they know
what a kill left and what it took. They are ours alone; the server knows nothing of them."""

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

_SEEN = {
    "arrival": ("AFTER UPDATE", "OLD.state <> 'waiting' OR NEW.state <> 'waiting'", "NEW.number", "NEW.state", "''"),
    "arrival_gone": ("AFTER DELETE", "", "OLD.number", "'gone'", "''"),
    "notification_new": ("AFTER INSERT", "", "NEW.key", "NEW.delivery", "LEAD"),
    "notification": ("AFTER UPDATE", "", "NEW.key", "NEW.delivery", "LEAD"),
    "timeline": ("AFTER UPDATE", "", "NEW.incident", "'rewritten'", "''"),
    "timeline_gone": ("AFTER DELETE", "", "OLD.incident", "'gone'", "''"),
}
"""What is seen: when, under which condition, and the name and state that are written down; of a notification also which
other one carries it, in a storm."""

_LEADS = {"sqlite": "json_extract(NEW.doc, '$.lead')", "postgresql": "NEW.doc::json ->> 'lead'"}
_NOW = {
    "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "extract(epoch FROM clock_timestamp())",
}
_NUMBER = {"sqlite": "INTEGER PRIMARY KEY", "postgresql": "BIGSERIAL PRIMARY KEY"}


def engine_for(url: str) -> Engine:
    """No connection of ours stays open: one that outlives a server would spare the next the recovery of the file."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)


def set_witness(engine: Engine) -> None:
    """Once, on a database that has its tables."""
    kind = engine.dialect.name
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE witness (id {_NUMBER[kind]}, what TEXT, name TEXT, state TEXT, lead TEXT, "
            "at DOUBLE PRECISION)"
        )
        for name, (when, condition, key, state, lead) in _SEEN.items():
            table = name.partition("_")[0]
            values = f"'{table}', CAST({key} AS TEXT), {state}, {lead.replace('LEAD', _LEADS[kind])}, {_NOW[kind]}"
            insert = f"INSERT INTO witness (what, name, state, lead, at) VALUES ({values});"
            only = f"WHEN ({condition})" if condition else ""
            if kind == "sqlite":
                body = f"BEGIN {insert} END"
            else:
                body = f"EXECUTE FUNCTION witness_{name}()"
                connection.exec_driver_sql(
                    f"CREATE FUNCTION witness_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
                    f"BEGIN {insert} RETURN NULL; END $$"
                )
            connection.exec_driver_sql(f"CREATE TRIGGER witness_{name} {when} ON {table} FOR EACH ROW {only} {body}")
