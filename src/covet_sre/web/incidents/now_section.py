"""What the page of what needs attention says of incidents: those that are open, who is on call, what was sent here."""

from dataclasses import dataclass

from covet_sre.flows.incidents import Backlog, IncidentFilter, Incidents
from covet_sre.incident.outgoing import Outgoing, Purpose
from covet_sre.oncall.duty import Duty
from covet_sre.web.addresses import incident_address
from covet_sre.web.incidents import words
from covet_sre.web.incidents.cards import IncidentCard, incident_card, most_urgent_first
from covet_sre.web.words import number_of

_MOST_READ, _CARDS, _INBOX = 200, 6, 6


@dataclass(frozen=True, slots=True)
class DutyRow:
    """`person` is empty in a gap."""

    schedule: str
    person: str
    until: str
    then: str


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One notification to our own inbox."""

    when: str
    machine: str
    incident: str
    address: str
    title: str
    purpose: str
    why: str


@dataclass(frozen=True, slots=True)
class NowIncidents:
    """`headline` is empty while nothing is open. `backlog` says what is wrong with deciding, empty when nothing is."""

    headline: str
    tone: str
    cards: tuple[IncidentCard, ...]
    more: int
    duties: tuple[DutyRow, ...]
    inbox: tuple[InboxRow, ...]
    backlog: str


def now_incidents(incidents: Incidents) -> NowIncidents:
    now = incidents.now()
    found = sorted(incidents.incidents(IncidentFilter(is_open=True, limit=_MOST_READ)), key=most_urgent_first)
    waiting = [each for each in found if not each.is_acknowledged]
    headline, tone = "", ""
    if found:
        are_open = f"{number_of(len(found), 'incident')} {'is' if len(found) == 1 else 'are'} open"
        nobody = f", {len(waiting)} of them without anybody" if waiting and len(found) > 1 else ""
        headline = are_open + (nobody or (", and nobody takes care" if waiting else ""))
        tone = "critical" if any(each.severity.rank < 2 for each in waiting) else "warning"
    titles = {each.identity: each.title for each in found}
    return NowIncidents(
        headline=headline,
        tone=tone,
        cards=tuple(incident_card(each, now) for each in found[:_CARDS]),
        more=max(len(found) - _CARDS, 0),
        duties=tuple(_duty_row(duty) for duty in incidents.on_call()),
        inbox=tuple(_inbox_row(each, titles) for each in incidents.inbox(_INBOX)),
        backlog=_behind(incidents.backlog()),
    )


def _duty_row(duty: Duty) -> DutyRow:
    return DutyRow(duty.schedule, duty.person, "" if duty.until is None else words.moment(duty.until), duty.then)


_PURPOSES = {
    Purpose.TRIGGER: "asks somebody to take care",
    Purpose.ACKNOWLEDGE: "was acknowledged",
    Purpose.RESOLVE: "was resolved",
    Purpose.UPDATE: "has news",
    Purpose.TEST: "is a test",
    Purpose.HEARTBEAT: "is a heartbeat",
    Purpose.NOTICE: "says something",
}


def _inbox_row(outgoing: Outgoing, titles: dict[str, str]) -> InboxRow:
    return InboxRow(
        words.moment(outgoing.due_at),
        words.machine(outgoing.due_at),
        outgoing.incident,
        incident_address(outgoing.incident),
        titles.get(outgoing.incident, ""),
        outgoing.notice.subject if outgoing.notice else _PURPOSES[outgoing.purpose],
        outgoing.detail if outgoing.delivery.is_over else outgoing.delivery.value,
    )


def _behind(backlog: Backlog) -> str:
    """What somebody must know who relies on being paged."""
    told: list[str] = []
    if backlog.waiting > 1000:
        told.append(f"{backlog.waiting:,} deliveries wait to be decided on")
    if backlog.oldest_due_seconds > 60:
        told.append(f"a notification has been due for {words.lasted(backlog.oldest_due_seconds)}")
    if not backlog.decides and (backlog.waiting or backlog.oldest_due_seconds > 0):
        told.append("this server does not decide: another one that shares the database must")
    return "; ".join(told)
