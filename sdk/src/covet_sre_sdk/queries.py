"""Database queries, measured by hand: for anything that is no SQLAlchemy engine."""

from time import perf_counter
from types import TracebackType

from covet_sre_sdk.families import QUERIES
from covet_sre_sdk.registry import Metrics, metrics

OPERATIONS = ("select", "insert", "update", "delete")


class db_query:
    """Count and time one query: `with db_query("select"): ...` or `async with`.

    What raises, or is cancelled, is an error: a query that never came back must not look well.
    """

    __slots__ = ("_began", "_metrics", "_operation")

    def __init__(self, operation: str, metrics: Metrics = metrics) -> None:
        self._operation = operation
        self._metrics = metrics
        self._began = 0.0
        metrics.declare(QUERIES, (operation,))

    def __enter__(self) -> "db_query":
        """Begin the query."""
        self._began = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the query; what it raised goes on."""
        outcome = "ok" if kind is None else "error"
        self._metrics.observe(QUERIES, (self._operation, outcome), perf_counter() - self._began)

    async def __aenter__(self) -> "db_query":
        """Begin the query."""
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the query; what it raised goes on."""
        self.__exit__(kind, error, trace)
