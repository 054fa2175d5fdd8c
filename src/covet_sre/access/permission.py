"""What there is to be allowed, and which roles have it: the whole policy on one page."""

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    """One kind of thing that somebody may do. What can do harm by itself has a permission of its own."""

    READ = "read"
    """Look at everything: whoever helps in an outage must see more than their own service."""
    RESPOND = "respond"
    """Declare, acknowledge, work on, resolve and close incidents, and hold roles in them."""
    COMMUNICATE = "communicate"
    """Send messages to stakeholders and the public, and change the status page."""
    SILENCE = "silence"
    """Keep alerts quiet for a time."""
    ONCALL = "oncall"
    """One's own shifts: overrides for oneself, swaps, contacts, calendars, hand-off notes."""
    SCHEDULE = "schedule"
    """Other people's shifts."""
    POLICY = "policy"
    """Adjust what counts against an error budget."""
    FREEZE = "freeze"
    """Begin and end a freeze of releases."""
    BREAK_GLASS = "break-glass"
    """Release in spite of a closed gate."""
    TEST = "test"
    """Send test notifications."""
    INGEST = "ingest"
    """Send alerts: what programs need that may do nothing else."""
    AUDIT = "audit"
    """Read the audit record."""
    OPERATE = "operate"
    """Back up, and look after the installation."""
    ACCESS = "access"
    """Users, their roles, and everybody's tokens."""


class Role(StrEnum):
    """Each has everything of the one before it."""

    VIEWER = "viewer"
    RESPONDER = "responder"
    SERVICE_OWNER = "service-owner"
    ADMIN = "admin"


_VIEWER = frozenset({Permission.READ})
_RESPONDER = _VIEWER | {Permission.RESPOND, Permission.COMMUNICATE, Permission.SILENCE, Permission.ONCALL}
_SERVICE_OWNER = _RESPONDER | {
    Permission.SCHEDULE,
    Permission.POLICY,
    Permission.FREEZE,
    Permission.BREAK_GLASS,
    Permission.TEST,
}

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.RESPONDER: _RESPONDER,
    Role.SERVICE_OWNER: _SERVICE_OWNER,
    Role.ADMIN: frozenset(Permission),
}
