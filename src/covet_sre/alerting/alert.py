"""An alert: everything that was said about it, joined, and what was made of it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from covet_sre.alerting.identity import ALERT_NAME
from covet_sre.alerting.labels import Labels, shared, value_of
from covet_sre.alerting.report import Report, Sayings
from covet_sre.alerting.severity import Severity


class Verdict(StrEnum):
    """What was made of one alert of a delivery: exactly one of these."""

    ATTACHED = "attached"
    SUPPRESSED = "suppressed"
    STALE = "stale"


class Cause(StrEnum):
    """What suppressed an alert."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"
    INHIBITION = "inhibition"
    DUPLICATE = "duplicate"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Disposition:
    """What was made of an alert, and why, in words that a person at night understands.

    `by` is the silence's identity, the rule's name, or of what is attached as a symptom the service it follows from;
    `incident` the incident that it belongs to, if any.
    """

    verdict: Verdict
    why: str
    incident: str = ""
    cause: Cause | None = None
    by: str = ""

    @property
    def is_symptom(self) -> bool:
        """Whether it belongs to an incident of a service that its own depends on."""
        return self.verdict is Verdict.ATTACHED and bool(self.by)


@dataclass(frozen=True, slots=True)
class Alert:
    """`sayings` are sorted by reporter. `is_firing` is what was last decided on; `disposition` what was made of it.

    `heard_at` is when anybody last spoke of it, in seconds since the epoch.
    """

    key: str
    labels: Labels
    annotations: Labels
    sayings: Sayings
    service: str
    severity: Severity
    disposition: Disposition
    heard_at: float
    is_firing: bool
    link: str = ""

    @property
    def incident(self) -> str:
        """The incident that it belongs to, empty for none."""
        return self.disposition.incident

    @property
    def name(self) -> str:
        """What people call it: the label `alertname`, or its key."""
        return value_of(self.labels, ALERT_NAME) or self.key

    @property
    def starts_at(self) -> float:
        """The start of the firing that was last spoken of."""
        return max(saying.starts_at for _, saying in self.sayings)

    @property
    def ends_at(self) -> float:
        """When it is over by what was said: infinite where nobody said when."""
        return max(saying.ends_at for _, saying in self.sayings)

    def fires_at(self, now: float) -> bool:
        """It fires while anybody says so."""
        return any(saying.fires_at(now) for _, saying in self.sayings)

    def ends_next(self) -> float:
        """The next time at which somebody's saying runs out, infinite for never."""
        return min((s.ends_at for _, s in self.sayings if not s.is_resolved), default=inf)


def compact(alert: Alert) -> Alert:
    """The same alert in less memory: it shares with others what is equal."""
    return replace(
        alert,
        labels=tuple(map(shared, alert.labels)),
        annotations=shared(alert.annotations),
        sayings=shared(alert.sayings),
        service=shared(alert.service),
        disposition=shared(alert.disposition),
        link=shared(alert.link),
    )


def joined_sayings(known: Sayings, report: Report) -> Sayings:
    """Everything said so far and this report, in whatever order they came."""
    said = dict(known)
    before = said.get(report.reporter)
    said[report.reporter] = report.saying if before is None else max(before, report.saying)
    return tuple(sorted(said.items()))
