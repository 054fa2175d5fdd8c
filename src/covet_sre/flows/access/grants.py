"""Roles as text: `admin`, `responder team:payments`, `service-owner service:api`."""

from covet_sre.access.permission import Role
from covet_sre.access.principal import Grant
from covet_sre.errors import Refused

_HOW = "write it like: admin, or responder team:payments, or service-owner service:api"


def read_grant(text: str) -> Grant:
    """Raises Refused."""
    words = text.split()
    if not 1 <= len(words) <= 2:
        raise Refused(f"{text.strip()[:80]!r} is no role", remedy=_HOW)
    name = words[0].strip().lower().replace("_", "-")
    if name not in {role.value for role in Role}:
        raise Refused(f"there is no role {name[:40]!r}", remedy=f"one of {', '.join(Role)}")
    if len(words) == 1:
        return Grant(Role(name))
    kind, _, where = words[1].partition(":")
    match kind, where:
        case "team", where if where:
            return Grant(Role(name), team=where)
        case "service", where if where:
            return Grant(Role(name), service=where)
        case _:
            raise Refused(f"{words[1][:80]!r} is neither a team nor a service", remedy=_HOW)
