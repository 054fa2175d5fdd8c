"""Roles as people write and read them: `admin`, `responder team:payments`, `service-owner service:api`."""

from collections.abc import Sequence

from covet_sre.access.permission import Role
from covet_sre.access.principal import Grant
from covet_sre.flows.access.grants import read_grant


def grants_of(text: str) -> tuple[Grant, ...]:
    """One role a line. Raises Refused, with the line."""
    return tuple(read_grant(line) for line in text.splitlines() if line.strip())


def written(grants: Sequence[Grant]) -> str:
    """The same, to be edited."""
    return "\n".join(_written(grant) for grant in grants)


def _written(grant: Grant) -> str:
    where = f" service:{grant.service}" if grant.service else f" team:{grant.team}" if grant.team else ""
    return f"{grant.role.value}{where}"


ROLE_WORDS = {
    Role.VIEWER: "sees everything, changes nothing",
    Role.RESPONDER: "works on incidents, silences alerts, takes and swaps own shifts, sends messages",
    Role.SERVICE_OWNER: "also plans other people's shifts, adjusts budgets, freezes and breaks the glass",
    Role.ADMIN: "everything, users and tokens included",
}
