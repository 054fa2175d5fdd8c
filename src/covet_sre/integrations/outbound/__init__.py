"""Connections to the outside: where they may go. See docs/outbound.md."""

from covet_sre.integrations.outbound.guard import (
    ALLOWED,
    FILES,
    OPERATORS,
    PORTS,
    Guard,
    Origin,
    OutboundPolicy,
    policy_from,
)

__all__ = ["ALLOWED", "FILES", "OPERATORS", "PORTS", "Guard", "Origin", "OutboundPolicy", "policy_from"]
