"""When the alerts of an objective must fire in a story: by the rule that judges them in the engine, not by PromQL."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covet_sre.integrations.prometheus.unit_tests.scenarios import Story
from covet_sre.slo.alert_states import FIRING, AlertStates
from covet_sre.slo.objective import Objective
from covet_sre.slo.slices import slice_counts, slice_length
from covet_sre.slo.stream import Occurrences
from covet_sre.slo.verdict import Judge, Watch

MARGIN_MINUTES = 7
"""Rules may be a step of five minutes and a scrape late: only what stays so for longer is expected."""

_EVENTS, _BUDGETED = range(2)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """At the end of this minute just these alerts fire."""

    minute: int
    firing: tuple[str, ...]


class Expectations:
    """The alerts of one objective over a story. `scale` is how many planned events make one of its events."""

    def __init__(self, objective: Objective, story: Story, scale: int = 1) -> None:
        self._names = [alert.name for alert in objective.alerts]
        self._fired = _fired(objective, story, scale)
        self._certain = _certain(self._fired)

    def checkpoints(self) -> list[Checkpoint]:
        """For each alert that fires a moment at which it must, and one at which it must have ended."""
        minutes: set[int] = set()
        for alert in range(len(self._names)):
            begin = self._first(alert, fires=True, after=0)
            end = None if begin is None else self._first(alert, fires=False, after=begin)
            minutes |= {minute for minute in (begin, end) if minute is not None}
        return [self.at(minute) for minute in sorted(minutes)]

    def at(self, minute: int) -> Checkpoint:
        """What fires at the end of a minute."""
        return Checkpoint(minute, tuple(n for n, fires in zip(self._names, self._fired[minute], strict=True) if fires))

    @property
    def last(self) -> Checkpoint:
        """The last moment at which everything is certain."""
        return self.at(int(np.flatnonzero(self._certain)[-1]))

    @property
    def shown(self) -> set[str]:
        """Alerts that are seen to fire and to end."""
        return {name for alert, name in enumerate(self._names) if self._is_shown(alert)}

    def _is_shown(self, alert: int) -> bool:
        begin = self._first(alert, fires=True, after=0)
        return begin is not None and self._first(alert, fires=False, after=begin) is not None

    def _first(self, alert: int, *, fires: bool, after: int) -> int | None:
        found = np.flatnonzero((self._fired[after:, alert] == fires) & self._certain[after:])
        return after + int(found[0]) if len(found) else None


def _certain(fired: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The minutes around which no alert changes."""
    changes = np.zeros(len(fired), bool)
    changes[1:] = (fired[1:] != fired[:-1]).any(axis=1)
    certain = np.ones(len(fired), bool)
    for minute in np.flatnonzero(changes).tolist():
        certain[max(minute - MARGIN_MINUTES, 0) : minute + MARGIN_MINUTES] = False
    certain[:MARGIN_MINUTES] = False
    return certain


def _fired(objective: Objective, story: Story, scale: int) -> NDArray[np.bool_]:
    """Whether each alert fires at the end of each minute: shape (minutes + 1, alerts)."""
    alerts, counts_events = objective.alerts, isinstance(objective.budgeting, Occurrences)
    spans = sorted({span for alert in alerts for span in (alert.long_minutes, alert.short_minutes) if span is not None})
    watches = [
        Watch(
            objective=0,
            alert=alert,
            stream=_BUDGETED if alert.indicator is None else _EVENTS,
            long_row=spans.index(alert.long_minutes),
            short_row=spans.index(alert.short_minutes or alert.long_minutes),
            error_share=float(objective.error_share),
            scale=objective.budgeted.scale if alert.indicator is None and not counts_events else scale,
        )
        for alert in alerts
    ]
    judge = Judge(watches)
    sums = np.concatenate([np.zeros((1, 3, 2), np.int64), _by_minute(objective, story).cumsum(axis=0)])
    states = AlertStates.inactive(len(alerts), 0)
    fired = np.zeros((story.minutes + 1, len(alerts)), bool)
    for end in range(1, story.minutes + 1):
        values = np.array([sums[end] - sums[max(end - span, 0)] for span in spans])
        states = states.after(judge.judge(values), judge.for_minutes, end)
        fired[end] = states.state == FIRING
    return fired


def _by_minute(objective: Objective, story: Story) -> NDArray[np.int64]:
    """(bad, total, known) of each minute, of the events and of what the budget counts: shape (minutes, 3, 2)."""
    rows = np.zeros((story.minutes, 3, 2), np.int64)
    for minute, phase in enumerate(story.by_minute()):
        if phase.is_exposed:
            rows[minute, :, _EVENTS] = (phase.bad, phase.traffic, 1)
    rows[:, :, _BUDGETED] = rows[:, :, _EVENTS] if isinstance(objective.budgeting, Occurrences) else 0
    if not isinstance(objective.budgeting, Occurrences):
        length = slice_length(objective.budgeting)
        for last in range(length - 1, story.minutes, length):
            bad, total, known = rows[last + 1 - length : last + 1, :, _EVENTS].T
            counts = slice_counts(objective.budgeting, bad, total, known.astype(np.int8))
            if counts is not None:
                rows[last, :, _BUDGETED] = (*counts, 1)
    return rows
