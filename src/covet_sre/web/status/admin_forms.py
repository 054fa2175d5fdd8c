"""What the forms of those who run the status page ask for, read without trusting it. Times are UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from covet_sre.errors import Refused
from covet_sre.incident import status_facts as facts
from covet_sre.status.maintenance import MaintenanceStatus
from covet_sre.status.public_incident import ComponentStates, PublicStatus
from covet_sre.status.states import ComponentState, Impact

Fields = Mapping[str, str]

STATE_FIELD, CHOICE_FIELD = "state:", "component:"
"""Before a component's identity: the state that it is given; the box that chooses it."""

REMINDERS = {"0": "Nobody", "3600": "1 hour before", "86400": "1 day before", "259200": "3 days before"}

Word = TypeVar("Word", bound=StrEnum)


def publication_of(actor: str, fields: Fields) -> facts.PublishIncident:
    """Raises Refused with what is missing or wrong, as all of these do."""
    return facts.PublishIncident(
        actor,
        fields.get("title", ""),
        fields.get("text", ""),
        _word(PublicStatus, fields, "status", "how far it is"),
        _word(Impact, fields, "impact", "the impact"),
        states_of(fields),
        fields.get("incident", "").strip(),
        fields.get("notify") == "1",
        fields.get("confirmed", ""),
    )


def update_of(actor: str, identity: str, fields: Fields) -> facts.UpdatePublicIncident:
    """What is over is well again, whatever the form still shows of its components."""
    status = _word(PublicStatus, fields, "status", "how far it is")
    return facts.UpdatePublicIncident(
        actor,
        identity,
        _version(fields),
        fields.get("text", ""),
        status,
        () if status.is_over else states_of(fields),
        fields.get("title", ""),
        _word(Impact, fields, "impact", "the impact"),
        fields.get("notify") == "1",
        fields.get("confirmed", ""),
    )


def correction_of(actor: str, identity: str, number: int, fields: Fields) -> facts.CorrectPublicText:
    return facts.CorrectPublicText(
        actor, identity, _version(fields), number, fields.get("text", ""), fields.get("confirmed", "")
    )


def schedule_of(actor: str, fields: Fields) -> facts.ScheduleMaintenance:
    return facts.ScheduleMaintenance(
        actor,
        fields.get("title", ""),
        fields.get("text", ""),
        tuple(name.removeprefix(CHOICE_FIELD) for name in fields if name.startswith(CHOICE_FIELD)),
        _time(fields, "starts"),
        _time(fields, "ends"),
        float(fields["remind"]) if fields.get("remind") in REMINDERS else 0.0,
        fields.get("silence") == "1",
        fields.get("notify") == "1",
        fields.get("confirmed", ""),
    )


def maintenance_update_of(actor: str, identity: str, fields: Fields) -> facts.UpdateMaintenance:
    status = _word(MaintenanceStatus, fields, "status", "how far it is")
    moves = status is not MaintenanceStatus.COMPLETED
    return facts.UpdateMaintenance(
        actor,
        identity,
        _version(fields),
        fields.get("text", ""),
        status,
        _time(fields, "starts") if moves and fields.get("starts") else None,
        _time(fields, "ends") if moves and fields.get("ends") else None,
        fields.get("notify") == "1",
        fields.get("confirmed", ""),
    )


def state_of(actor: str, component: str, fields: Fields) -> facts.SetComponentState:
    until = _time(fields, "until") if fields.get("until") else None
    state = _word(ComponentState, fields, "state", "the state")
    return facts.SetComponentState(actor, component, _version(fields), state, fields.get("reason", ""), until)


def clearing_of(actor: str, component: str, fields: Fields) -> facts.ClearComponentState:
    return facts.ClearComponentState(actor, component, _version(fields))


def states_of(fields: Fields) -> ComponentStates:
    """Those of the components for which one was chosen."""
    named = {name.removeprefix(STATE_FIELD): name for name in fields if name.startswith(STATE_FIELD) and fields[name]}
    return tuple((component, _word(ComponentState, fields, name, "the state")) for component, name in named.items())


def _word(kind: type[Word], fields: Fields, name: str, what: str) -> Word:
    value = fields.get(name, "")
    if value not in set(kind):
        raise Refused(f"{what} is missing" if not value else f"{what} cannot be {value[:40]!r}", remedy="choose one")
    return kind(value)


def _version(fields: Fields) -> int:
    text = fields.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refused("the form does not say what was seen", remedy="open the page again, and send it from there")
    return int(text)


def _time(fields: Fields, name: str) -> float:
    try:
        when = datetime.fromisoformat(fields.get(name, ""))
        return when.replace(tzinfo=when.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise Refused(f"the time {name} is none", remedy="write it like 2026-11-23T09:40, in UTC") from error
