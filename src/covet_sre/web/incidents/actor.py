"""Who acts: whoever has signed in, else what a form says, else what this browser said last."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from covet_sre.access.principal import LOOPBACK
from covet_sre.flows.acting import acting

COOKIE = "covet_sre_name"
ANONYMOUS = LOOPBACK.name

_LONGEST = 100
_KEPT_SECONDS = 180 * 86400


def remembered(request: Request) -> str:
    """The name of whoever has signed in, else that which this browser acted under last; empty for none."""
    if acting().is_known:
        return acting().name
    return unquote(request.cookies.get(COOKIE, ""))[:_LONGEST]


def actor_of(request: Request, fields: Mapping[str, str]) -> str:
    """Who sent a form."""
    if acting().is_known:
        return acting().name
    return fields.get("actor", "").strip()[:_LONGEST] or remembered(request) or ANONYMOUS


def remember(answer: Response, actor: str) -> None:
    """Have the browser say it again, to us alone and to no script."""
    if actor != ANONYMOUS and not acting().is_known:
        answer.set_cookie(COOKIE, quote(actor), max_age=_KEPT_SECONDS, httponly=True, samesite="strict")
