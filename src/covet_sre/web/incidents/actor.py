"""Who acts: what a form says, else what this browser said last. There is no sign-in yet."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "covet_sre_name"
ANONYMOUS = "anonymous on loopback"

_LONGEST = 100
_KEPT_SECONDS = 180 * 86400


def remembered(request: Request) -> str:
    """The name that this browser acted under last, empty for none."""
    return unquote(request.cookies.get(COOKIE, ""))[:_LONGEST]


def actor_of(request: Request, fields: Mapping[str, str]) -> str:
    """Who sent a form."""
    return fields.get("actor", "").strip()[:_LONGEST] or remembered(request) or ANONYMOUS


def remember(answer: Response, actor: str) -> None:
    """Have the browser say it again, to us alone and to no script."""
    if actor != ANONYMOUS:
        answer.set_cookie(COOKIE, quote(actor), max_age=_KEPT_SECONDS, httponly=True, samesite="strict")
