"""Incidents, as far as decisions from outside need them: what was decided, and what is open."""

from collections.abc import Sequence

from covet_sre.alerting.severity import Severity
from covet_sre.errors import NotFound
from covet_sre.flows.incidents import IncidentDetail, IncidentFilter
from covet_sre.incident.facts import Command
from covet_sre.incident.incident import Incident, State, Times
from covet_sre.oncall.duty import Duty

NOW = 1_764_150_000.0
INCIDENT = "INC-2025-1126-001"


def incident(episode: int = 1, began_at: float = NOW - 60, title: str = "It burns <!channel> & more") -> Incident:
    times = Times(NOW - 90, NOW - 80)
    made = Incident(INCIDENT, "api", title, Severity.P0, State.PAGED, times, joined_at=NOW - 80)
    object.__setattr__(made, "episode", episode)
    object.__setattr__(made, "began_at", began_at)
    return made


class FakeIncidents:
    """`decided` are the commands that were carried out; `failure` is raised instead while it is set."""

    def __init__(self, *known: Incident) -> None:
        self.known = {one.identity: one for one in known}
        self.decided: list[Command] = []
        self.failure: Exception | None = None

    def now(self) -> float:
        return NOW

    def incidents(self, wanted: IncidentFilter) -> Sequence[Incident]:
        return list(self.known.values())[: wanted.limit]

    def incident(self, identity: str) -> IncidentDetail:
        if identity not in self.known:
            raise NotFound(f"there is no incident {identity}", remedy="see the list of incidents")
        return IncidentDetail(self.known[identity], (), (), 0, ())

    def on_call(self) -> Sequence[Duty]:
        return [Duty("primary", "alice", None, "bob"), Duty("secondary", "", None)]

    def decide(self, command: Command) -> str:
        if self.failure is not None:
            raise self.failure
        self.decided.append(command)
        return INCIDENT
