"""Alert policies tried on history: what each would have done, and how much of the budget was gone by then."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from covet_sre.budget.account import account
from covet_sre.budget.incident import Incident
from covet_sre.budget.outcome import Episode, Notice, Outcome
from covet_sre.budget.policy import HANDBOOK_POLICY
from covet_sre.slo.burn import BurnAlert, Severity
from covet_sre.slo.crossings import Crossing, crossings
from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.objective import Objective
from covet_sre.slo.replay import Firing, WatchedAlert, replay
from covet_sre.slo.stream import Occurrences, Stream, stream_of
from covet_sre.units import Counts


@dataclass(frozen=True, slots=True)
class TriedPolicy:
    """A policy under trial: the alerts of each objective, in the order of the objectives."""

    name: str
    title: str
    alerts: tuple[tuple[BurnAlert, ...], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What was measured: the table's rows by stream key, and the first minute that is replayed.

    The minutes before `start` are the lead-in of windows and budgets.
    """

    table: MinuteTable
    rows: Mapping[str, int]
    start: int

    @property
    def end(self) -> int:
        return self.table.end

    def counts(self, objective: Objective, start: int, end: int) -> Counts:
        """What the objective's budget counts over start <= m < end, in the ledger's units; nothing where unmeasured."""
        row = self.rows.get(objective.budgeted.key)
        if row is None:
            return Counts(0, 0)
        bad, total, _ = self.table.stream(row).sums(start, end)
        return Counts(bad, total)

    def crossings(self, objective: Objective) -> list[Crossing]:
        """When the error ratio was above what the objective allows, since `start`."""
        row = self.rows.get(objective.budgeted.key)
        if row is None:
            return []
        found = crossings(self.table.stream(row), float(objective.error_share), objective.budgeted.scale)
        return [one for one in found if one.end > self.start]

    def measured(self, objective: Objective) -> float:
        """The share of minutes since `start` in which the objective's events were measured."""
        row = self.rows.get(objective.events.key)
        if row is None or self.end <= self.start:
            return 0.0
        known = self.table.known[row, self.start - self.table.start :]
        return np.count_nonzero(known) / len(known)

    def measured_from(self, objective: Objective) -> int | None:
        """The first minute in which the objective's events were measured; None where none was."""
        row = self.rows.get(objective.events.key)
        if row is None or not self.table.known[row].any():
            return None
        return self.table.start + int(self.table.known[row].argmax())

    def burn_rates(self, objective: Objective, window_minutes: int) -> NDArray[np.float64]:
        """Burn rates over the window that ends at each moment start < m <= end; NaN without events."""
        row = self.rows.get(objective.budgeted.key)
        burns = np.full(self.end - self.start, np.nan)
        if row is None:
            return burns
        reach = min(window_minutes, self.start - self.table.start)
        sums: list[NDArray[np.int64]] = []
        for counts in (self.table.bad[row], self.table.total[row]):
            until = np.concatenate([[0], np.cumsum(counts[self.start - self.table.start - reach :], dtype=np.int64)])
            first = np.maximum(np.arange(reach + 1, len(until)) - window_minutes, 0)
            sums.append(until[reach + 1 :] - until[first])
        bad, total = sums
        np.divide(np.clip(bad, 0, total), total * float(objective.error_share), out=burns, where=total > 0)
        return burns

    def budget_gone(self, objective: Objective, at: int) -> float | None:
        """The share of the error budget that was spent at a moment, as `slo status` would have told it then."""
        counts = self.counts(objective, objective.budget_window.start(at), at)
        budget = account(objective, HANDBOOK_POLICY, counts, counts, at)
        return None if budget is None else budget.spent


def lead_in_minutes(objectives: Sequence[Objective], policies: Sequence[TriedPolicy], start: int) -> int:
    """How much history before `start` the longest window of the alerts and of the budgets reaches back to."""
    alerts = (alert for policy in policies for each in policy.alerts for alert in each)
    windows = (start - objective.budget_window.start(start) for objective in objectives)
    return max([0, *(alert.long_minutes for alert in alerts), *windows])


def watched_stream(objective: Objective, alert: BurnAlert) -> Stream:
    """What an alert of an objective watches: the objective's own budget, or another indicator's events."""
    return objective.budgeted if alert.indicator is None else stream_of(objective.slo, alert.indicator, Occurrences())


