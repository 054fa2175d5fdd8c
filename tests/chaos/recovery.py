"""How long it took until all went on after a fault: as clients, the receiver and the database saw it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.history import Fault, History

TAKEN_OVER_WITHIN_SECONDS = 15.0


@dataclass(slots=True)
class Recovery:
    """Seconds, one for each start that lived to see it: from the start to the first accepted alert, and to the first
    attempt of a notification; and from each fault to the next decision."""

    to_accept: list[float] = field(default_factory=list[float])
    to_page: list[float] = field(default_factory=list[float])
    to_decide: list[float] = field(default_factory=list[float])


def recovery(history: History, *, is_cold: bool) -> Recovery:
    """Of the starts by the command itself, or of the quick ones."""
    accepted = sorted(posted.ended for posted in history.posted if posted.was_accepted)
    pages = sorted(wire.at for wire in history.wires)
    decided = _decisions(history)
    found = Recovery()
    for fault, until in _with_next(history):
        if fault.is_cold is not is_cold:
            continue
        if fault.kind == "kill -9":
            for moments, seconds in ((accepted, found.to_accept), (pages, found.to_page)):
                _add_first(moments, fault.until, until, seconds)
        _add_first(decided, fault.at, until, found.to_decide)
    return found


def slow_takeovers(history: History) -> list[str]:
    """Faults after which nobody decided for too long, though nothing else happened."""
    decided, found = _decisions(history), list[str]()
    for fault, until in _with_next(history):
        seconds: list[float] = []
        _add_first(decided, fault.at, history.ended_at, seconds)
        limit = (
            fault.until - fault.at + TAKEN_OVER_WITHIN_SECONDS if fault.kind != "pause" else TAKEN_OVER_WITHIN_SECONDS
        )
        if until - fault.at > limit and (not seconds or seconds[0] > limit):
            found.append(f"after {fault.kind} nobody decided for {seconds[0] if seconds else until - fault.at:.1f} s")
    return found


def _decisions(history: History) -> list[float]:
    return sorted(seen.at for seen in history.seen if seen.what == "arrival")


def _with_next(history: History) -> list[tuple[Fault, float]]:
    """Each fault with when the next began."""
    faults = sorted(history.faults, key=lambda fault: fault.at)
    return list(zip(faults, [*(fault.at for fault in faults[1:]), history.ended_at], strict=True))


def _add_first(moments: Sequence[float], since: float, until: float, seconds: list[float]) -> None:
    place = bisect_left(moments, since)
    if place < len(moments) and moments[place] < until:
        seconds.append(moments[place] - since)
