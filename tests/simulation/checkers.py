"""What must hold in every world: pure functions from a history to what is wrong with it. The numbers are those of
research/reliability.md; `I16` and `end` are two more: the people of an incident, and whoever was asked hears how it
ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.simulation.alerts_in import conservation, poison, same_state
from tests.simulation.escalations import check_steps
from tests.simulation.history import History
from tests.simulation.incidents_kept import in_time, one_incident
from tests.simulation.notifications_out import acknowledged, caught_up, heard_the_end, notified
from tests.simulation.people_kept import people_kept

Checker = Callable[[History], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Violation:
    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


def violations(history: History) -> list[Violation]:
    """Everything that is wrong with a history."""
    return [Violation(name, what) for name, checker in CHECKERS.items() for what in checker(history)]


def one_decides(history: History) -> Iterator[str]:
    """I15: who has lost the lease writes nothing, and two never hold it."""
    for commit in history.commits:
        if not commit.lawful:
            yield f"{commit.engine} wrote at {commit.at:.3f} without the lease"
    yield from history.two_holders


def quiet(history: History) -> Iterator[str]:
    """When the faults have stopped, everything that arrived is disposed of, and everything due has left."""
    if history.ending.waiting:
        yield f"{len(history.ending.waiting)} arrivals still wait"
    until = history.ended - 5.0 - history.clock_grace
    for key, outgoing in history.ending.outgoing.items():
        if not outgoing.delivery.is_over and outgoing.try_at < until:
            yield f"{key} is {outgoing.delivery} and was due at {outgoing.try_at:.3f}"


CHECKERS: dict[str, Checker] = {
    "I1": conservation,
    "I2": same_state,
    "I3": one_incident,
    "I4": check_steps,
    "I5": notified,
    "I6": acknowledged,
    "I7": caught_up,
    "I9": poison,
    "I14": in_time,
    "I15": one_decides,
    "I16": people_kept,
    "quiet": quiet,
    "end": heard_the_end,
}
