"""Alerts over a stretch of history, minute by minute: when each would have fired, and when it would have ended.

The rules are the engine's own: the same Judge decides, over the same sums of whole events. It is only asked less
often. Over a whole stretch, one subtraction of prefix sums gives a window at every minute; where the errors in the
long window cannot reach the threshold the answer is known to be no, and the Judge is asked about the rest.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.burn import BurnAlert
from covet_sre.slo.indicator import Comparison
from covet_sre.slo.minute_table import MinuteTable, StreamMinutes
from covet_sre.slo.sums import BAD, KNOWN, TOTAL
from covet_sre.slo.verdict import Judge, Watch

Numbers = NDArray[np.int64]

Places = NDArray[np.intp]
"""Moments by their distance from the first one, start + 1."""

# The Judge allows a billionth of slack at a threshold: whatever falls below by a millionth is far from it.
_SCREEN_SLACK = 1e-6

_BLOCK_MOMENTS = 16


@dataclass(frozen=True, slots=True)
class WatchedAlert:
    """One alert over one stream of a table, `scale` of whose units make an event. `error_share` is the objective's."""

    alert: BurnAlert
    stream: int
    error_share: float
    scale: int = 1

    @property
    def short_minutes(self) -> int:
        return self.alert.short_minutes or self.alert.long_minutes


@dataclass(frozen=True, slots=True)
class Firing:
    """One time that an alert fired: from the moment `start` until `end`, None when it still did at the replay's end.

    At the moment m, the events of the minutes before m are known: an outage that begins with minute 100 can be seen
    at 101 for the first time. `watched` is the alert's position among those that were replayed.
    """

    watched: int
    start: int
    end: int | None


def replay(
    watched: Sequence[WatchedAlert],
    table: MinuteTable,
    start: int,
    progress: Callable[[int], None] = lambda _done: None,
) -> list[Firing]:
    """Every firing at the moments start < m <= table.end, ordered by watched alert and time.

    All alerts are inactive at `start`. What the table holds before is the lead-in of their windows; what would lie
    before the table is unknown. `progress` hears how many streams are done.
    """
    by_stream: dict[int, list[int]] = defaultdict(list)
    for position, one in enumerate(watched):
        by_stream[one.stream].append(position)
    longest = max((one.alert.long_minutes for one in watched), default=0)
    # As many zeros before the first minute as the longest window reaches back: no window needs a case of its own.
    zeros = max(longest + table.start - start, 0)
    room = np.zeros((3, zeros + 1 + table.end - table.start), np.int64)
    firings: list[Firing] = []
    for done, (number, positions) in enumerate(by_stream.items(), start=1):
        moments = _Moments(table.stream(number), start, zeros, room)
        for position in positions:
            firings += (Firing(position, *times) for times in _firings(watched[position], moments))
        progress(done)
    return sorted(firings, key=lambda firing: (firing.watched, firing.start))


