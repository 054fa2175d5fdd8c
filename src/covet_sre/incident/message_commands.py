"""Messages to others, as people draft and send them. Two who write at once both keep what they wrote."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from covet_sre.errors import Refused
from covet_sre.incident.audiences import audiences_of, ears
from covet_sre.incident.checking import check_length, check_text, needs_open
from covet_sre.incident.desk import Desk
from covet_sre.incident.drafting import promised_time, written_time
from covet_sre.incident.drafts import Draft, draft_identity
from covet_sre.incident.incident import Incident
from covet_sre.incident.message_events import MessageSent, UpdatePromised
from covet_sre.incident.message_facts import FieldValues, MessageCommand, PromiseUpdate, SaveDraft, SendMessage
from covet_sre.incident.outgoing import Notice
from covet_sre.incident.publishing import publish_on_status_page
from covet_sre.incident.said import message_key
from covet_sre.incident.stakeholders import Subscription
from covet_sre.incident.telling import send_notice
from covet_sre.incident.templates import TEMPLATES, MessageKind, filled, missing, without_optional

LONGEST_FIELD, LONGEST_MESSAGE, LONGEST_PUBLIC = 2000, 6000, 5000


def communicate(desk: Desk, command: MessageCommand, now: float) -> str:
    """The identity of the incident, or of the draft. Raises NotFound and Refused, and then nothing has changed."""
    incident = desk.incident(command.incident)
    check_text(command.actor, "who does it", 100)
    match command:
        case SaveDraft():
            return _save(desk, command, now)
        case SendMessage():
            return _send(desk, incident, command, now)
        case PromiseUpdate(_, actor, at, why):
            needs_open(incident)
            check_length(why, "why", 1000)
            desk.record(incident.identity, UpdatePromised(promised_time(at, now), why), now, actor)
            return incident.identity
        case _:
            assert_never(command)


def draft_of(desk: Desk, incident: str, kind: MessageKind) -> Draft:
    """What people have written; an empty one where nobody has."""
    return desk.records(Draft).get(draft_identity(incident, kind), Draft(incident, kind))


def _save(desk: Desk, command: SaveDraft, now: float) -> str:
    fields = _checked(command.kind, command.fields)
    draft = _seen(desk, command.incident, command.kind, command.version)
    saved = Draft(command.incident, command.kind, draft.version + 1, tuple(fields.items()), command.actor, now)
    desk.put_record(saved)
    return saved.identity


def _send(desk: Desk, incident: Incident, command: SendMessage, now: float) -> str:
    kind, actor = command.kind, command.actor
    fields = _checked(kind, command.fields)
    draft = _seen(desk, incident.identity, kind, command.version)
    public = command.public.strip()
    check_length(public, "the public text", LONGEST_PUBLIC)
    due_at = _promised(incident, kind, fields, now)
    if due_at is not None:
        fields["eta"] = written_time(due_at)
    absent = missing(kind, fields)
    if absent and not command.confirmed:
        names = ", ".join(one.label for one in absent)
        raise Refused(f"these are still placeholders: {names}", remedy="fill them, or confirm that it may go so")
    text = without_optional(kind, fields)
    check_length(text, "the message", LONGEST_MESSAGE)
    subscriptions = list(desk.records(Subscription).values())
    chosen = [one for one in audiences_of(desk.rules, incident, kind, subscriptions) if one.key in command.audiences]
    if unknown := sorted(set(command.audiences) - {one.key for one in chosen}):
        raise Refused(f"there is no audience {unknown[0]!r} for this message", remedy="look at the list again")
    if not chosen and not public:
        raise Refused("nobody would hear it", remedy="choose to whom it goes")
    if public:
        publish_on_status_page(desk, incident, kind, public, actor, now, command.public_why.strip())
    heard = ears(desk.rules, incident, kind, [one.key for one in chosen], subscriptions, now)
    number = len(incident.said.messages) + 1
    labels = tuple(one.label for one in chosen) + (("the status page",) if public else ())
    sent = MessageSent(number, kind, text, labels, len(heard), public, tuple(one.label for one in absent))
    desk.record(incident.identity, sent, now, actor)
    if due_at is not None:
        desk.record(incident.identity, UpdatePromised(due_at), now, actor)
    notice = Notice(subject_of(incident, kind), text, f"/incidents/{incident.identity}")
    for ear in heard:
        whom = ear.reach.address or ear.reach.person or "-"
        key = f"{message_key(incident.identity, number)}{ear.reach.targets[0]}/{whom}"
        send_notice(desk, incident.identity, ear.reach, replace(notice, unsubscribe=ear.unsubscribe), key, now)
    # Whoever has it open still sees that it was sent: the version has moved on.
    desk.put_record(Draft(incident.identity, kind, draft.version + 1, (), "", now))
    return incident.identity


def subject_of(incident: Incident, kind: MessageKind) -> str:
    """One line that says what it is about, for a list of mails."""
    head = TEMPLATES[kind].layout.partition("\n")[0]
    return f"{head}: {incident.identity} {incident.severity} {incident.service}"


def _seen(desk: Desk, incident: str, kind: MessageKind, version: int) -> Draft:
    """The present draft, if it is the one that somebody saw. Raises Refused."""
    draft = draft_of(desk, incident, kind)
    if draft.version == version:
        return draft
    if not draft.fields:
        problem, remedy = (
            "this message was sent meanwhile",
            "look at what was sent, and send yours if it still says more",
        )
    else:
        problem = f"{draft.by} has changed this draft since you opened it"
        remedy = "look at both, and save or send again: what you wrote is kept"
    raise Refused(problem, remedy=remedy)


def _checked(kind: MessageKind, written: FieldValues) -> dict[str, str]:
    fields = dict(written)
    known = {one.name: one for one in TEMPLATES[kind].fields}
    if unknown := sorted(set(fields) - set(known)):
        names = ", ".join(known)
        raise Refused(f"the message has no field {unknown[0]!r}", remedy=f"its fields are {names}")
    for name, text in fields.items():
        check_length(text, known[name].label, LONGEST_FIELD)
    return fields


def _promised(incident: Incident, kind: MessageKind, fields: Mapping[str, str], now: float) -> float | None:
    """When the next update is promised for; None where the message promises none, or the incident is over."""
    if kind is MessageKind.RESOLUTION:
        return None
    eta = filled(TEMPLATES[kind].field("eta"), fields)
    if not eta or not incident.state.is_open:
        return None
    return promised_time(eta[0], now)
