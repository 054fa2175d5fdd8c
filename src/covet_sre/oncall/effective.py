"""The directory as it is now: the files, and what people decided beside them. Every door and every page goes by it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from covet_sre.oncall.contact_rules import ContactRules, Urgency
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.people import Person
from covet_sre.oncall.schedule import Schedule
from covet_sre.oncall.swap import Swap, SwapState


def effective(
    directory: Directory, overrides: Iterable[ShiftOverride], rules: Iterable[ContactRules] = ()
) -> Directory:
    """The files' overrides apply first, then people's, in the order in which they were made.

    An override that puts somebody on call whom the files do not know any more has no effect: whoever holds the shift by
    the layers keeps it, and somebody is told. Likewise a contact that leads to no target.
    """
    by_schedule: dict[str, list[ShiftOverride]] = {}
    for override in overrides:
        if counts(directory, override):
            by_schedule.setdefault(override.schedule, []).append(override)
    schedules: dict[str, Schedule] = dict(directory.schedules)
    for name, found in by_schedule.items():
        schedule = schedules[name]
        if isinstance(schedule, LayeredSchedule):
            changes = tuple(one.change for one in sorted(found, key=lambda one: one.order))
            schedules[name] = replace(schedule, overrides=(*schedule.overrides, *changes))
    people = dict(directory.people)
    for rule in rules:
        if rule.person in people:
            people[rule.person] = _with_rules(directory, people[rule.person], rule)
    return replace(directory, schedules=schedules, people=people)


def counts(directory: Directory, override: ShiftOverride) -> bool:
    """Whether an override has an effect: its schedule and the person whom it puts on call are in the files."""
    return override.schedule in directory.schedules and (not override.adds or override.adds in directory.people)


def _with_rules(directory: Directory, person: Person, rules: ContactRules) -> Person:
    found = {
        urgency: tuple(step for step in rules.steps(urgency) if step.target in directory.targets) for urgency in Urgency
    }
    steps = {urgency: chosen for urgency, chosen in found.items() if chosen}
    return replace(person, steps=steps, addresses={**person.addresses, **rules.addresses})


@dataclass(frozen=True, slots=True)
class Stale:
    """Something that people decided and that the files have left behind."""

    what: str
    why: str
    remedy: str


def stale(
    directory: Directory,
    overrides: Iterable[ShiftOverride],
    swaps: Iterable[Swap],
    rules: Iterable[ContactRules],
    now: float,
) -> list[Stale]:
    """All that names people, schedules or targets that are in the files no more."""
    found: list[Stale] = []
    for override in overrides:
        gone = _gone(directory, override.schedule, override.people) if override.end > now else ""
        if gone:
            effect = "it has no effect" if not counts(directory, override) else "it changes nothing for them"
            remedy = "Remove it, or make another one; until then whoever holds the shift by the layers is on call"
            found.append(Stale(f"An override of {override.schedule} is out of date", f"{gone}: {effect}", remedy))
    for swap in swaps:
        gone = _gone(directory, swap.schedule, swap.people) if swap.state is SwapState.PENDING else ""
        if gone:
            found.append(Stale(f"A swap on {swap.schedule} is out of date", gone, "Cancel it"))
    for rule in rules:
        if rule.person not in directory.people:
            continue
        lost = [step.target for step in (*rule.page, *rule.low) if step.target not in directory.targets]
        if lost:
            why = f"There is no target {lost[0]} any more: the others count, and without any the files"
            found.append(Stale(f"{rule.person}'s own contacts are out of date", why, "Choose others on their page"))
    return found


def _gone(directory: Directory, schedule: str, people: Iterable[str]) -> str:
    if schedule not in directory.schedules:
        return f"There is no schedule {schedule} any more"
    missing = [name for name in people if name not in directory.people]
    return f"{missing[0]} is in no team any more" if missing else ""
