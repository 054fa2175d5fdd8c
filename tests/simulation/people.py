"""People: they acknowledge what reaches them, and do whatever else people do to incidents and silences."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import Silence
from covet_sre.engine import desk_commands
from covet_sre.incident import facts
from covet_sre.incident.facts import Command
from covet_sre.incident.message_facts import SendMessage
from covet_sre.incident.outgoing import Message, Outgoing, Purpose
from covet_sre.incident.role_facts import AssignRole, HandOverRole, LayDownRole, LeaveIncident
from covet_sre.incident.roles import Role
from covet_sre.incident.templates import TEMPLATES, MessageKind
from covet_sre.oncall.target import Channel
from tests.simulation import house
from tests.simulation.history import Accepted

if TYPE_CHECKING:
    from tests.simulation.world import World


class People:
    """They see what the store shows, and what they are sent."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._silences = 0

    def plan(self) -> None:
        world, chance = self._world, self._world.chance
        for _ in range(chance.choice((0, 1, 2, 3, 5))):
            action = chance.choice(_ACTIONS)
            world.at(world.somewhen(), lambda action=action: self._act(action))

    def receive(self, outgoing: Outgoing, message: Message) -> None:
        """A target took a notification."""
        if message.acknowledge_address:
            open_link(self._world, message.acknowledge_address)
        asks = outgoing.purpose is Purpose.TRIGGER and outgoing.channel is Channel.PAGE and outgoing.person
        if asks and self._world.chance.random() < 0.4:
            command = facts.Acknowledge(outgoing.incident, outgoing.person)
            self._world.after(self._world.chance.choice((3.0, 30.0, 400.0)), lambda: self.decide(command))

    def decide(self, command: Command) -> None:
        world = self._world
        if world.is_quiet:
            return
        world.told("person", f"{type(command).__name__}")
        world.post(desk_commands.as_arrival(command, world.now), Accepted(0, 0.0, command=command))

    def _act(self, action: "Callable[[People], Command | None]") -> None:
        command = action(self)
        if command is not None:
            self.decide(command)

    # ------------------------------------------------------------ what they do

    def silence(self) -> Command:
        chance = self._world.chance
        self._silences += chance.random() < 0.7
        matcher = LabelMatcher(*chance.choice(self._world.senders.labels))
        return self._silence(matcher, chance.choice((60.0, 600.0, 3600.0, 200_000.0)))

    def change_silence(self) -> Command:
        """It turns out that it was to keep something else quiet."""
        return self._silence(LabelMatcher("node", "b"), 200_000.0)

    def _silence(self, matcher: LabelMatcher, seconds: float) -> Command:
        now = self._world.now
        starts_at = now + self._world.chance.choice((0.0, 0.0, 120.0))
        identity = f"silence-{max(self._silences, 1)}"
        return facts.SetSilence(Silence(identity, (matcher,), starts_at, starts_at + seconds, "carol", "planned", now))

    def expire(self) -> Command:
        return facts.ExpireSilence(f"silence-{max(self._silences, 1)}", "carol")

    def declare(self) -> Command:
        chance = self._world.chance
        service = chance.choice(house.SERVICES[:4])
        return facts.Declare("dora", service, chance.choice(list(Severity)), "Customers complain")

    def acknowledge(self) -> Command | None:
        return self._on_incident(
            lambda identity: facts.Acknowledge(identity, self._world.chance.choice(("bob", "dora")))
        )

    def note(self) -> Command | None:
        return self._on_incident(lambda identity: facts.AddNote(identity, "dora", "looking"))

    def mitigate(self) -> Command | None:
        return self._on_incident(lambda identity: facts.Mitigate(identity, "dora", "fell back"))

    def resolve(self) -> Command | None:
        return self._on_incident(lambda identity: facts.Resolve(identity, "dora", "restarted"))

    def close(self) -> Command | None:
        return self._on_incident(lambda identity: facts.Close(identity, "dora"))

    def call_false(self) -> Command | None:
        return self._on_incident(lambda identity: facts.CallFalseAlarm(identity, "dora", "a test"))

    def reopen(self) -> Command | None:
        return self._on_incident(lambda identity: facts.Reopen(identity, "dora", "it is back"))

    def change_severity(self) -> Command | None:
        severity = self._world.chance.choice(list(Severity))
        return self._on_incident(lambda identity: facts.ChangeSeverity(identity, "dora", severity, "it is other"))

    def split(self) -> Command | None:
        alerts = tuple(sorted(self._world.store.firing_keys()))
        return self._on_incident(lambda identity: facts.Split(identity, "dora", alerts[:1], "another problem"))

    def merge(self) -> Command | None:
        into = self._world.chance.choice(self._identities())
        return self._on_incident(lambda identity: facts.Merge(identity, "dora", into, "the same"))

    def take_role(self) -> Command | None:
        chance = self._world.chance
        role, person = chance.choice(list(Role)), chance.choice(("alice", "bob", "dora"))
        domain = "orders" if role is Role.EXPERT else ""
        return self._on_incident(lambda identity: AssignRole(identity, person, role, person, domain))

    def change_role(self) -> Command | None:
        chance = self._world.chance
        role, person, to = chance.choice(list(Role)), *chance.sample(("alice", "bob", "dora"), 2)
        kind = chance.choice((0, 1, 2))
        if kind == 0:
            return self._on_incident(lambda identity: HandOverRole(identity, person, role, person, to, "over to you"))
        if kind == 1:
            return self._on_incident(lambda identity: LayDownRole(identity, person, role, person))
        return self._on_incident(lambda identity: LeaveIncident(identity, person))

    def write(self) -> Command | None:
        """One of the three messages, to the team's channel; the next update is promised for soon."""
        chance = self._world.chance
        kind, minutes = chance.choice(list(MessageKind)), chance.choice((5, 30))
        fields = {one.name: "words" for one in TEMPLATES[kind].fields}
        if "eta" in fields:
            fields["eta"] = f"{minutes}m"
        return self._on_incident(
            lambda identity: SendMessage(identity, "dora", kind, tuple(fields.items()), 0, ("target:channel",))
        )

    def _identities(self) -> list[str]:
        return self._world.store.identities() or ["INC-2026-1118-001"]

    def _on_incident(self, command: Callable[[str], Command]) -> Command:
        return command(self._world.chance.choice(self._identities()[-3:]))


_ACTIONS = (
    *(
        People.silence,
        People.silence,
        People.change_silence,
        People.expire,
        People.declare,
        People.acknowledge,
        People.note,
    ),
    *(People.mitigate, People.resolve, People.close, People.call_false, People.reopen, People.change_severity),
    *(People.split, People.merge, People.take_role, People.change_role, People.write),
)


def open_link(world: "World", address: str) -> None:
    """A chat program or a mail scanner looks at every link. Opening one changes nothing (a GET never does)."""
