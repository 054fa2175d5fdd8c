"""Every declared target, opened."""

from collections.abc import Mapping
from typing import assert_never

from covet_sre.integrations.notifying.email import Email
from covet_sre.integrations.notifying.endpoint import ATTEMPT_SECONDS
from covet_sre.integrations.notifying.github import GitHub
from covet_sre.integrations.notifying.guarded import Closed, Guarded
from covet_sre.integrations.notifying.inbox import Inbox
from covet_sre.integrations.notifying.jira import Jira
from covet_sre.integrations.notifying.opening import Opening, ReadFile, Unroutable
from covet_sre.integrations.notifying.pagerduty import PagerDuty
from covet_sre.integrations.notifying.slack import Slack
from covet_sre.integrations.notifying.subscriber_webhook import SecretOf, SubscriberWebhook
from covet_sre.integrations.notifying.tickets import Tickets
from covet_sre.integrations.notifying.webhook import Webhook
from covet_sre.integrations.outbound import Guard, Origin, OutboundPolicy
from covet_sre.oncall.target import NotificationTarget, TargetKind
from covet_sre.ports import Clock, Notifier


def make_notifiers(
    targets: Mapping[str, NotificationTarget],
    environment: Mapping[str, str],
    read_file: ReadFile,
    clock: Clock,
    *,
    attempt_seconds: float = ATTEMPT_SECONDS,
    policy: OutboundPolicy | None = None,
) -> Mapping[str, Notifier]:
    """By the names of the targets. One that lacks a secret or a setting refuses everything and says why."""
    guard = Guard(Origin.FILES, policy or OutboundPolicy())
    return {
        name: _guarded(Opening(target, environment, read_file, clock, attempt_seconds, guard))
        for name, target in targets.items()
    }


def make_subscriber_webhook(policy: OutboundPolicy, secret_of: SecretOf, clock: Clock) -> Notifier:
    """For oncall.target.SUBSCRIBER_WEBHOOK, beside the declared ones."""
    return Guarded(SubscriberWebhook(Guard(Origin.PEOPLE, policy), secret_of, clock), ())


def unroutable(notifiers: Mapping[str, Notifier]) -> Mapping[str, str]:
    """Why targets cannot be reached, by their names: those that cannot."""
    return {
        name: notifier.unroutable
        for name, notifier in notifiers.items()
        if isinstance(notifier, Guarded) and notifier.unroutable
    }


def _guarded(opening: Opening) -> Guarded:
    try:
        notifier = _opened(opening)
    except Unroutable as why:
        notifier = Closed(str(why))
    return Guarded(notifier, opening.revealed)


def _opened(opening: Opening) -> Notifier:
    """Raises Unroutable."""
    match opening.target.kind:
        case TargetKind.INBOX:
            return Inbox()
        case TargetKind.PAGERDUTY:
            return PagerDuty(opening)
        case TargetKind.SLACK:
            return Slack(opening)
        case TargetKind.EMAIL:
            return Email(opening)
        case TargetKind.WEBHOOK:
            return Webhook(opening)
        case TargetKind.TICKETS:
            return Tickets(opening.target.name)
        case TargetKind.GITHUB:
            return GitHub(opening)
        case TargetKind.JIRA:
            return Jira(opening)
        case _:
            assert_never(opening.target.kind)
