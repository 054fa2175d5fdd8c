"""Where a notification goes: channels, and the targets that carry them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from covet_sre.errors import Location


class Channel(StrEnum):
    """How people are told, in the handbook's words. A page wakes somebody."""

    PAGE = "page"
    EMAIL = "email"
    SLACK = "slack"
    TICKET = "ticket"


class TargetKind(StrEnum):
    """Which system carries it. The inbox is our own, on the page of what is open."""

    INBOX = "inbox"
    PAGERDUTY = "pagerduty"
    SLACK = "slack"
    EMAIL = "email"
    WEBHOOK = "webhook"
    TICKETS = "tickets"
    GITHUB = "github"
    JIRA = "jira"


@dataclass(frozen=True, slots=True)
class NotificationTarget:
    """`settings` are plain values by name, in the words of the documents; `secrets` name environment variables or
    files, never the secrets themselves. What each kind takes: docs/notifications.md.
    """

    name: str
    kind: TargetKind
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    location: Location = field(default_factory=lambda: Location(""))


LOCAL_INBOX = NotificationTarget("inbox", TargetKind.INBOX)
"""The catch-all that is always there: what nobody can be told of is shown on our own pages."""

SUBSCRIBER_WEBHOOK = "subscriber-webhook"
"""The target that is always there for webhooks of subscribers, whose addresses nobody declares: a notification to it
carries `subscriber_address(...)` (flows/subscriber_webhooks.py) as its address."""
