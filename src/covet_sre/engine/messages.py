"""What a notification says: the incident as it is when the notification leaves, and what helps at night."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

import structlog

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.identity import RUNBOOK, SLO
from covet_sre.alerting.labels import value_of
from covet_sre.alerting.severity import TITLES
from covet_sre.errors import StoreError
from covet_sre.incident.bundling import led_by
from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident, State
from covet_sre.incident.outgoing import Line, Message, Notice, Outgoing, Purpose
from covet_sre.incident.rules import ServiceRule

log = structlog.get_logger(__name__)

Context = Callable[[str, str], Sequence[Line]]
"""(service, SLO or empty) -> lines: which window burns, what is left of the budget, when it will be gone."""

_LISTED = 5
_BEFORE_SECONDS = 1800.0
"""Links show what was before the beginning too: the reason is there."""

_SIMILAR = 3
PAST_LOOKED_AT = 50
"""Of so many incidents of the past, those that are most like the present one are told of."""

_RESOLVED = (State.RESOLVED, State.REVIEW_PENDING, State.CLOSED)


class Messages:
    """A `Composer`.

    `past` gives the latest incidents of a service that are over. `base_address` is where people reach our pages;
    `acknowledge_address` makes the link that asks, for (incident, person). `written` fills in what a notice says only
    when it leaves.
    """

    def __init__(
        self,
        context: Context,
        past: Callable[[str], Sequence[Incident]],
        base_address: str,
        acknowledge_address: Callable[[str, str], str],
        written: Callable[[Outgoing, Notice], Notice] = lambda _, notice: notice,
    ) -> None:
        self._context, self._past = context, past
        self._base, self._acknowledge = base_address.rstrip("/"), acknowledge_address
        self._written = written

    def __call__(self, desk: Desk, outgoing: Outgoing, now: float) -> Message:
        if outgoing.purpose is Purpose.HEARTBEAT:
            return _heartbeat(outgoing, now)
        if outgoing.notice is not None:
            return self._notice(desk, outgoing, self._written(outgoing, outgoing.notice), now)
        incident = desk.incident(outgoing.incident)
        others = led_by(desk, outgoing.key)
        asks = outgoing.purpose is Purpose.TRIGGER
        return Message(
            key=outgoing.key,
            purpose=outgoing.purpose,
            incident=incident.identity,
            thread=outgoing.key.partition(">")[0],
            title=incident.title,
            service=incident.service,
            severity=incident.severity.value,
            state=incident.state.value,
            summary=summary_of(incident),
            at=now,
            started_at=incident.times.impact,
            lines=(*self.lines(desk, incident), *(_other(desk, one) for one in others)),
            others=len(others),
            links=tuple(self._links(desk, incident, now)),
            address=self._at(incident),
            acknowledge_address=self._acknowledge(incident.identity, outgoing.person) if asks else "",
            person=outgoing.person,
            recipient=outgoing.address,
            reference=outgoing.reference,
            labels=_labels(desk, incident),
        )

    def lines(self, desk: Desk, incident: Incident) -> list[Line]:
        """What fires, what it does to the budget, what happened last time, and the first thing to do."""
        alerts, firing = _some(desk, incident), len(desk.firing(incident.identity))
        lines = [Line("Fires", value_of(alert.annotations, "summary") or alert.name, alert.link) for alert in alerts]
        if firing > _LISTED:
            lines.append(Line("Fires", f"and {firing - _LISTED} more alerts"))
        lines += first_step(desk.rules.services.get(incident.service))
        slos = dict.fromkeys(value_of(alert.labels, SLO) for alert in alerts)
        for slo in slos:
            lines += self._context(incident.service, slo)
        lines += earlier(incident, self._earlier(incident.service), self._at)
        return lines

    def _earlier(self, service: str) -> Sequence[Incident]:
        try:
            return self._past(service)
        except StoreError as error:
            # It would help; nobody is told later because of it.
            log.warning("a notification goes without earlier incidents", service=service, error=str(error))
            return ()

    def _notice(self, desk: Desk, outgoing: Outgoing, notice: Notice, now: float) -> Message:
        """The notice's own words; beside them, for programs, what its incident is now."""
        incident = desk.incidents.get(outgoing.incident)
        return Message(
            key=outgoing.key,
            purpose=outgoing.purpose,
            incident=outgoing.incident,
            thread=outgoing.incident or outgoing.key,
            title=notice.subject,
            service=incident.service if incident else "",
            severity=incident.severity.value if incident else "",
            state=incident.state.value if incident else "",
            summary=notice.text,
            at=now,
            started_at=incident.times.impact if incident else now,
            address=self._absolute(notice.link),
            person=outgoing.person,
            recipient=outgoing.address,
            reference=outgoing.reference,
            unsubscribe_address=self._absolute(notice.unsubscribe),
            room=notice.room,
        )

    def _absolute(self, address: str) -> str:
        """Our own pages are named by their path: where that is reached is known here."""
        return f"{self._base}{address}" if address.startswith("/") else address

    def _at(self, incident: Incident) -> str:
        return f"{self._base}/incidents/{quote(incident.identity)}"

    def _links(self, desk: Desk, incident: Incident, now: float) -> list[Line]:
        """The runbooks of what fires and of the service, and its graphs, logs and traces around the beginning."""
        rule = desk.rules.services.get(incident.service)
        runbooks = [value_of(alert.annotations, RUNBOOK) for alert in _some(desk, incident)]
        addresses = dict.fromkeys([*runbooks, rule.runbook if rule else ""])
        links = [Line("Runbook", "Runbook", address) for address in addresses if address]
        return links + where_to_look(rule, incident, now)


