"""The directory: everybody and everything that can be told, and how a recipient is reached at an instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from covet_sre.oncall.calendar import BusinessHours
from covet_sre.oncall.contact_rules import ContactStep, urgency_of
from covet_sre.oncall.escalation import EscalationPolicy, Reach, Recipient, RecipientKind
from covet_sre.oncall.people import Person, Team
from covet_sre.oncall.schedule import Schedule
from covet_sre.oncall.target import LOCAL_INBOX, Channel, NotificationTarget, TargetKind


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything by name. References may dangle when files changed since: what is gone reaches nobody."""

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    escalations: Mapping[str, EscalationPolicy] = field(default_factory=dict)
    targets: Mapping[str, NotificationTarget] = field(default_factory=lambda: {LOCAL_INBOX.name: LOCAL_INBOX})
    business_hours: Mapping[str, BusinessHours] = field(default_factory=dict)

    def reach(self, recipient: Recipient, channel: Channel, now: float, team: Team | None = None) -> list[Reach]:
        """How a recipient is told by a channel at an instant; empty when nobody can be.

        A person's own rules count first; a person without a contact for the channel is reached by their team's target
        for it. `team` is that of the service, for people who are in none themselves.
        """
        match recipient.kind:
            case RecipientKind.TARGET:
                return [Reach(channel, (recipient.name,))] if recipient.name in self.targets else []
            case RecipientKind.TEAM:
                found = self.teams.get(recipient.name)
                return self._of_team(found, channel) if found else []
            case RecipientKind.PERSON:
                return self._of_people((recipient.name,), channel, team)
            case RecipientKind.SCHEDULE:
                schedule = self.schedules.get(recipient.name)
                return self._of_people(schedule.on_call(now), channel, team) if schedule else []

    def team_of(self, person: str) -> Team | None:
        """The first team that has the person as a member."""
        return next((team for team in self.teams.values() if any(one.name == person for one in team.members)), None)

    def _of_team(self, team: Team, channel: Channel) -> list[Reach]:
        targets = tuple(name for name in team.targets.get(channel, ()) if name in self.targets)
        return [Reach(channel, targets)] if targets else []

    def _of_people(self, names: Sequence[str], channel: Channel, team: Team | None) -> list[Reach]:
        reached: list[Reach] = []
        for name in names:
            person = self.people.get(name)
            contacts = person.contacts.get(channel, ()) if person else ()
            own_team = self.team_of(name) or team
            shared = own_team.targets.get(channel, ()) if own_team else ()
            urgency = urgency_of(channel)
            steps = person.steps.get(urgency, ()) if person and urgency else ()
            if person and steps:
                reached += [self._by_rule(person, step, shared, channel) for step in steps]
                continue
            targets = tuple(dict.fromkeys(one for one in (*contacts, *shared) if one in self.targets))
            if targets:
                address = self._address(person, targets)
                # A team's channel is the team's, unless it can address one of them: a page always names its person.
                is_own = bool(address) or targets[0] in contacts or channel is Channel.PAGE
                reached.append(Reach(channel, targets, name if is_own else "", address))
        return reached

    def _by_rule(self, person: Person, step: ContactStep, shared: Sequence[str], channel: Channel) -> Reach:
        """What the person chose, and where that does not take it, what the team has."""
        targets = tuple(dict.fromkeys(one for one in (step.target, *shared) if one in self.targets))
        return Reach(
            channel, targets, person.name, self._address(person, targets), step.after_seconds, by_own_rule=True
        )

    def is_person(self, actor: str, name: str) -> bool:
        """Whether whoever acts is a person: by name, by the name that people read, or by e-mail address."""
        person = self.people.get(name)
        if person is None:
            return False
        known = (person.name, person.display_name, person.addresses.get("email", ""))
        return actor.strip().casefold() in {one.casefold() for one in known if one}

    def address(self, person: str, target: str) -> str:
        """What a target must know to reach a person; empty where it needs nothing, or nothing is known."""
        return self._address(self.people.get(person), (target,)) if target in self.targets else ""

    def _address(self, person: Person | None, targets: Sequence[str]) -> str:
        if person is None:
            return ""
        kind = self.targets[targets[0]].kind
        wanted = {TargetKind.EMAIL: "email", TargetKind.SLACK: "slack"}.get(kind, "")
        return person.addresses.get(wanted, "")
