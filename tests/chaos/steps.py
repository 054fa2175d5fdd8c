"""Every step of an escalation that fell due was taken, or something on the record stands against it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.history import EntryRow, History, IncidentRow

TAKEN_WITHIN_SECONDS = 30.0
_ENDS = {"Acknowledged", "Resolved", "Closed", "FalseAlarm", "MergedInto"}


@dataclass(slots=True)
class Episode:
    """People are asked, from `began` until `ended`. `due` is when each step falls due, `taken` when it was handled."""

    number: int
    began: float
    due: list[float]
    taken: dict[int, float] = field(default_factory=dict[int, float])
    told: dict[int, int] = field(default_factory=dict[int, int])
    held_until: float = 0.0
    ended: float | None = None


def episodes(incident: IncidentRow) -> list[Episode]:
    """As its timeline tells of them."""
    found: list[Episode] = []
    for entry in incident.entries:
        if entry.kind == "EpisodeBegan":
            if found and found[-1].ended is None:
                found[-1].ended = entry.at
            due = [entry.at + step["due_seconds"] for step in entry.data["plan"]["steps"]]
            found.append(Episode(entry.data["episode"], entry.at, due))
        elif found:
            _note(found[-1], entry)
    return found


def _note(episode: Episode, entry: EntryRow) -> None:
    data: dict[str, Any] = entry.data
    match entry.kind:
        case "StepTaken":
            episode.taken.setdefault(data["step"], entry.at)
            episode.told[data["step"]] = episode.told.get(data["step"], 0) + len(data["told"])
        case "StepUnroutable" | "StepCancelled":
            episode.taken.setdefault(data["step"], entry.at)
        case "StepsMissed":
            for number in range(data["first"], data["last"] + 1):
                episode.taken.setdefault(number, entry.at)
        case "StepHeld":
            episode.held_until = data["until"]
        case kind if kind in _ENDS and episode.ended is None:
            episode.ended = entry.at
        case _:
            pass


def step_violations(incident: IncidentRow, told: Counter[tuple[int, int]], history: History) -> Iterator[str]:
    """`told` counts the notifications that are kept, by episode and step."""
    for episode in episodes(incident):
        for number, due in enumerate(episode.due):
            at, name = max(due, episode.held_until), f"{incident.identity}, episode {episode.number}, step {number}"
            taken = episode.taken.get(number)
            if taken is None:
                until = history.ended_at if episode.ended is None else episode.ended
                if until - at > _allowed_seconds(history, at, until):
                    yield f"{name} fell due {until - at:.0f} s before it was called off, and was not taken"
            elif taken - at > _allowed_seconds(history, at, taken):
                yield f"{name} was taken {taken - at:.0f} s after it fell due"
            if told[episode.number, number] != episode.told.get(number, 0):
                kept = told[episode.number, number]
                yield f"{name} told {episode.told.get(number, 0)}, and {kept} notifications are kept"


def _allowed_seconds(history: History, at: float, until: float) -> float:
    """Whoever holds a lease may be killed, and whoever comes next as well: each costs the rest of a lease."""
    faults = sum(fault.at < until and fault.until > at - history.takeover_seconds for fault in history.faults)
    return TAKEN_WITHIN_SECONDS + history.takeover_seconds * max(faults - 1, 0)
