"""A timeline for reading: the story of it, and every entry."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from covet_sre.flows.narration import telling
from covet_sre.flows.telling import Telling
from covet_sre.incident.events import US, AlertJoined, Entry
from covet_sre.web.incidents import words

_LONG_LINES = 8


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """`day` is set where another one begins. `actor` is empty for what nobody did by hand. What somebody said at
    length is opened by whoever wants to read it."""

    position: int
    day: str
    time: str
    machine: str
    kind: str
    text: str
    said: str
    actor: str
    tone: str
    is_long: bool


def story_rows(entries: Iterable[Entry]) -> tuple[TimelineRow, ...]:
    """What happened, without the steps of the machinery; alerts that join one after another are one line."""
    told: list[tuple[Entry, Telling]] = []
    for joins, group in groupby(entries, lambda entry: isinstance(entry.event, AlertJoined)):
        together = list(group)
        if joins:
            told.append((together[0], _joined([entry.event for entry in together if _is_join(entry)])))
        else:
            told += ((entry, made) for entry in together if (made := telling(entry.event)).in_story)
    return tuple(_rows(told))


def log_rows(entries: Iterable[Entry]) -> tuple[TimelineRow, ...]:
    """Every entry as it was recorded."""
    return tuple(_rows((entry, telling(entry.event)) for entry in entries))


def _is_join(entry: Entry) -> bool:
    return isinstance(entry.event, AlertJoined)


def _joined(events: "list[object]") -> Telling:
    alerts = [event for event in events if isinstance(event, AlertJoined)]
    if len(alerts) == 1:
        return telling(alerts[0])
    names = list(dict.fromkeys(alert.name for alert in alerts))
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return Telling(f"{len(alerts)} alerts joined: {shown}", alerts[0].why, telling(alerts[0]).tone, True)


def _rows(told: Iterable[tuple[Entry, Telling]]) -> Iterator[TimelineRow]:
    day = ""
    for entry, made in told:
        present = words.day(entry.at)
        yield TimelineRow(
            entry.position,
            present if present != day else "",
            words.clock(entry.at),
            words.machine(entry.at),
            type(entry.event).__name__,
            made.text,
            made.said,
            "" if entry.actor == US else entry.actor,
            made.tone.value,
            made.said.count("\n") > _LONG_LINES,
        )
        day = present
