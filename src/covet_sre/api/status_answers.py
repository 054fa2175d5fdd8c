"""The status page's values as the API answers them."""

from covet_sre.api import status_models as models
from covet_sre.api.incident_answers import maybe, time
from covet_sre.flows.status_page import PublicStatus
from covet_sre.status.by_hand import Span
from covet_sre.status.maintenance import Maintenance
from covet_sre.status.page import StatusPage
from covet_sre.status.public_incident import PublicIncident
from covet_sre.status.standing import ComponentStanding
from covet_sre.status.subscriber import Subscriber


def status_page(public: PublicStatus) -> models.StatusPageAnswer:
    """Everything, as it stands now."""
    standing = public.standing()
    page = standing.page
    return models.StatusPageAnswer(
        title=page.title,
        address=page.address,
        indicator=standing.indicator,
        at=time(standing.at),
        components=[component_item(public, one) for one in standing.components],
        incidents=[incident_item(one, page) for one in standing.incidents],
        maintenances=[maintenance_item(one, page) for one in standing.maintenances],
    )


def component_item(public: PublicStatus, one: ComponentStanding) -> models.ComponentItem:
    component, hand = one.component, public.by_hand(one.component.identity)
    span = hand.record.present(public.now()) if hand.record is not None else None
    return models.ComponentItem(
        id=component.identity,
        name=component.name,
        group=component.group,
        state=one.state,
        manual=component.manual,
        services=list(component.services),
        slos=list(component.slos),
        uptime=one.uptime.share,
        by_hand=_span(span) if span is not None else None,
        version=hand.version,
    )


def incident_item(incident: PublicIncident, page: StatusPage) -> models.PublicIncidentItem:
    return models.PublicIncidentItem(
        id=incident.identity,
        title=incident.title,
        status=incident.status,
        impact=incident.impact,
        began=time(incident.began_at),
        resolved=maybe(incident.resolved_at),
        components=dict(incident.states),
        updates=[
            models.UpdateItem(
                number=number,
                at=time(update.at),
                status=update.status,
                text=update.text,
                components=dict(update.states),
                author=update.author,
                confirmed=update.confirmed,
                corrected_by=update.corrected_by,
            )
            for number, update in enumerate(incident.updates, start=1)
        ],
        incident=incident.link,
        version=incident.version,
        address=f"{page.address}/incidents/{incident.identity}.html",
    )


def maintenance_item(maintenance: Maintenance, page: StatusPage) -> models.MaintenanceItem:
    return models.MaintenanceItem(
        id=maintenance.identity,
        title=maintenance.title,
        status=maintenance.status,
        components=list(maintenance.components),
        starts=time(maintenance.starts_at),
        ends=time(maintenance.ends_at),
        remind_seconds=maintenance.remind_seconds,
        updates=[
            models.MaintenanceUpdateItem(
                number=number,
                at=time(update.at),
                status=update.status,
                text=update.text,
                author=update.author,
                confirmed=update.confirmed,
            )
            for number, update in enumerate(maintenance.updates, start=1)
        ],
        silence=maintenance.silence,
        version=maintenance.version,
        address=f"{page.address}/maintenance/{maintenance.identity}.html",
    )


def subscriber_item(subscriber: Subscriber) -> models.SubscriberItem:
    return models.SubscriberItem(
        id=subscriber.identity,
        kind=subscriber.kind,
        address=subscriber.address,
        confirmed=maybe(subscriber.confirmed_at),
        components=list(subscriber.components),
    )


def _span(span: Span) -> models.SpanItem:
    return models.SpanItem(
        state=span.state, since=time(span.since), until=maybe(span.until), author=span.author, reason=span.reason
    )
