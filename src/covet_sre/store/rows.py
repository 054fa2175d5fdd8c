"""Statements of the hot paths, without what SQLAlchemy does for each row and each statement: half of their time."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.engine import Connection, CursorResult, Dialect

Row = Mapping[str, object]


def execute_rows(connection: Connection, statement: TextClause, rows: Sequence[Row]) -> int:
    """Run a statement for each row; how many rows of the database that concerned. The statement must return none.

    The values go to the driver as they are: texts, whole numbers, floats, bytes and None.
    """
    if not rows:
        return 0
    sql, arranged = _for_driver(statement, connection.dialect)
    return connection.exec_driver_sql(sql, [arranged(row) for row in rows]).rowcount


def execute_row(connection: Connection, statement: TextClause, row: Row) -> CursorResult[Any]:
    """The same for one row, and a statement that returns something."""
    sql, arranged = _for_driver(statement, connection.dialect)
    return connection.exec_driver_sql(sql, arranged(row))


@cache
def _for_driver(statement: TextClause, dialect: Dialect) -> tuple[str, Callable[[Row], Any]]:
    compiled = statement.compile(dialect=dialect)
    names = compiled.positiontup
    if names is None:
        return str(compiled), dict
    if len(names) == 1:
        (name,) = names
        return str(compiled), lambda row: (row[name],)
    return str(compiled), itemgetter(*names)
