"""I16: an incident that has a commander keeps one while it is open, a message loses nobody, and nobody is reminded of
one promise twice."""

from collections import Counter
from collections.abc import Iterator, Sequence

from covet_sre.incident.events import Entry, Opened
from covet_sre.incident.incident import after, begun
from covet_sre.incident.message_events import MessageSent, UpdateReminded
from covet_sre.incident.roles import CHARTERS, Role
from covet_sre.incident.said import message_key
from tests.simulation.history import History


def people_kept(history: History) -> Iterator[str]:
    sent = Counter(_message_of(key) for key in history.ending.outgoing)
    for identity, entries in history.ending.timelines.items():
        yield from _roles(identity, entries)
        reminded = Counter(
            (entry.event.due_at, entry.event.person) for entry in entries if isinstance(entry.event, UpdateReminded)
        )
        yield from (f"{who} was reminded {n} times for {due_at}" for (due_at, who), n in reminded.items() if n > 1)
        for entry in entries:
            if isinstance(entry.event, MessageSent):
                left = sent[message_key(identity, entry.event.number)]
                if left != entry.event.told:
                    yield f"message {entry.event.number} of {identity} is for {entry.event.told} and left for {left}"


def _roles(identity: str, entries: Sequence[Entry]) -> Iterator[str]:
    if not isinstance(entries[0].event, Opened):
        return  # I3 tells of it
    incident, had_commander = begun(entries[0]), False
    for entry in entries[1:]:
        incident = after(incident, entry)
        crew = incident.crew
        for role, charter in CHARTERS.items():
            if charter.is_single and len(crew.holders(role)) > 1:
                yield f"{identity} has {len(crew.holders(role))} of {role} at {entry.position}"
        if had_commander and incident.state.is_open and not crew.holder(Role.COMMANDER):
            yield f"{identity} has no commander at {entry.position}"
        had_commander = had_commander or bool(crew.holder(Role.COMMANDER))


def _message_of(key: str) -> str:
    identity, _, rest = key.partition("/message/")
    return message_key(identity, int(rest.partition("/")[0])) if rest else ""
