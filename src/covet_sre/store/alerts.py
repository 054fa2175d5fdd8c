"""Alert transitions in SQL."""

import json
from collections.abc import Iterable, Sequence

from sqlalchemy.engine import Row

from covet_sre.ports import AlertTransition
from covet_sre.store import statements
from covet_sre.store.backend import Backend
from covet_sre.store.writer import Writer


class SqlAlerts:
    """AlertStore over an opened database."""

    def __init__(self, backend: Backend, writer: Writer) -> None:
        self._backend = backend
        self._writer = writer

    def alert_states(self) -> dict[tuple[str, str], AlertTransition]:
        with self._backend.snapshot() as connection:
            rows = _transitions(connection.execute(statements.ALERT_STATES))
        return {(row.objective, row.alert): row for row in rows}

    def record_transitions(self, transitions: Sequence[AlertTransition]) -> None:
        rows = [
            {
                "objective": transition.objective,
                "alert": transition.alert,
                "severity": transition.severity,
                "state": transition.state,
                "at_minute": int(transition.at_minute),
                "episode": transition.episode,
                "detail": json.dumps(dict(transition.detail)),
            }
            for transition in transitions
        ]
        if rows:
            self._writer.write(lambda connection: connection.execute(statements.ADD_TRANSITION, rows).close())

    def transitions(self, objective: str | None, start_minute: int, limit: int) -> list[AlertTransition]:
        bounds = {"start_minute": int(start_minute), "limit": limit}
        with self._backend.snapshot() as connection:
            if objective is None:
                return _transitions(connection.execute(statements.TRANSITIONS, bounds))
            return _transitions(
                connection.execute(statements.OBJECTIVE_TRANSITIONS, {**bounds, "objective": objective})
            )


def _transitions(rows: Iterable[Row[tuple[object, ...]]]) -> list[AlertTransition]:
    return [
        AlertTransition(
            row.objective, row.alert, row.severity, row.state, row.at_minute, row.episode, json.loads(row.detail)
        )
        for row in rows
    ]
