"""I3 and I14: one incident, whole timelines, and steps in their time."""

from collections import Counter
from collections.abc import Iterator

from covet_sre.incident.events import (
    US,
    EpisodeBegan,
    Opened,
    StepTaken,
    StepUnroutable,
)
from covet_sre.incident.incident import Incident, after, begun, folded
from covet_sre.incident.plan import NO_PLAN
from covet_sre.incident.timeline import broken_at
from tests.simulation.history import History

JOIN_SECONDS = 1800.0
EVERY_CHAIN = 16
"""The digests of a timeline are worked out again in every so many worlds: that is half of a world's time."""


def one_incident(history: History) -> Iterator[str]:
    """I3: no incident begins beside an open one of its service that the alert could have joined (the last alert joined
    it within 30 minutes); no number and no place on a timeline is given twice; chains are whole, and folds are kept."""
    known: dict[str, Incident] = {}
    for commit in history.commits:
        for entry in commit.entries:
            if isinstance(entry.event, Opened):
                if entry.incident in known:
                    yield f"{entry.incident} began twice"
                    continue
                if entry.actor == US:
                    for other in known.values():
                        joinable = other.state.is_open and entry.at - other.joined_at <= JOIN_SECONDS
                        if joinable and other.service == entry.event.service:
                            yield f"{entry.incident} began although {other.identity} of the same service is open"
                known[entry.incident] = begun(entry)
            elif entry.incident not in known or entry.position != known[entry.incident].position + 1:
                yield f"{entry.incident} has no place {entry.position} to be written"
            else:
                known[entry.incident] = after(known[entry.incident], entry)
    for identity, incident in history.ending.incidents.items():
        if known.get(identity) != incident:
            yield f"{identity} is kept otherwise than its timeline tells"
        entries = history.ending.timelines[identity]
        if history.seed % EVERY_CHAIN == 0 and (broken_at(entries) is not None or folded(entries) != incident):
            yield f"the chain of {identity} is broken at {broken_at(entries)}"


def in_time(history: History) -> Iterator[str]:
    """I14: no step is taken before it is due by the clock of who takes it, and none twice."""
    for identity, entries in history.ending.timelines.items():
        began_at, plan, episode = 0.0, NO_PLAN, 0
        passed_on: set[tuple[int, int]] = set()
        taken: Counter[tuple[int, int]] = Counter()
        for entry in entries:
            match entry.event:
                case EpisodeBegan(episode, plan, _):
                    began_at = entry.at
                case StepUnroutable(_, step, _):
                    # A step that was taken may turn out to reach nobody.
                    taken[episode, step] += (episode, step) not in taken
                    passed_on.add((episode, step + 1))
                case StepTaken(_, step, _):
                    taken[episode, step] += 1
                    is_early = entry.at < began_at + plan.steps[step].due_seconds - 0.001
                    if is_early and (episode, step) not in passed_on:
                        yield f"step {step} of {identity} was taken at {entry.at:.3f}, before it was due"
                case _:
                    pass
        yield from (f"step {one} of {identity} was taken {n} times" for one, n in taken.items() if n > 1)