def backtest(
    objectives: Sequence[Objective],
    policies: Sequence[TriedPolicy],
    record: Record,
    incidents: Sequence[Incident] | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> list[Outcome]:
    """The outcome of every policy over every objective, policies in their order, then objectives in theirs.

    `incidents` None means that nobody told of any. `progress` hears how many streams are done.
    """
    pairs = [(policy, position) for policy in policies for position in range(len(objectives))]
    watched: list[WatchedAlert] = []
    owners: list[int] = []
    untested: dict[int, list[BurnAlert]] = {}
    for owner, (policy, position) in enumerate(pairs):
        for alert in policy.alerts[position]:
            stream = watched_stream(objectives[position], alert)
            row = record.rows.get(stream.key)
            if row is None:
                untested.setdefault(owner, []).append(alert)
            else:
                owners.append(owner)
                watched.append(WatchedAlert(alert, row, float(objectives[position].error_share), stream.scale))
    firings: dict[int, list[Firing]] = {}
    for firing in replay(watched, record.table, record.start, progress):
        firings.setdefault(owners[firing.watched], []).append(firing)
    judged = _Judged(record, watched)
    return [
        judged.outcome(
            policy.name, objectives[position], firings.get(owner, []), incidents, tuple(untested.get(owner, ()))
        )
        for owner, (policy, position) in enumerate(pairs)
    ]


class _Judged:
    """Firings as outcomes: each beside the budget and the crossings of its time."""

    def __init__(self, record: Record, watched: Sequence[WatchedAlert]) -> None:
        self._record, self._watched = record, watched
        self._crossings: dict[tuple[int, float], list[Crossing]] = {}

    def outcome(
        self,
        policy: str,
        objective: Objective,
        firings: Sequence[Firing],
        incidents: Sequence[Incident] | None,
        untested: tuple[BurnAlert, ...],
    ) -> Outcome:
        record = self._record
        concerning = None
        if incidents is not None:
            concerning = tuple(
                one for one in incidents if one.concerns(objective) and one.overlaps(record.start, record.end)
            )
        episodes = sorted((self._episode(objective, one) for one in firings), key=lambda one: one.start)
        return Outcome(
            policy=policy,
            objective=objective,
            start=record.start,
            end=record.end,
            episodes=tuple(episodes),
            notices=tuple(_notices(episodes, record.end, concerning or ())),
            incidents=concerning,
            untested=untested,
            measured=record.measured(objective),
        )

    def _episode(self, objective: Objective, firing: Firing) -> Episode:
        one = self._watched[firing.watched]
        known = self._of(one.stream, one.error_share, one.scale)
        # Errors before the long window cannot be what it fires for.
        begun = [
            each for each in known if each.start < firing.start and each.end > firing.start - one.alert.long_minutes
        ]
        detection = firing.start - begun[-1].start if begun else None
        reset = None
        if firing.end is not None:
            over = [each for each in known if each.start < firing.end]
            reset = firing.end - over[-1].end if over and over[-1].end <= firing.end else None
        gone = self._record.budget_gone(objective, firing.start)
        return Episode(one.alert, firing.start, firing.end, gone, detection, reset)

    def _of(self, row: int, error_share: float, scale: int) -> list[Crossing]:
        key = row, error_share
        if key not in self._crossings:
            self._crossings[key] = crossings(self._record.table.stream(row), error_share, scale)
        return self._crossings[key]


def _notices(episodes: Sequence[Episode], end: int, incidents: Sequence[Incident]) -> Iterator[Notice]:
    """Episodes that overlap are one notice of their severity, by severity and then by time."""
    for severity in Severity:
        open_notice: Notice | None = None
        for episode in episodes:
            if episode.alert.severity is not severity:
                continue
            if open_notice is not None and (open_notice.end is None or episode.start <= open_notice.end):
                open_notice = _joined(open_notice, episode)
            else:
                if open_notice is not None:
                    yield _with_incidents(open_notice, end, incidents)
                open_notice = Notice(
                    severity,
                    episode.start,
                    episode.end,
                    (episode.alert.name,),
                    episode.budget_gone,
                    episode.detection_minutes,
                    episode.reset_minutes,
                )
        if open_notice is not None:
            yield _with_incidents(open_notice, end, incidents)


def _joined(notice: Notice, episode: Episode) -> Notice:
    """A notice that goes on: it ends, and is reset, with whichever ends last."""
    names = notice.alerts if episode.alert.name in notice.alerts else (*notice.alerts, episode.alert.name)
    if notice.end is None or (episode.end is not None and episode.end <= notice.end):
        return replace(notice, alerts=names)
    return replace(notice, alerts=names, end=episode.end, reset_minutes=episode.reset_minutes)


def _with_incidents(notice: Notice, end: int, incidents: Sequence[Incident]) -> Notice:
    until = end if notice.end is None else notice.end
    return replace(notice, incidents=tuple(one for one in incidents if one.overlaps(notice.start, until)))
