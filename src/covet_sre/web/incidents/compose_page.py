"""The page on which one of the three messages is written: fields filled from what is known, and how it will look."""

from collections.abc import Mapping
from dataclasses import dataclass

from covet_sre.flows.communications import PreparedMessage, prepared
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.incident.message_commands import subject_of
from covet_sre.incident.templates import TEMPLATES, Field, MessageKind, filled
from covet_sre.web.addresses import incident_address
from covet_sre.web.incidents import words
from covet_sre.web.incidents.cards import IncidentCard, incident_card
from covet_sre.web.incidents.communications_panel import compose_address
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.shell import Shell, shell

_HINTS = {
    "eta": "A time such as 19:30 in UTC, or a span such as 30m. That is the promise, and you are reminded of it.",
    "actions": "From the timeline since the last message. Take out what is not for these ears.",
    "commander": "Who holds the role; without one, somebody should take it.",
}
_FIXED = {"identity"}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """`theirs` is what somebody else has saved there meanwhile; empty where it is the same."""

    name: str
    label: str
    value: str
    placeholder: str
    hint: str
    rows: int
    is_list: bool
    is_mandatory: bool
    is_missing: bool
    theirs: str


@dataclass(frozen=True, slots=True)
class AudienceRow:
    key: str
    label: str
    detail: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line as it will be sent; `is_open` ones still hold a placeholder."""

    text: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ComposePage:
    """`saved` says who saved the draft and when; `by` is who changed it while somebody wrote."""

    shell: Shell
    card: IncidentCard
    title: str
    address: str
    incident_address: str
    subject: str
    fields: tuple[FieldRow, ...]
    preview: tuple[PreviewLine, ...]
    missing: tuple[str, ...]
    audiences: tuple[AudienceRow, ...]
    others: tuple[AudienceRow, ...]
    can_publish: bool
    public: str
    public_why: str
    confirmed: bool
    version: int
    saved: str
    by: str
    actor: str
    trouble: Trouble | None


def compose_page(
    reliability: Reliability,
    incidents: Incidents,
    identity: str,
    kind: MessageKind,
    actor: str,
    typed: Mapping[str, str] | None = None,
    trouble: Trouble | None = None,
) -> ComposePage:
    """`typed` is a form that was sent and not carried out: what stands in it stays. Raises NotFound."""
    frame = shell(reliability, f"{TEMPLATES[kind].title}, {identity}", "incidents")
    detail, now = incidents.incident(identity), incidents.now()
    written = typed_fields(kind, typed) if typed is not None else None
    message = prepared(incidents, detail, kind, written)
    draft = message.draft
    others = _theirs(message, written or {}, typed or {})
    rows = [_audience(message, key, typed) for key in range(len(message.audiences))]
    return ComposePage(
        shell=frame,
        card=incident_card(detail.incident, now),
        title=TEMPLATES[kind].title,
        address=compose_address(identity, kind),
        incident_address=incident_address(identity),
        subject=subject_of(detail.incident, kind),
        fields=tuple(_row(message, one, others) for one in TEMPLATES[kind].fields if one.name not in _FIXED),
        preview=tuple(_preview(message)),
        missing=tuple(one.label for one in message.missing),
        audiences=tuple(row for row, usual in rows if usual),
        others=tuple(row for row, usual in rows if not usual),
        can_publish=message.can_publish,
        public=(typed or {}).get("public", ""),
        public_why=(typed or {}).get("public_why", ""),
        confirmed=(typed or {}).get("confirmed") == "1",
        version=draft.version,
        saved=f"{draft.by}, {words.ago(draft.at, now)}" if draft.fields else "",
        by=draft.by if others else "",
        actor=actor,
        trouble=trouble,
    )


def typed_fields(kind: MessageKind, typed: Mapping[str, str]) -> dict[str, str]:
    """What a form holds for the message's own fields, with plain line ends."""
    return {
        one.name: typed[f"field-{one.name}"].replace("\r\n", "\n").strip()
        for one in TEMPLATES[kind].fields
        if f"field-{one.name}" in typed
    }


AUDIENCE_FIELD = "to:"
"""Before an audience's key: the boxes of the form."""


def _theirs(message: PreparedMessage, written: Mapping[str, str], typed: Mapping[str, str]) -> Mapping[str, str]:
    """What differs in the draft that somebody saved since this form was opened."""
    saved = dict(message.draft.fields)
    if not typed or typed.get("version") == str(message.draft.version):
        return {}
    return {name: text for name, text in saved.items() if text.strip() and text.strip() != written.get(name, "")}


def _row(message: PreparedMessage, field: Field, others: Mapping[str, str]) -> FieldRow:
    value = message.values.get(field.name, "")
    return FieldRow(
        name=field.name,
        label=field.label,
        value=value,
        placeholder=field.placeholder.strip("[]"),
        hint=_HINTS.get(field.name, "One a line." if field.is_list else ""),
        rows=min(max(len(value.splitlines()) + 1, 2), 10) if field.is_list else 1,
        is_list=field.is_list,
        is_mandatory=field.is_mandatory,
        is_missing=field in message.missing,
        theirs=others.get(field.name, ""),
    )


def _audience(message: PreparedMessage, place: int, typed: Mapping[str, str] | None) -> tuple[AudienceRow, bool]:
    one = message.audiences[place]
    chosen = one.is_usual if typed is None else f"{AUDIENCE_FIELD}{one.key}" in typed
    return AudienceRow(one.key, one.label, one.detail, chosen), one.is_usual


def _preview(message: PreparedMessage) -> list[PreviewLine]:
    absent = [one.placeholder for one in TEMPLATES[message.kind].fields if not filled(one, message.values)]
    return [
        PreviewLine(line, any(line.endswith((placeholder, f"{placeholder}.")) for placeholder in absent))
        for line in message.text.split("\n")
    ]
