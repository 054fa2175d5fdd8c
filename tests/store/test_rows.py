"""Statements as the drivers have them: each row's values by name, in whatever order they are given."""

import pytest
from sqlalchemy import create_engine, text

from covet_sre.store.rows import execute_row, execute_rows

PUT = text("INSERT INTO thing (name, number) VALUES (:name, :number)")
RAISE = text("UPDATE thing SET number = number + :by WHERE name = :name AND number + :by < 100")


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE thing (name TEXT, number INTEGER)"))
        yield connection


def test_each_row_is_written_by_its_names(connection) -> None:
    assert execute_rows(connection, PUT, [{"number": 1, "name": "a"}, {"name": "b", "number": 2}]) == 2
    assert connection.execute(text("SELECT name, number FROM thing ORDER BY name")).all() == [("a", 1), ("b", 2)]


def test_a_name_may_stand_twice_and_the_rows_that_change_are_counted(connection) -> None:
    execute_rows(connection, PUT, [{"name": "a", "number": 1}, {"name": "b", "number": 99}])
    assert execute_rows(connection, RAISE, [{"name": "a", "by": 5}, {"name": "b", "by": 5}]) == 1
    assert connection.execute(text("SELECT number FROM thing ORDER BY name")).scalars().all() == [6, 99]


def test_one_value_is_a_row_too(connection) -> None:
    execute_rows(connection, PUT, [{"name": "a", "number": 1}, {"name": "b", "number": 2}])
    assert execute_rows(connection, text("DELETE FROM thing WHERE name = :name"), [{"name": "a"}]) == 1


def test_no_rows_are_no_statement(connection) -> None:
    assert execute_rows(connection, text("this is no SQL"), []) == 0


def test_a_statement_for_one_row_may_return_something(connection) -> None:
    returned = execute_row(connection, text("INSERT INTO thing VALUES (:name, 7) RETURNING number"), {"name": "a"})
    assert returned.scalar_one() == 7
