"""People: they acknowledge what reaches them, and do whatever else people do to incidents and silences."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import Silence
from covet_sre.engine import desk_commands
from covet_sre.incident import facts
from covet_sre.incident.facts import Command
from covet_sre.incident.outgoing import Message, Outgoing, Purpose
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
        world, chance = self._world, self._world.chance
        self._silences += chance.random() < 0.7
        matcher = LabelMatcher(*chance.choice(self._world.senders.labels))
        starts_at = world.now + chance.choice((0.0, 0.0, 120.0))
        ends_at = starts_at + chance.choice((60.0, 600.0, 3600.0, 200_000.0))
        identity = f"silence-{max(self._silences, 1)}"
        return facts.SetSilence(Silence(identity, (matcher,), starts_at, ends_at, "carol", "planned work", world.now))

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

    def _identities(self) -> list[str]:
        return self._world.store.identities() or ["INC-2026-1118-001"]

    def _on_incident(self, command: Callable[[str], Command]) -> Command:
        return command(self._world.chance.choice(self._identities()[-3:]))


_ACTIONS = (
    *(People.silence, People.silence, People.expire, People.expire, People.declare, People.acknowledge, People.note),
    *(People.mitigate, People.resolve, People.close, People.call_false, People.reopen, People.change_severity),
    *(People.split, People.merge),
)


def open_link(world: "World", address: str) -> None:
    """A chat program or a mail scanner looks at every link. Opening one changes nothing (a GET never does)."""