def _some(desk: Desk, incident: Incident) -> list[Alert]:
    """A few of the alerts that fire, the most urgent first."""
    firing = (desk.alerts[key] for key in desk.firing(incident.identity))
    return heapq.nsmallest(_LISTED, firing, key=lambda alert: (alert.severity.rank, alert.key))


def _labels(desk: Desk, incident: Incident) -> Mapping[str, str]:
    return dict(next((alert.labels for alert in _some(desk, incident)), ()))


def _other(desk: Desk, outgoing: Outgoing) -> Line:
    incident = desk.incident(outgoing.incident)
    return Line("Also", f"{incident.identity}: {summary_of(incident)}")


def _heartbeat(outgoing: Outgoing, now: float) -> Message:
    return Message(
        key=f"{outgoing.key}/{now:.0f}",
        purpose=outgoing.purpose,
        incident="",
        thread=outgoing.key,
        title="Heartbeat of Covet SRE",
        service="covet-sre",
        severity="P3",
        state="alive",
        summary="Covet SRE is alive: an arrival went the whole way, in, decided, written and out.",
        at=now,
        started_at=now,
    )


def summary_of(incident: Incident) -> str:
    """The incident in one line."""
    head = f"[{incident.severity.value} {TITLES[incident.severity]}] {incident.service}: {incident.title}"
    if not incident.state.is_open:
        return f"{head} ({incident.state.value})"
    return f"{head} (acknowledged by {incident.acknowledged_by})" if incident.is_acknowledged else head


def first_step(rule: ServiceRule | None) -> list[Line]:
    """The first thing to do, where the files say it."""
    return [Line("First", rule.first_step, rule.runbook)] if rule and rule.first_step else []


def where_to_look(rule: ServiceRule | None, incident: Incident, until: float) -> list[Line]:
    """The service's graphs, logs and traces, from before the beginning."""
    between = rule.links_between(incident.times.impact - _BEFORE_SECONDS, until) if rule else ()
    return [Line(label, label, address) for label, address in between]


def earlier(incident: Incident, past: Sequence[Incident], address_of: Callable[[Incident], str]) -> list[Line]:
    """What resolved incidents like it: of the same title first, then the latest."""
    others = [one for one in past if one.identity != incident.identity and one.state in _RESOLVED]
    others.sort(key=lambda one: (one.title == incident.title, one.times.resolved or 0.0), reverse=True)
    return [
        Line("Earlier", f"{one.identity}: {one.title}, resolved: {one.resolution or 'without a word'}", address_of(one))
        for one in others[:_SIMILAR]
    ]
