"""A message as whoever writes it sees it: what the state knows, what people wrote, how it will look, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass

from covet_sre.access.permission import Permission
from covet_sre.flows.acting import acting
from covet_sre.flows.incidents import IncidentDetail, Incidents
from covet_sre.incident.audiences import Audience, audiences_of
from covet_sre.incident.drafting import ticket_system, written_values
from covet_sre.incident.drafts import Draft, draft_identity
from covet_sre.incident.publishing import can_publish
from covet_sre.incident.stakeholders import Subscription
from covet_sre.incident.templates import Field, MessageKind, missing, rendered


@dataclass(frozen=True, slots=True)
class PreparedMessage:
    """`values` are what each field holds now; `draft` is what people have saved, with its version."""

    kind: MessageKind
    draft: Draft
    values: Mapping[str, str]
    text: str
    missing: tuple[Field, ...]
    audiences: tuple[Audience, ...]
    can_publish: bool
    """Whether there is a status page for a public text."""


def prepared(
    incidents: Incidents, detail: IncidentDetail, kind: MessageKind, typed: Mapping[str, str] | None = None
) -> PreparedMessage:
    """The message as it stands. `typed` is what somebody has written over it and has not saved."""
    incident, rules = detail.incident, incidents.rules()
    draft = incidents.find_record(Draft, draft_identity(incident.identity, kind)) or Draft(incident.identity, kind)
    update_seconds = rules.response_to(incident.service, incident.severity).update_seconds
    known = written_values(
        kind, incident, detail.entries, update_seconds, ticket_system(rules, incident), incidents.now()
    )
    values = {**known, **dict(draft.fields), **(typed or {})}
    audiences = audiences_of(rules, incident, kind, incidents.records(Subscription))
    return PreparedMessage(
        kind, draft, values, rendered(kind, values), missing(kind, values), audiences, can_publish(rules)
    )


def may_end(subscription: Subscription) -> bool:
    """Whether whoever acts is told the identity that ends it: their own, or anybody's if they look after messages."""
    principal = acting()
    return subscription.person in (principal.name, principal.person) or principal.has(Permission.COMMUNICATE)
