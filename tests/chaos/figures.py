"""What a run comes to, in numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.checks import duplicates, violations
from tests.chaos.history import History
from tests.chaos.recovery import recovery, slow_takeovers


@dataclass(slots=True)
class Figures:
    """Of one run. `violations` are in words; `measured` are times in seconds by what they are."""

    name: str
    seed: int
    seconds: float
    faults: dict[str, int]
    counts: dict[str, int]
    violations: list[str]
    measured: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    @property
    def kills(self) -> int:
        return self.faults.get("kill -9", 0)


def figures_of(name: str, seed: int, seconds: float, history: History) -> Figures:
    again = duplicates(history)
    after = Counter(why for _, why, _ in again)
    accepted = [posted for posted in history.posted if posted.was_accepted]
    counts = {
        "requests": len(history.posted),
        "requests accepted": len(accepted),
        "alerts accepted": sum(len(posted.alerts) for posted in accepted),
        "requests without an answer": sum(posted.status is None for posted in history.posted),
        "arrivals kept": len(history.arrivals),
        "incidents": len(history.incidents),
        "steps taken": sum(entry.kind == "StepTaken" for one in history.incidents for entry in one.entries),
        "notifications": len(history.notifications),
        "attempts on the wire": len(history.wires),
        "attempts refused (500, 429)": sum(wire.status >= 400 for wire in history.wires),
        "outcomes unknown: no answer": sum(wire.status == 0 for wire in history.wires),
        "duplicates after no answer": after["unanswered"],
        "duplicates after a kill": after["killed"],
        "decisions of people": sum(decided.was_done for decided in history.decided),
    }
    faults = dict(Counter(fault.kind for fault in history.faults))
    found = [*violations(history), *slow_takeovers(history)]
    return Figures(name, seed, seconds, faults, counts, found, _measured(history))


def _measured(history: History) -> dict[str, list[float]]:
    quick, cold = recovery(history, is_cold=False), recovery(history, is_cold=True)
    waited = [
        arrival.disposed_at - arrival.received_at for arrival in history.arrivals if arrival.disposed_at is not None
    ]
    first: dict[str, float] = {}
    for wire in history.wires:
        first.setdefault(wire.key, wire.at)
    pages = [first[row.key] - row.due_at for row in history.notifications if row.key in first]
    return {
        "start (the command) to the first accepted alert": cold.to_accept,
        "start (the command) to the first attempt of a notification": cold.to_page,
        "start (forked) to the first accepted alert": quick.to_accept,
        "start (forked) to the first attempt of a notification": quick.to_page,
        "fault to the next decision": [*quick.to_decide, *cold.to_decide],
        "accepted to disposed of": waited,
        "due to the first attempt": pages,
    }


def spread(seconds: Sequence[float]) -> str:
    """`median / p99 / max` in seconds."""
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{ordered[len(ordered) // 2]:.2f} / {p99:.2f} / {ordered[-1]:.2f}"


def bound(trials: int) -> str:
    """Above what share no failure in so many trials rules out, with 95 % confidence: the rule of three."""
    return f"{300 / trials:.3g} %" if trials else "nothing"
