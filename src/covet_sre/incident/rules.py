"""What the files say about alerts and incidents: whose a service is, what its severities ask, what depends on what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from covet_sre.alerting.heartbeat import ExpectedHeartbeat, SentHeartbeat
from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.labels import Labels, value_of
from covet_sre.alerting.severity import Severity
from covet_sre.incident.response import HANDBOOK_SEVERITIES, MINUTE, Response, SeverityPolicy
from covet_sre.incident.stakeholders import StakeholderList
from covet_sre.oncall.calendar import BusinessHours
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.people import Team
from covet_sre.status.page import StatusPage

CATCH_ALL_SERVICE = "unclaimed"
"""The service of alerts that name none, or one that nobody declared: they are somebody's business too."""


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """`depends_on` are upstreams: while one of them has an open incident, this service's alerts are its symptoms."""

    name: str
    team: str = ""
    escalation: str = ""
    runbook: str = ""
    depends_on: tuple[str, ...] = ()
    first_step: str = ""
    links: tuple[tuple[str, str], ...] = ()
    """(what it shows, address): graphs, logs, traces. `{start}` and `{end}` stand for milliseconds since the epoch."""

    def links_between(self, start: float, end: float) -> list[tuple[str, str]]:
        """The links, to what was between two times."""
        first, last = f"{start * 1000:.0f}", f"{end * 1000:.0f}"
        return [(label, address.replace("{start}", first).replace("{end}", last)) for label, address in self.links]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things belong together, in seconds."""

    join_seconds: float = 30 * MINUTE
    """An alert joins its service's open incident within so long of the last that did."""
    settle_seconds: float = 5 * MINUTE
    """An incident whose alerts are all over is resolved after so much quiet: what flaps is one episode."""
    again_seconds: float = 4 * 60 * MINUTE
    """An alert that still fires so long after people resolved its incident is taken in anew, and pages."""
    stale_seconds: float = 12 * 60 * MINUTE
    """A firing alert of which nobody speaks for so long is over: its sender was lost."""


DEFAULT_TIMING = Timing()


@dataclass(frozen=True, slots=True)
class Rules:
    """One set of files, as far as alerts, people and incidents are concerned."""

    directory: Directory = field(default_factory=Directory)
    services: Mapping[str, ServiceRule] = field(default_factory=dict)
    severities: tuple[SeverityPolicy, ...] = (HANDBOOK_SEVERITIES,)
    inhibitions: tuple[InhibitRule, ...] = ()
    heartbeats: tuple[ExpectedHeartbeat, ...] = ()
    sent_heartbeats: tuple[SentHeartbeat, ...] = ()
    slos: Mapping[str, str] = field(default_factory=dict)
    """The service of each declared objective, by the name that stands in the label `slo` of its alerts."""
    stakeholders: Mapping[str, StakeholderList] = field(default_factory=dict)
    timing: Timing = DEFAULT_TIMING
    status_page: StatusPage | None = None
    """What the public is shown, None where no file declares it."""
    downstreams: Mapping[str, Sequence[str]] = field(init=False, repr=False, compare=False)
    """The services that depend on each, directly or not, by name: looked up for every incident that begins."""

    def __post_init__(self) -> None:
        downstreams: dict[str, list[str]] = {}
        for service in sorted(self.services):
            for upstream in self.upstreams(service):
                downstreams.setdefault(upstream, []).append(service)
        object.__setattr__(self, "downstreams", downstreams)

    def service_of(self, labels: Labels) -> str:
        """The declared service that an alert is about: by its SLO, its label `service`, else the catch-all."""
        by_slo = self.slos.get(value_of(labels, "slo"), "")
        named = by_slo or value_of(labels, "service")
        return named if named in self.services else CATCH_ALL_SERVICE

    def severities_of(self, service: str) -> SeverityPolicy:
        """The policy that names the service, else the one for all."""
        general = HANDBOOK_SEVERITIES
        for policy in self.severities:
            if service in policy.services:
                return policy
            if not policy.services:
                general = policy
        return general

    def severity_of(self, labels: Labels, service: str) -> Severity:
        """What an alert's label asks for."""
        return self.severities_of(service).severity_of(value_of(labels, "severity"))

    def response_to(self, service: str, severity: Severity) -> Response:
        return self.severities_of(service).responses[severity]

    def business_hours_of(self, service: str) -> BusinessHours:
        name = self.severities_of(service).business_hours
        return self.directory.business_hours.get(name, BusinessHours())

    def team_of(self, service: str) -> Team | None:
        rule = self.services.get(service)
        return self.directory.teams.get(rule.team) if rule else None

    def upstreams(self, service: str) -> tuple[str, ...]:
        """All services that it depends on, the nearest first, whatever circles the files have."""
        found: dict[str, None] = {}
        waiting = [service]
        while waiting:
            rule = self.services.get(waiting.pop(0))
            for name in rule.depends_on if rule else ():
                if name not in found and name != service:
                    found[name] = None
                    waiting.append(name)
        return tuple(found)
