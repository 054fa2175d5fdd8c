"""Queries of SQLAlchemy engines, sync and async, and queries measured by hand."""

import asyncio
from pathlib import Path

import pytest
from asgi_client import samples, value
from sqlalchemy import Engine, column, create_engine, event, insert, select, table, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from covet_sre_sdk import Metrics, db_query, instrument_sqlalchemy

orders = table("orders", column("id"), column("total"))


def queries(metrics: Metrics) -> dict[str, float]:
    """Return the queries above 0, as "select ok" -> how many."""
    return {
        "{operation} {outcome}".format(**dict(labels)): count
        for (name, labels), count in samples(metrics).items()
        if name == "db_queries_total" and count
    }


@pytest.fixture
def engine(tmp_path: Path, metrics: Metrics):
    engine = create_engine(f"sqlite:///{tmp_path / 'orders.db'}")
    with engine.begin() as connection:
        connection.execute(text("create table orders (id integer primary key, total integer)"))
    instrument_sqlalchemy(engine, metrics=metrics)
    yield engine
    engine.dispose()


def test_every_statement_counts_under_its_operation(engine: Engine, metrics: Metrics) -> None:
    with engine.begin() as connection:
        connection.execute(insert(orders), [{"id": number, "total": 5} for number in range(3)])
        connection.execute(insert(orders).values(id=9, total=1))
        connection.execute(update(orders).values(total=6))
        connection.execute(select(orders))
        connection.execute(text("  SELECT\n 1"))
        connection.execute(text("with x as (select 1) select * from x"))
        connection.execute(text("delete from orders"))
        connection.execute(text("create index by_total on orders (total)"))
    assert queries(metrics) == {"insert ok": 2, "update ok": 1, "select ok": 3, "delete ok": 1, "other ok": 1}


def test_a_statement_that_fails_is_an_error_of_its_operation(engine: Engine, metrics: Metrics) -> None:
    with engine.connect() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text("select nothing from nowhere"))
        connection.execute(select(orders))
    assert queries(metrics) == {"select error": 1, "select ok": 1}
    found = samples(metrics)
    assert value(found, "db_query_duration_seconds_count", operation="select") == 2


@pytest.mark.usefixtures("engine")
def test_operations_are_known_before_their_first_query(metrics: Metrics) -> None:
    found = samples(metrics)
    for operation in ("select", "insert", "update", "delete", "connect"):
        for outcome in ("ok", "error"):
            assert value(found, "db_queries_total", operation=operation, outcome=outcome) == 0


def test_a_database_that_cannot_be_reached_is_an_error(tmp_path: Path, metrics: Metrics) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'no such folder' / 'orders.db'}")
    instrument_sqlalchemy(engine, metrics=metrics)
    with pytest.raises(OperationalError):
        engine.connect()
    assert queries(metrics) == {"connect error": 1}


def test_a_commit_that_fails_is_an_error(engine: Engine, metrics: Metrics) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table lines (of integer references orders(id) deferrable initially deferred)"))
    with pytest.raises(DBAPIError), engine.connect() as connection:
        connection.exec_driver_sql("pragma foreign_keys = on")
        connection.execute(text("insert into lines values (404)"))
        connection.commit()
    counted = queries(metrics)
    assert counted["transaction error"] == 1
    assert counted["insert ok"] == 1


def test_an_error_that_never_reached_the_database_is_none(engine: Engine, metrics: Metrics) -> None:
    with engine.connect() as connection, pytest.raises(Exception, match="A value is required for bind parameter"):
        connection.execute(text("select :missing"))
    assert queries(metrics) == {}


def test_the_duration_is_the_time_that_the_database_took(engine: Engine, metrics: Metrics) -> None:
    @event.listens_for(engine, "connect")
    def add_sleep(connection, _record) -> None:
        import time

        connection.create_function("sleep", 1, lambda seconds: time.sleep(seconds))

    engine.dispose()
    with engine.connect() as connection:
        connection.execute(text("select sleep(0.15)"))
    found = samples(metrics)
    assert value(found, "db_query_duration_seconds_bucket", operation="select", le="0.1") == 0
    assert value(found, "db_query_duration_seconds_bucket", operation="select", le="+Inf") == 1


def test_an_engine_that_is_instrumented_twice_counts_once(engine: Engine, metrics: Metrics) -> None:
    instrument_sqlalchemy(engine, metrics=metrics)
    with engine.connect() as connection:
        connection.execute(select(orders))
    assert queries(metrics) == {"select ok": 1}


def test_an_async_engine_is_measured_just_so(tmp_path: Path, metrics: Metrics) -> None:
    async def main() -> None:
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'async.db'}")
        instrument_sqlalchemy(engine, metrics=metrics)
        async with engine.begin() as connection:
            await connection.execute(text("create table orders (id integer primary key, total integer)"))
            await connection.execute(insert(orders).values(id=1, total=2))
            await connection.execute(select(orders))
        with pytest.raises(DBAPIError):
            async with engine.begin() as connection:
                await connection.execute(text("delete from nowhere"))
        await engine.dispose()

    asyncio.run(main())
    assert queries(metrics) == {"other ok": 1, "insert ok": 1, "select ok": 1, "delete error": 1}


def test_a_query_by_hand_counts_like_any_other(metrics: Metrics) -> None:
    async def main() -> None:
        async with db_query("get", metrics=metrics):
            await asyncio.sleep(0)

    asyncio.run(main())
    with db_query("get", metrics=metrics):
        pass
    with pytest.raises(TimeoutError), db_query("get", metrics=metrics):
        raise TimeoutError
    assert queries(metrics) == {"get ok": 2, "get error": 1}
