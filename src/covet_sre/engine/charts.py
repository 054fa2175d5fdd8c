"""Series for the charts, from the ledger: always the same sums that the numbers beside them come from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from covet_sre.budget.status import ObjectiveStatus
from covet_sre.engine.present import Present
from covet_sre.flows.reading import History
from covet_sre.ports import LedgerStore
from covet_sre.slo.minutes import CHUNK_MINUTES, MINUTES_KEPT, MinuteEvents
from covet_sre.slo.objective import Objective
from covet_sre.slo.sums import BAD, KNOWN
from covet_sre.units import MINUTES_PER_HOUR

TOP_SPENDERS = 20
OTHER = "other"


class Charts:
    """Charts of one present. Counts are events; shares and burn rates are as in the numbers."""

    def __init__(self, present: Present, store: LedgerStore) -> None:
        self._present, self._store = present, store

    def history(self, position: int, start: int, end: int, points: int) -> History:
        """At most `points` equal buckets over start <= m < end."""
        objective = self._objective(position)
        bucket = max(-(-(end - start) // max(points, 1)), 1)
        buckets = -(-(end - start) // bucket)
        events = self._minutes(self._present.plan.budgeted(objective), start, end)
        known = self._minutes(self._present.plan.events(objective), start, end)
        scale = objective.budgeted.scale
        bad = _bucketed(events, events.bad, start, bucket, buckets)
        total = _bucketed(events, events.total, start, bucket, buckets)
        watched = _bucketed(known, np.ones(len(known), np.int64), start, bucket, buckets)
        lengths = [min(start + (n + 1) * bucket, end) - (start + n * bucket) for n in range(buckets)]
        return History(
            name=objective.name,
            start_minute=start,
            end_minute=end,
            bucket_minutes=bucket,
            minutes=tuple(start + n * bucket for n in range(buckets)),
            bad=tuple(max(int(value), 0) / scale for value in bad),
            total=tuple(int(value) / scale for value in total),
            known=tuple(min(int(value) / length, 1.0) for value, length in zip(watched, lengths, strict=True)),
        )

    def burn_down(self, position: int, status: ObjectiveStatus, points: int) -> list[tuple[int, float | None]]:
        """(minute, remaining share) from the window's start to now; it ends with the share shown elsewhere."""
        budget = status.budget
        if budget is None or budget.allowed_events <= 0:
            return []
        objective = self._objective(position)
        number, scale = self._present.plan.budgeted(objective), objective.budgeted.scale
        steps, end = self._present.steps, self._present.end
        start = objective.budget_window.start(end)
        first = max(start // CHUNK_MINUTES - steps.first, 0)
        bad = np.maximum(steps.column(BAD, number)[first:], 0) / scale
        known = steps.column(KNOWN, number)[first:] > 0
        # What was spent after the end of step k; the last step ends now.
        after = np.concatenate([np.cumsum(bad[::-1])[::-1][1:], [0.0]])
        remaining = np.minimum(budget.remaining + after / budget.allowed_events, 1.0)
        seen = np.logical_or.accumulate(known)
        ends = [min((steps.first + first + n + 1) * CHUNK_MINUTES, end) for n in range(len(bad))]
        line: list[tuple[int, float | None]] = [
            (minute, float(value) if is_known else None)
            for minute, value, is_known in zip(ends, remaining, seen, strict=True)
        ]
        return _thinned(line, points)

    def burn_history(
        self, position: int, window_minutes: int, span: tuple[int, int], points: int
    ) -> list[tuple[int, float | None]]:
        """(minute, burn rate over the window that ends there) over the span, None without events."""
        objective = self._objective(position)
        start, end = span
        events = self._minutes(self._present.plan.budgeted(objective), start - window_minutes, end)
        length = end - start + window_minutes
        bad = np.concatenate([[0], np.cumsum(_bucketed(events, events.bad, start - window_minutes, 1, length))])
        total = np.concatenate([[0], np.cumsum(_bucketed(events, events.total, start - window_minutes, 1, length))])
        share = float(objective.error_share)
        step = max((end - start) // max(points, 1), 1)
        line: list[tuple[int, float | None]] = []
        for minute in range(end, start, -step):
            last = minute - start + window_minutes
            events_in = int(total[last] - total[last - window_minutes])
            bad_in = max(int(bad[last] - bad[last - window_minutes]), 0)
            line.append((minute, min(bad_in / events_in, 1.0) / share if events_in > 0 else None))
        return line[::-1]

    def spenders(self, position: int) -> dict[str, list[tuple[str, float]]]:
        """By label: (value, bad events) over the budget window, most first, the rest as "other"."""
        objective = self._objective(position)
        number, end = self._present.plan.events(objective), self._present.end
        start = objective.budget_window.start(end)
        spent = self._store.spent(number, start // MINUTES_PER_HOUR, -(-end // MINUTES_PER_HOUR))
        by_label: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for (_, label, value), bad in spent.items():
            by_label[label][value] += bad
        scale = objective.events.scale
        return {label: _top(by_label[label], scale) for label in objective.breakdown if label in by_label}

    def _objective(self, position: int) -> Objective:
        return self._present.plan.declaration.objectives[position]

    def _minutes(self, number: int, start: int, end: int) -> MinuteEvents:
        if start >= self._present.end - MINUTES_KEPT:
            return self._store.minutes(number, start, end)
        return self._store.quarters(number, start, end)


def _bucketed(
    events: MinuteEvents, values: NDArray[np.int64], start: int, bucket: int, buckets: int
) -> NDArray[np.int64]:
    sums = np.zeros(buckets, np.int64)
    np.add.at(sums, (events.minutes - start) // bucket, values)
    return sums


def _thinned(line: Sequence[tuple[int, float | None]], points: int) -> list[tuple[int, float | None]]:
    """Every n-th point counted from the end, so that the present stays."""
    step = max(-(-len(line) // max(points, 1)), 1)
    return list(line[::-1][::step][::-1])


def _top(bad: Mapping[str, int], scale: int) -> list[tuple[str, float]]:
    ordered = sorted(((value, events / scale) for value, events in bad.items() if events > 0), key=lambda v: -v[1])
    rest = sum(events for _, events in ordered[TOP_SPENDERS:])
    return [*ordered[:TOP_SPENDERS], *([(OTHER, rest)] if rest else [])]
