"""The incident list: the newest first, by state, severity and service."""

from dataclasses import dataclass
from urllib.parse import urlencode

from covet_sre.alerting.severity import TITLES, Severity
from covet_sre.flows.incidents import IncidentFilter, Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.web.incidents.cards import IncidentCard, incident_card
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.shell import Shell, shell

_ROWS = 50
STATES = (("open", "Open"), ("closed", "Over"), ("", "All"))


@dataclass(frozen=True, slots=True)
class AskedIncidents:
    """What a reader asked for. Unknown values fall back to the first."""

    state: str = "open"
    severity: str = ""
    service: str = ""
    before: str = ""

    def address(self, **changes: str) -> str:
        """The same question with some parts changed, from its first page on."""
        state = changes.get("state", self.state)
        asked = {
            "state": "" if state == "open" else state or "all",
            "severity": changes.get("severity", self.severity),
            "service": changes.get("service", self.service),
            "before": changes.get("before", ""),
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/incidents?{query}" if query else "/incidents"


@dataclass(frozen=True, slots=True)
class Choice:
    name: str
    title: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class IncidentListPage:
    """`typed` is what somebody wrote into the form that declares, when it could not be done."""

    shell: Shell
    asked: AskedIncidents
    states: tuple[Choice, ...]
    severities: tuple[Choice, ...]
    services: tuple[str, ...]
    rows: tuple[IncidentCard, ...]
    older: str
    severity_titles: tuple[tuple[str, str], ...]
    actor: str
    trouble: Trouble | None
    typed: dict[str, str]


def asked_incidents(state: str, severity: str, service: str, before: str) -> AskedIncidents:
    """The parameters of an address as a question."""
    known_state = {"": "open", "open": "open", "closed": "closed", "all": ""}.get(state, "open")
    return AskedIncidents(known_state, severity if severity in set(Severity) else "", service, before)


def incident_list_page(
    reliability: Reliability,
    incidents: Incidents,
    asked: AskedIncidents,
    actor: str,
    trouble: Trouble | None = None,
    typed: dict[str, str] | None = None,
) -> IncidentListPage:
    frame = shell(reliability, "Incidents", "incidents")
    wanted = IncidentFilter(
        is_open={"open": True, "closed": False}.get(asked.state),
        service=asked.service,
        severity=Severity(asked.severity) if asked.severity else None,
        before=asked.before or None,
        limit=_ROWS + 1,
    )
    found, now = incidents.incidents(wanted), incidents.now()
    states = tuple(
        Choice(name or "all", title, asked.address(state=name), asked.state == name) for name, title in STATES
    )
    every = Choice("any", "Any severity", asked.address(severity=""), not asked.severity)
    severities = (
        Choice(each.value, f"{each.value} {TITLES[each]}", asked.address(severity=each.value), asked.severity == each)
        for each in Severity
    )
    older = asked.address(before=found[_ROWS - 1].identity) if len(found) > _ROWS else ""
    return IncidentListPage(
        shell=frame,
        asked=asked,
        states=states,
        severities=(every, *severities),
        services=tuple(sorted(incidents.rules().services)),
        rows=tuple(incident_card(each, now) for each in found[:_ROWS]),
        older=older,
        severity_titles=tuple((each.value, TITLES[each]) for each in Severity),
        actor=actor,
        trouble=trouble,
        typed=typed or {},
    )
