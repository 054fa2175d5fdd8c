"""The alert inbox: what came in, what was made of it, and why."""

from dataclasses import dataclass
from urllib.parse import urlencode

from covet_sre.alerting.alert import Verdict
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.ports import DisposedArrival
from covet_sre.web.incidents import words
from covet_sre.web.incidents.alert_rows import AlertRow, MadeOf, alert_row, made_of
from covet_sre.web.incidents.list_page import Choice
from covet_sre.web.incidents.words import Badge
from covet_sre.web.shell import Shell, shell
from covet_sre.web.words import number_of

_ROWS = 50
_LISTED_ALERTS = 30
VIEWS = (("firing", "Firing"), ("over", "Over"), ("arrivals", "Deliveries"))
_FIRING = {"firing": True, "over": False}


@dataclass(frozen=True, slots=True)
class AskedAlerts:
    """What a reader asked for. Unknown values fall back to the first. `after` and `before` are where a page ended."""

    view: str = "firing"
    verdict: str = ""
    service: str = ""
    after: str = ""
    before: int | None = None

    def address(self, **changes: str) -> str:
        """The same question with some parts changed, from its first page on."""
        view = changes.get("view", self.view)
        asked = {
            "show": "" if view == "firing" else view,
            "verdict": changes.get("verdict", self.verdict),
            "service": changes.get("service", self.service),
            "after": changes.get("after", ""),
            "before": changes.get("before", ""),
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/alerts?{query}" if query else "/alerts"


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """One request, with what was made of each alert in it. `problem` is why nothing could be."""

    number: int
    source: str
    actor: str
    when: str
    machine: str
    state: Badge
    summary: str
    alerts: tuple[tuple[str, MadeOf], ...]
    more: int
    problem: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    shell: Shell
    asked: AskedAlerts
    views: tuple[Choice, ...]
    verdicts: tuple[Choice, ...]
    services: tuple[str, ...]
    alerts: tuple[AlertRow, ...]
    arrivals: tuple[ArrivalRow, ...]
    further: str


_VERDICTS = (("", "Everything"), (Verdict.ATTACHED.value, "In an incident"), (Verdict.SUPPRESSED.value, "Suppressed"))


def asked_alerts(view: str, verdict: str, service: str, after: str, before: str) -> AskedAlerts:
    """The parameters of an address as a question."""
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    return AskedAlerts(
        view if view in dict(VIEWS) else "firing", verdict if verdict in dict(_VERDICTS) else "", service, after, number
    )


def inbox_page(reliability: Reliability, incidents: Incidents, asked: AskedAlerts) -> InboxPage:
    frame = shell(reliability, "Alerts", "alerts")
    views = tuple(
        Choice(name, title, asked.address(view=name, verdict=""), asked.view == name) for name, title in VIEWS
    )
    alerts, arrivals, further = tuple[AlertRow, ...](), tuple[ArrivalRow, ...](), ""
    if asked.view == "arrivals":
        found = incidents.arrivals(asked.before, _ROWS + 1)
        arrivals = tuple(_arrival_row(each) for each in found[:_ROWS])
        further = asked.address(before=str(found[_ROWS - 1].waiting.number)) if len(found) > _ROWS else ""
    else:
        alerts, further = _alerts(incidents, asked)
    verdicts = () if asked.view == "arrivals" else _VERDICTS
    return InboxPage(
        frame,
        asked,
        views,
        tuple(
            Choice(name or "any", title, asked.address(verdict=name), asked.verdict == name) for name, title in verdicts
        ),
        tuple(sorted(incidents.rules().services)),
        alerts,
        arrivals,
        further,
    )


def _alerts(incidents: Incidents, asked: AskedAlerts) -> tuple[tuple[AlertRow, ...], str]:
    """One page of alerts, and the address of the next. A filter by verdict may leave a page short."""
    now = incidents.now()
    found = incidents.alerts(
        firing=_FIRING[asked.view], service=asked.service, after=asked.after or None, limit=_ROWS + 1
    )
    further = asked.address(after=found[_ROWS - 1].key) if len(found) > _ROWS else ""
    wanted = [each for each in found[:_ROWS] if asked.verdict in ("", each.disposition.verdict)]
    return tuple(alert_row(each, now) for each in wanted), further


def _arrival_row(each: DisposedArrival) -> ArrivalRow:
    arrival, disposed = each.waiting.arrival, each.disposed
    alerts = disposed.alerts if disposed else ()
    problem = (disposed.quarantined or disposed.refusal) if disposed else ""
    return ArrivalRow(
        number=each.waiting.number,
        source=arrival.source,
        actor=arrival.actor,
        when=f"{words.moment(arrival.received_at)}:{words.clock(arrival.received_at)[-2:]}",
        machine=words.machine(arrival.received_at),
        state=_state(each),
        summary=_summary(each),
        alerts=tuple((key, made_of(made)) for key, made in alerts[:_LISTED_ALERTS]),
        more=max(len(alerts) - _LISTED_ALERTS, 0),
        problem=problem,
    )


def _state(each: DisposedArrival) -> Badge:
    if each.disposed is None:
        return Badge("Waits", "warning" if each.waiting.tries else "unknown")
    if each.disposed.quarantined:
        return Badge("Put aside", "critical")
    if not each.disposed.refusal:
        return Badge("Decided", "ok")
    return Badge("Decided in part" if each.disposed.alerts else "Refused", "warning")


def _summary(each: DisposedArrival) -> str:
    disposed, tries = each.disposed, each.waiting.tries
    if disposed is None:
        return "not decided on yet" + (f", {number_of(tries, 'attempt')} failed" if tries else "")
    if not disposed.alerts:
        return disposed.quarantined or disposed.refusal or disposed.answer or "no alert in it"
    counted = [(verdict, sum(made.verdict is verdict for _, made in disposed.alerts)) for verdict in Verdict]
    return ", ".join(f"{number} {verdict.value}" for verdict, number in counted if number)
