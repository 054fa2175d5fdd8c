"""Database queries of a SQLAlchemy engine, measured by its own events."""

from time import perf_counter
from typing import TYPE_CHECKING, Any

from covet_sre_sdk.families import QUERIES
from covet_sre_sdk.queries import OPERATIONS
from covet_sre_sdk.registry import Metrics, metrics

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine import ExceptionContext, ExecutionContext
    from sqlalchemy.ext.asyncio import AsyncEngine

_REGISTRIES = "_covet_sre_registries"
_BEGAN = "_covet_sre_began_seconds"
_BEYOND_ALL_BOUNDS = float("inf")


def instrument_sqlalchemy(engine: "Engine | AsyncEngine", metrics: Metrics = metrics) -> None:
    """Count and time every statement of an engine, sync or async, from now on.

    Operations are `select`, `insert`, `update`, `delete` and `other`. A connection that can't be made is an error
    of the operation `connect`, a commit or rollback that fails one of `transaction`: without them a database that is
    down would show no errors at all. They carry no duration and so lie above every latency bound.
    """
    from sqlalchemy import event

    target: Any = getattr(engine, "sync_engine", engine)
    registries: list[Metrics] = target.__dict__.setdefault(_REGISTRIES, [])
    if metrics in registries:
        return  # a second call must not count twice
    registries.append(metrics)
    for operation in (*OPERATIONS, "other", "connect", "transaction"):
        metrics.declare(QUERIES, (operation,))

    def before(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        setattr(context, _BEGAN, perf_counter())

    def after(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        seconds = perf_counter() - getattr(context, _BEGAN)
        delattr(context, _BEGAN)
        metrics.observe(QUERIES, (operation_of(statement, context), "ok"), seconds)

    def failed(failure: "ExceptionContext") -> None:
        context = failure.execution_context
        if hasattr(context, _BEGAN):
            seconds = perf_counter() - getattr(context, _BEGAN)
            delattr(context, _BEGAN)
            metrics.observe(QUERIES, (operation_of(failure.statement or "", context), "error"), seconds)
        elif not getattr(failure, "is_pre_ping", False) and failure.statement is None:
            operation = "connect" if failure.connection is None else "transaction"
            metrics.observe(QUERIES, (operation, "error"), _BEYOND_ALL_BOUNDS)

    event.listen(target, "before_cursor_execute", before)
    event.listen(target, "after_cursor_execute", after)
    event.listen(target, "handle_error", failed)


def operation_of(statement: str, context: "ExecutionContext | Any") -> str:
    """Return the kind of a statement: what SQLAlchemy compiled, or for SQL as text its first word."""
    for operation in ("insert", "update", "delete"):
        if getattr(context, f"is{operation}", False):
            return operation
    word = statement.lstrip(" \t\r\n(").partition(" ")[0].partition("\n")[0].lower()
    if word == "with":
        return "select" if getattr(context, "is_crud", False) is False else "other"
    return word if word in OPERATIONS else "other"
