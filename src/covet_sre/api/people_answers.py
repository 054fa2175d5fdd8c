"""The people of an incident, and what was said to others, as the API's answers."""

from covet_sre.api import people_models as models
from covet_sre.api.incident_answers import maybe, time
from covet_sre.flows.communications import PreparedMessage, may_end
from covet_sre.flows.incidents import IncidentDetail
from covet_sre.incident.incident import Incident
from covet_sre.incident.message_events import MessageSent
from covet_sre.incident.roles import CHARTERS, Duties, Role
from covet_sre.incident.stakeholders import Subscription
from covet_sre.incident.templates import TEMPLATES


def roles_answer(incident: Incident, duties: Duties) -> models.RolesAnswer:
    return models.RolesAnswer(
        items=[_role_item(incident, role, duties) for role in Role],
        requests=[
            models.RoleRequestItem(
                number=one.number,
                role=one.role,
                people=list(one.people),
                schedule=one.schedule,
                domain=one.domain,
                note=one.note,
                by=one.by,
                at=time(one.at),
            )
            for one in incident.crew.requests
        ],
    )


def _role_item(incident: Incident, role: Role, duties: Duties) -> models.RoleItem:
    crew = incident.crew
    ticked = [(duty, crew.ticked(role, duty)) for duty in duties[role]]
    return models.RoleItem(
        role=role,
        title=CHARTERS[role].title,
        single=CHARTERS[role].is_single,
        holders=[
            models.HolderItem(person=one.person, since=time(one.since), domain=one.domain)
            for one in crew.holdings
            if one.role is role
        ],
        duties=[
            models.DutyTicked(
                text=duty, done=tick is not None, by=tick.by if tick else "", at=maybe(tick.at if tick else None)
            )
            for duty, tick in ticked
        ],
    )


def participants_answer(incident: Incident) -> models.ParticipantsAnswer:
    crew = incident.crew
    return models.ParticipantsAnswer(
        items=[models.ParticipantItem(person=one, roles=list(crew.roles_of(one))) for one in crew.participants]
    )


def communications_answer(detail: IncidentDetail, now: float) -> models.CommunicationsAnswer:
    said = detail.incident.said
    known = {one.number: one for one in said.messages}
    promise = said.promise
    return models.CommunicationsAnswer(
        items=[
            models.MessageItem(
                number=event.number,
                kind=event.kind,
                text=event.text,
                public=event.public,
                audiences=list(event.audiences),
                missing=list(event.missing),
                by=entry.actor,
                at=time(entry.at),
                told=event.told,
                delivered=known[event.number].delivered,
                failed=known[event.number].failed,
                waiting=known[event.number].waiting,
            )
            for entry in detail.entries
            if isinstance(event := entry.event, MessageSent)
        ],
        promise=models.PromiseItem(
            due=time(promise.due_at),
            overdue=promise.due_at <= now,
            reminded=[one for one in promise.reminded if one],
        )
        if promise is not None
        else None,
        channel=said.channel_name,
    )


def draft_answer(message: PreparedMessage) -> models.DraftAnswer:
    draft = message.draft
    return models.DraftAnswer(
        kind=message.kind,
        version=draft.version,
        saved_by=draft.by,
        saved=maybe(draft.at or None),
        fields=[
            models.FieldItem(
                name=one.name,
                label=one.label,
                value=message.values.get(one.name, ""),
                placeholder=one.placeholder,
                mandatory=one.is_mandatory,
                list=one.is_list,
            )
            for one in TEMPLATES[message.kind].fields
        ],
        missing=[one.name for one in message.missing],
        text=message.text,
        audiences=[
            models.AudienceItem(key=one.key, label=one.label, detail=one.detail, usual=one.is_usual, told=one.told)
            for one in message.audiences
        ],
    )


def subscription_item(subscription: Subscription, *, is_own: bool = False) -> models.SubscriptionItem:
    """Its id ends it: it is told to whose it is, and to those who may send messages."""
    interest = subscription.interest
    return models.SubscriptionItem(
        id=subscription.identity if is_own or may_end(subscription) else "",
        person=subscription.person,
        services=list(interest.services),
        at_least=interest.at_least,
        messages=list(interest.messages),
        target=subscription.target,
        address=subscription.address,
        made=time(subscription.made_at),
    )