class _Moments:
    """Sums of one stream over any window, at every moment of a stretch or at some of them.

    Its prefix sums stand in `room`, behind so many `zeros`: what the stream before it had there is gone.
    """

    def __init__(self, minutes: StreamMinutes, start: int, zeros: int, room: Numbers) -> None:
        self.start, self.count = start, minutes.end - start
        self._minutes = minutes
        # Where the moment `start` stands in the prefix sums.
        self._origin = zeros + start - minutes.start
        for sums, counts in ((room[BAD], minutes.bad), (room[TOTAL], minutes.total)):
            np.cumsum(counts, dtype=np.int64, out=sums[zeros + 1 :])
        self._bad, self._total = room[BAD], room[TOTAL]
        # Where everything was measured, no window is unknown: the commonest case needs no sums.
        self._known: Numbers | None = None
        if not minutes.known.all():
            self._known = room[KNOWN]
            np.cumsum(minutes.known, dtype=np.int64, out=room[KNOWN, zeros + 1 :])
        self._only_grows = not minutes.gaps and minutes.bad.min() >= 0 and minutes.total.min() >= 0

    def above(self, limit: float, window_minutes: int) -> Places:
        """Places whose window holds more bad events than `limit` times its events."""
        places = self._perhaps_above(limit, window_minutes)
        if places is None:
            bad, total = self._everywhere(window_minutes)
            return np.flatnonzero(bad > limit * total)
        ends = self._origin + 1 + places
        starts = ends - window_minutes
        return places[self._bad[ends] - self._bad[starts] > limit * (self._total[ends] - self._total[starts])]

    def _perhaps_above(self, limit: float, window_minutes: int) -> Places | None:
        """Places that may be above the limit: all others are not. None where looking at each costs no more.

        Neighbouring windows share most of their minutes. All windows of a block together hold at least the bad
        events of each, and what they have in common holds at most the events of each.
        """
        if not self._only_grows:
            return None
        first = np.arange(self._origin + 1, self._origin + 1 + self.count, _BLOCK_MOMENTS)
        last = np.minimum(first + _BLOCK_MOMENTS - 1, self._origin + self.count)
        most_bad = self._bad[last] - self._bad[first - window_minutes]
        fewest = self._total[first] - self._total[np.minimum(last - window_minutes, first)]
        blocks = np.flatnonzero(most_bad > limit * fewest)
        if len(blocks) > len(first) // 4:
            return None
        places = (blocks[:, np.newaxis] * _BLOCK_MOMENTS + np.arange(_BLOCK_MOMENTS)).ravel()
        return places[places < self.count]

    def _everywhere(self, window_minutes: int) -> tuple[Numbers, Numbers]:
        """(bad, total) over the window that ends at each moment start + 1, start + 2, ..."""
        bad, total = self._spread(self._bad, window_minutes), self._spread(self._total, window_minutes)
        for gap in self._minutes.gaps:
            # It is in every window that contains it whole: those that end with it or later and begin before it.
            cut = slice(max(gap.end - self.start - 1, 0), max(gap.start + window_minutes - self.start, 0))
            bad[cut] += gap.bad
            total[cut] += gap.total
        return bad, total

    def at(self, places: Places, window_minutes: int) -> Numbers:
        """(bad, total, known) over the window at the moments start + 1 + place: shape (places, 3).

        `known` is 1 throughout where the whole stretch was measured.
        """
        ends = self._origin + 1 + places
        starts = ends - window_minutes
        known = self._known
        counts = np.empty((len(places), 3), np.int64)
        counts[:, BAD] = self._bad[ends] - self._bad[starts]
        counts[:, TOTAL] = self._total[ends] - self._total[starts]
        counts[:, KNOWN] = 1 if known is None else known[ends] - known[starts]
        for gap in self._minutes.gaps:
            moments = self.start + 1 + places
            whole = (moments >= gap.end) & (moments - window_minutes <= gap.start)
            counts[whole, BAD] += gap.bad
            counts[whole, TOTAL] += gap.total
        return counts

    def unknown(self, long_minutes: int, short_minutes: int) -> NDArray[np.bool_] | None:
        """Where one of the two windows holds no measured minute; None when that is nowhere."""
        if self._known is None:
            return None
        # The longer window holds the shorter one.
        return self._spread(self._known, min(long_minutes, short_minutes)) == 0

    def _spread(self, prefix: Numbers, window_minutes: int) -> Numbers:
        first, last = self._origin + 1, self._origin + 1 + self.count
        return prefix[first:last] - prefix[first - window_minutes : last - window_minutes]


def _firings(one: WatchedAlert, moments: _Moments) -> Iterator[tuple[int, int | None]]:
    """(start, end) of every firing of one alert."""
    places = _candidates(one, moments)
    if not len(places):
        return
    judge = Judge((Watch(0, one.alert, 0, 0, 0, one.error_share, one.scale),))
    verdicts = judge.judge_counts(moments.at(places, one.alert.long_minutes), moments.at(places, one.short_minutes))
    breached = places[verdicts.breached]
    if not len(breached):
        return
    unknown = moments.unknown(one.alert.long_minutes, one.short_minutes)
    known_after = _next_known(unknown, moments.count)
    for run in np.split(breached, _breaks(breached, known_after)):
        # Pending since the first moment of the run, firing from the first one that is late enough.
        waited = run[run - run[0] >= one.alert.for_minutes]
        if len(waited):
            end = int(known_after[run[-1] + 1])
            yield (
                moments.start + 1 + int(waited[0]),
                moments.start + 1 + end if end < moments.count else None,
            )


def _candidates(one: WatchedAlert, moments: _Moments) -> Places:
    """Places at which the alert may be breached: all others are not."""
    if one.alert.op not in (Comparison.GT, Comparison.GTE) or one.alert.threshold <= 0:
        return np.arange(moments.count)
    limit = one.alert.threshold * one.error_share * (1 - _SCREEN_SLACK)
    return moments.above(limit, one.alert.long_minutes)


def _next_known(unknown: NDArray[np.bool_] | None, count: int) -> Places:
    """For each place, the first one from it on at which anything is known; `count` when there is none."""
    places = np.arange(count + 1)
    if unknown is None:
        return places
    places[:count][unknown] = count
    return np.minimum.accumulate(places[::-1])[::-1]


def _breaks(breached: Places, known_after: Places) -> Places:
    """Where a run of breached moments ends: something known lies between it and the next one. Silence does not."""
    return np.flatnonzero(known_after[breached[:-1] + 1] != breached[1:]) + 1
