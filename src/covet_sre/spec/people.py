"""Team documents -> teams and their people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from covet_sre.oncall.people import Person, Team
from covet_sre.oncall.target import Channel
from covet_sre.spec import oncall_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.findings import Spot, shown
from covet_sre.spec.library import Library
from covet_sre.spec.notification_targets import find_target
from covet_sre.spec.windows import is_zone


@dataclass(slots=True)
class People:
    """Everybody who is in a team. `is_whole` is false when a team could not be read."""

    library: Library
    by_name: dict[str, Person] = field(default_factory=dict[str, Person])
    spots: dict[str, Spot] = field(default_factory=dict[str, Spot])
    is_whole: bool = True

    def find(self, name: str, spot: Spot) -> None:
        """A finding at `spot` if nobody of that name is in a team."""
        if name not in self.by_name and self.is_whole:
            declare = f"add {{name: {name}}} to the members of a Team"
            self.library.report_unknown(f"person {shown(name)} in any team", name, self.by_name, spot, declare)

    def add(self, member: documents.TeamMember, spot: Spot) -> None:
        """Take a person in; one of whom two teams tell different things is a finding."""
        person = Person(
            name=member.name,
            display_name=member.display_name or member.name,
            contacts=targets_by_channel(self.library, member.contacts, spot / "contacts"),
            addresses={
                kind: address for kind, address in (("email", member.email), ("slack", member.slack)) if address
            },
            zone=self._zone(member, spot),
        )
        known = self.by_name.get(member.name)
        if known is None or known == Person(member.name, member.name):
            self.by_name[member.name], self.spots[member.name] = person, spot
        elif person not in (known, Person(member.name, member.name)):
            first = self.spots[member.name].location
            problem = f"{member.name} is described otherwise at {first}"
            remedy = f"describe a person once; in other teams write name: {member.name} alone"
            self.library.findings.error(spot, "contradiction", problem, remedy)

    def _zone(self, member: documents.TeamMember, spot: Spot) -> str:
        zone = member.time_zone or ""
        return zone if not zone or is_zone(zone, spot / "timeZone", self.library.findings) else ""


def people(library: Library) -> People:
    """Every member of a well-shaped team."""
    found = People(library)
    read = 0
    for entry, model in library.all_of(documents.Team):
        read += 1
        for index, member in enumerate(model.spec.members):
            found.add(member, entry.spot / "spec" / "members" / index)
    found.is_whole = read == len(library.names(documents.Team))
    return found


def teams(library: Library, everybody: People) -> dict[str, Team]:
    """Every well-shaped team by name."""
    found: dict[str, Team] = {}
    for entry, model in library.all_of(documents.Team):
        spec, spot = model.spec, entry.spot / "spec"
        read_annotations("Team", model.metadata.annotations, entry.spot / "metadata", library.findings)
        if spec.escalation_policy is not None:
            library.find(documents.EscalationPolicy, spec.escalation_policy, spot / "escalationPolicy")
        names: dict[str, None] = {}
        for index, name in enumerate(member.name for member in spec.members):
            if name in names:
                here, problem = spot / "members" / index / "name", f"{name} is a member twice"
                library.findings.error(here, "reference-ambiguous", problem, "remove one of them")
            names[name] = None
        found[entry.name] = Team(
            name=entry.name,
            display_name=model.metadata.display_name or entry.name,
            members=tuple(everybody.by_name[name] for name in names),
            targets=targets_by_channel(library, spec.targets, spot / "targets"),
            escalation=spec.escalation_policy or "",
            location=entry.spot.location,
        )
    return found


def targets_by_channel(
    library: Library, written: documents.ChannelTargets, spot: Spot
) -> Mapping[Channel, tuple[str, ...]]:
    """The targets of each channel that has any; each is found, or is a finding."""
    names = {
        Channel.PAGE: written.page,
        Channel.EMAIL: written.email,
        Channel.SLACK: written.slack,
        Channel.TICKET: written.ticket,
    }
    for channel, targets in names.items():
        for index, name in enumerate(targets):
            find_target(library, name, spot / channel.value / index)
    return {channel: tuple(targets) for channel, targets in names.items() if targets}
