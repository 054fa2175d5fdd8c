"""The API's addresses of an incident's roles, participants and messages, and of subscriptions to messages."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from covet_sre.api import people_answers as answers
from covet_sre.api import people_bodies as bodies
from covet_sre.api import people_models as models
from covet_sre.api.alertmanager.silences import NewIdentity
from covet_sre.api.incident_bodies import NO_NUL
from covet_sre.api.incident_changes import Asked, Deciding, Identity
from covet_sre.api.models import Page
from covet_sre.api.problems import problems
from covet_sre.errors import NotFound
from covet_sre.flows.communications import prepared
from covet_sre.flows.incidents import Incidents
from covet_sre.incident.message_facts import UnsubscribeFromMessages
from covet_sre.incident.stakeholders import Subscription
from covet_sre.incident.templates import MessageKind

_READS = problems(404, 422, 503)
_CHANGES = problems(404, 409, 422, 503)
SubscriptionId = Annotated[str, Path(min_length=16, max_length=100, pattern=NO_NUL)]


def people_routes(api: APIRouter, incidents: Incidents, new_identity: NewIdentity) -> None:
    """Who does what, what was said to others, and who wants to hear of it."""
    deciding = Deciding(incidents)
    _role_routes(api, deciding)
    _participant_routes(api, deciding)
    _communication_routes(api, deciding)
    _subscription_routes(api, deciding, new_identity)


def _roles(incidents: Incidents, identity: str) -> models.RolesAnswer:
    incident = incidents.incident(identity).incident
    return answers.roles_answer(incident, incidents.rules().severities_of(incident.service).duties)


def _role_routes(api: APIRouter, deciding: Deciding) -> None:
    incidents = deciding.incidents

    @api.get("/incidents/{identity}/roles", responses=_READS)
    def roles(identity: Identity) -> models.RolesAnswer:
        """The handbook's four roles: who holds them, their duties, and who was asked."""
        return _roles(incidents, identity)

    @api.post("/incidents/{identity}/roles", responses=_CHANGES)
    def assign_role(identity: Identity, body: bodies.AssignRoleBody, asked: Asked) -> models.RolesAnswer:
        """Take a role that nobody holds, or give it to somebody."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return _roles(incidents, identity)

    @api.post("/incidents/{identity}/roles/ask", responses=_CHANGES)
    def ask_for_role(identity: Identity, body: bodies.AskForRoleBody, asked: Asked) -> models.RolesAnswer:
        """Ask a person, or whoever is on call, to take a role; they are told."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return _roles(incidents, identity)

    @api.post("/incidents/{identity}/roles/answer", responses=_CHANGES)
    def answer_role_request(identity: Identity, body: bodies.AnswerRoleBody, asked: Asked) -> models.RolesAnswer:
        """Accept or decline. A role that somebody holds goes over with it."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return _roles(incidents, identity)

    @api.post("/incidents/{identity}/roles/withdraw", responses=_CHANGES)
    def withdraw_role_request(identity: Identity, body: bodies.WithdrawRoleBody, asked: Asked) -> models.RolesAnswer:
        """Ask nobody any more."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return _roles(incidents, identity)

    @api.post("/incidents/{identity}/roles/hand-over", responses=_CHANGES)
    def hand_over_role(identity: Identity, body: bodies.HandOverRoleBody, asked: Asked) -> models.RolesAnswer:
        """Hand a role over, with a note. At no time nobody holds it."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return _roles(incidents, identity)

    @api.post("/incidents/{identity}/roles/lay-down", responses=_CHANGES)
    def lay_down_role(identity: Identity, body: bodies.LayDownRoleBody, asked: Asked) -> models.RolesAnswer:
        """Hold a role no more. The Commander of an open incident hands it over instead."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return _roles(incidents, identity)

    @api.post("/incidents/{identity}/roles/duties", responses=_CHANGES)
    def tick_duty(identity: Identity, body: bodies.TickDutyBody, asked: Asked) -> models.RolesAnswer:
        """Tick a duty of a role's checklist, or take the tick away."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return _roles(incidents, identity)


def _participant_routes(api: APIRouter, deciding: Deciding) -> None:
    incidents = deciding.incidents

    @api.get("/incidents/{identity}/participants", responses=_READS)
    def participants(identity: Identity) -> models.ParticipantsAnswer:
        """Those who take part."""
        return answers.participants_answer(incidents.incident(identity).incident)

    @api.post("/incidents/{identity}/participants", responses=_CHANGES)
    def join(identity: Identity, body: bodies.JoinBody, asked: Asked) -> models.ParticipantsAnswer:
        """Take part."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return answers.participants_answer(incidents.incident(identity).incident)

    @api.post("/incidents/{identity}/participants/leave", responses=_CHANGES)
    def leave(identity: Identity, body: bodies.LeaveBody, asked: Asked) -> models.ParticipantsAnswer:
        """Take part no more; roles are laid down with it."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return answers.participants_answer(incidents.incident(identity).incident)


def _communication_routes(api: APIRouter, deciding: Deciding) -> None:
    incidents = deciding.incidents

    @api.get("/incidents/{identity}/communications", responses=_READS)
    def communications(identity: Identity) -> models.CommunicationsAnswer:
        """What was sent, what became of it, and the update that is promised."""
        return answers.communications_answer(incidents.incident(identity), incidents.now())

    @api.post("/incidents/{identity}/communications", responses=_CHANGES)
    def send(identity: Identity, body: bodies.SendBody, asked: Asked) -> models.CommunicationsAnswer:
        """Send one of the three messages. Empty mandatory fields are refused unless `confirmed`."""
        message = prepared(incidents, incidents.incident(identity), body.kind, body.fields)
        usual = tuple(one.key for one in message.audiences if one.is_usual)
        actor, fields = asked.actor(body.actor), tuple(message.values.items())
        deciding.decide_once((identity, actor, body), lambda: body.sending(identity, actor, fields, usual), asked)
        return answers.communications_answer(incidents.incident(identity), incidents.now())

    @api.get("/incidents/{identity}/communications/draft", responses=_READS)
    def draft(
        identity: Identity, kind: Annotated[MessageKind, Query(description="Which of the three messages.")]
    ) -> models.DraftAnswer:
        """A message as it stands: filled from the state, with what people have written, and what is missing."""
        return answers.draft_answer(prepared(incidents, incidents.incident(identity), kind))

    @api.post("/incidents/{identity}/communications/draft", responses=_CHANGES)
    def save_draft(identity: Identity, body: bodies.DraftBody, asked: Asked) -> models.DraftAnswer:
        """Keep what was written, for others to see and go on."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return answers.draft_answer(prepared(incidents, incidents.incident(identity), body.kind))

    @api.post("/incidents/{identity}/communications/promise", responses=_CHANGES)
    def promise(identity: Identity, body: bodies.PromiseBody, asked: Asked) -> models.CommunicationsAnswer:
        """Promise the next update for another time."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return answers.communications_answer(incidents.incident(identity), incidents.now())


def _subscription_routes(api: APIRouter, deciding: Deciding, new_identity: NewIdentity) -> None:
    incidents = deciding.incidents

    @api.get("/subscriptions", responses=problems(422, 503))
    def subscriptions(
        person: Annotated[str, Query(max_length=100, pattern=NO_NUL, description="Only theirs.")] = "",
    ) -> Page[models.SubscriptionItem]:
        """Who wants to hear of incidents: people's own subscriptions. Those of the files stand there."""
        found = [one for one in incidents.records(Subscription) if person in ("", one.person)]
        found.sort(key=lambda one: (one.made_at, one.identity))
        return Page(items=[answers.subscription_item(one) for one in found], next=None)

    @api.post("/subscriptions", status_code=201, responses=_CHANGES)
    def subscribe(body: bodies.SubscribeBody, asked: Asked) -> models.SubscriptionItem:
        """Hear of incidents, by e-mail, Slack or a webhook that the files declare."""
        actor = asked.actor(body.actor)
        made = deciding.decide_once((actor, body), lambda: body.command(new_identity(), actor), asked)
        return answers.subscription_item(_found(incidents, made), is_own=True)

    @api.delete("/subscriptions/{subscription}", responses=_CHANGES)
    def unsubscribe(subscription: SubscriptionId, asked: Asked) -> models.SubscriptionItem:
        """Hear of them no more; the answer is the subscription that was."""
        ended = _found(incidents, subscription)
        deciding.decide(UnsubscribeFromMessages(subscription, asked.actor()), asked)
        return answers.subscription_item(ended, is_own=True)


def _found(incidents: Incidents, identity: str) -> Subscription:
    found = incidents.find_record(Subscription, identity)
    if found is None:
        raise NotFound("there is no such subscription", remedy="it was ended meanwhile")
    return found
