"""A promised update that does not come: one after another is reminded of it, each once, until it comes."""

from collections.abc import Iterator

from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident
from covet_sre.incident.message_events import UpdateReminded
from covet_sre.incident.outgoing import Notice
from covet_sre.incident.roles import Role, title_of
from covet_sre.incident.said import REMIND_AGAIN_SECONDS, Promise
from covet_sre.incident.telling import tell_person
from covet_sre.oncall.escalation import RecipientKind


def remind(desk: Desk, incident: Incident, now: float) -> None:
    """Remind the next one, if the time has come."""
    promise, at = incident.said.promise, incident.reminds_at
    if promise is None or at is None or at > now:
        return
    left = [one for one in whom_to_remind(desk, incident, now) if one[0] not in promise.reminded]
    person, as_what = left[0] if left else ("", "nobody")
    reminded = UpdateReminded(promise.due_at, person, as_what, is_last=len(left) < 2)
    desk.record(incident.identity, reminded, now)
    if left or not promise.reminded:
        key = f"{incident.identity}/promise/{promise.due_at:.3f}/{len(promise.reminded)}"
        tell_person(desk, incident.identity, person, _reminder(incident, promise, as_what, now), key, now)


def whom_to_remind(desk: Desk, incident: Incident, now: float) -> list[tuple[str, str]]:
    """(person, as what), in order and each once: the Communications Lead, the Commander, who acknowledged or is on
    call."""
    found = [(incident.crew.holder(role), title_of(role)) for role in (Role.COMMUNICATIONS, Role.COMMANDER)]
    found.append((incident.acknowledged_by.partition(" via ")[0], "who acknowledged"))
    if not incident.is_acknowledged:
        found += [(person, "who is on call") for person in _on_call(desk, incident, now)]
    first: dict[str, str] = {}
    for person, as_what in found:
        if person:
            first.setdefault(person, as_what)
    return list(first.items())


def _on_call(desk: Desk, incident: Incident, now: float) -> Iterator[str]:
    """Whoever the first steps of the plan name."""
    directory = desk.directory
    for step in incident.plan.steps:
        for recipient in step.recipients:
            schedule = directory.schedules.get(recipient.name)
            if recipient.kind is RecipientKind.PERSON:
                yield recipient.name
            elif recipient.kind is RecipientKind.SCHEDULE and schedule is not None:
                yield from schedule.on_call(now)


def _reminder(incident: Incident, promise: Promise, as_what: str, now: float) -> Notice:
    late = int((now - promise.due_at) // 60)
    since = f", {late} minute{'s' if late != 1 else ''} ago" if late else ""
    last = incident.said.messages[-1] if incident.said.messages else None
    by = f" {last.by} promised it in message {last.number}." if last else ""
    return Notice(
        f"{incident.identity}: the promised update is due{since}",
        f"An update about {incident.severity} {incident.service}: {incident.title} was promised for now.{by}\n"
        f"You are asked as {as_what}. Send it, or promise another time: the next one is asked"
        f" in {REMIND_AGAIN_SECONDS / 60:.0f} minutes.",
        f"/incidents/{incident.identity}#communications",
    )
