"""EscalationPolicy documents -> escalation policies, and what is dangerous in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from covet_sre.oncall.directory import Directory
from covet_sre.oncall.escalation import EscalationPolicy, EscalationStep, Recipient, RecipientKind
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.target import Channel, TargetKind
from covet_sre.spec import oncall_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.clock_times import delay_seconds
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.library import Entry, Library
from covet_sre.spec.notification_targets import find_target
from covet_sre.spec.people import People


@dataclass(slots=True)
class Escalations:
    """The policies by name, and where each stands."""

    policies: dict[str, EscalationPolicy] = field(default_factory=dict[str, EscalationPolicy])
    spots: dict[str, Spot] = field(default_factory=dict[str, Spot])


def escalations(library: Library, people: People) -> Escalations:
    """Every policy of the right shape."""
    found = Escalations()
    for entry, model in library.all_of(documents.EscalationPolicy):
        found.policies[entry.name] = _policy(entry, model, library, people)
        found.spots[entry.name] = entry.spot / "spec"
    return found


def _policy(
    entry: Entry[documents.EscalationPolicy], model: documents.EscalationPolicy, library: Library, people: People
) -> EscalationPolicy:
    spec, spot, findings = model.spec, entry.spot / "spec", library.findings
    read_annotations("EscalationPolicy", model.metadata.annotations, entry.spot / "metadata", findings)
    if spec.repeat < 0:
        problem = f"is {spec.repeat}: a policy that repeats without end pages for ever"
        remedy = f"write 0 to {documents.MOST_TURNS}; after the last turn the catch-all is told"
        findings.error(spot / "repeat", "value-wrong", problem, remedy)
    elif spec.repeat > documents.MOST_TURNS:
        problem = f"is {spec.repeat}: nobody answers to the tenth page who did not to the first"
        findings.error(spot / "repeat", "value-wrong", problem, f"write 0 to {documents.MOST_TURNS}")
    for index, name in enumerate(spec.catch_all):
        find_target(library, name, spot / "catchAll" / index)
    return EscalationPolicy(
        name=entry.name,
        steps=tuple(
            _step(step, index, spot / "steps" / index, library, people) for index, step in enumerate(spec.steps)
        ),
        repeat=min(max(spec.repeat, 0), documents.MOST_TURNS),
        repeat_after_seconds=delay_seconds(spec.repeat_after, spot / "repeatAfter", findings),
        catch_all=tuple(dict.fromkeys(spec.catch_all)),
        location=entry.spot.location,
    )


def _step(
    written: documents.EscalationStepSpec, index: int, spot: Spot, library: Library, people: People
) -> EscalationStep:
    if index and written.after is None:
        problem = "has no after: it would be taken together with the step before"
        remedy = "add for example after: 5m, or name its recipients in the step before"
        library.findings.error(spot, "field-missing", problem, remedy)
    recipients = [_recipient(each, spot / "notify" / n, library, people) for n, each in enumerate(written.notify)]
    delay = delay_seconds(written.after, spot / "after", library.findings) if written.after else 0.0
    return EscalationStep(tuple(dict.fromkeys(one for one in recipients if one)), delay)


def _recipient(
    written: documents.EscalationRecipient, spot: Spot, library: Library, people: People
) -> Recipient | None:
    named = {kind: name for kind in RecipientKind if (name := getattr(written, kind.value)) is not None}
    if len(named) != 1:
        problem = f"names {' and '.join(named)} at once" if named else "names nobody"
        remedy = "write one of schedule, person, team, target; a list may have several of these"
        library.findings.error(spot, "contradiction", problem, remedy)
        return None
    [(kind, name)] = named.items()
    match kind:
        case RecipientKind.SCHEDULE:
            library.find(documents.Schedule, name, spot / "schedule")
        case RecipientKind.PERSON:
            people.find(name, spot / "person")
        case RecipientKind.TEAM:
            library.find(documents.Team, name, spot / "team")
        case RecipientKind.TARGET:
            find_target(library, name, spot / "target")
    return Recipient(kind, name)


# ---------------------------------------------------------------- what is dangerous


def look_at_escalations(found: Escalations, directory: Directory, findings: Findings) -> None:
    """Warn of steps that page nobody, and of policies beside which PagerDuty escalates too."""
    pages = PageTargets(directory)
    for policy in found.policies.values():
        spot = found.spots[policy.name] / "steps"
        reached: dict[str, None] = {}
        for index, step in enumerate(policy.steps):
            targets = dict.fromkeys(target for one in step.recipients for target in pages.targets(one))
            reached |= targets
            if not targets:
                who = ", ".join(map(str, step.recipients))
                problem = f"{who} has no target of the channel page: the step is passed on at once"
                remedy = "add targets: {page: [...]} to the team, or contacts: {page: [...]} to the person"
                findings.warning(spot / index, "step-unroutable", problem, remedy)
        both = [name for name in reached if _escalates(name, directory)]
        if both and (len(policy.steps) > 1 or policy.repeat):
            problem = f"this policy escalates, and so does PagerDuty behind {both[0]!r}: people are paged by both"
            remedy = "keep one step without repeat here, or let PagerDuty page at once and write escalates: false"
            findings.warning(spot, "escalates-twice", problem, remedy)


class PageTargets:
    """By which targets a recipient may ever be paged, as `Directory.reach` finds them at an instant."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        # The first team of a person counts, and there are many people.
        teams = reversed(list(directory.teams.values()))
        self._teams = {person.name: team for team in teams for person in team.members}

    def targets(self, recipient: Recipient) -> Iterator[str]:
        match recipient.kind:
            case RecipientKind.TARGET:
                yield recipient.name
            case RecipientKind.TEAM:
                yield from self._directory.teams[recipient.name].targets.get(Channel.PAGE, ())
            case RecipientKind.PERSON:
                yield from self._of_person(recipient.name)
            case RecipientKind.SCHEDULE:
                schedule = self._directory.schedules[recipient.name]
                for person in schedule.people if isinstance(schedule, LayeredSchedule) else ():
                    yield from self._of_person(person)

    def _of_person(self, name: str) -> Iterator[str]:
        yield from self._directory.people[name].contacts.get(Channel.PAGE, ())
        yield from self._teams[name].targets.get(Channel.PAGE, ())


def _escalates(name: str, directory: Directory) -> bool:
    target = directory.targets[name]
    return target.kind is TargetKind.PAGERDUTY and _is_true(target.settings, "escalates")


def _is_true(settings: Mapping[str, str], name: str) -> bool:
    return settings.get(name) == "true"
