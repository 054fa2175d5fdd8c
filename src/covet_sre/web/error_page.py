"""The page that says what went wrong and what to do."""

from dataclasses import dataclass

from covet_sre.errors import CovetSreError, NotAllowed, NotFound, NotSignedIn, Refused
from covet_sre.web.shell import Shell


@dataclass(frozen=True, slots=True)
class ErrorPage:
    shell: Shell
    status: int
    title: str
    detail: str
    remedy: str


def status_of(error: CovetSreError) -> int:
    """401 and 403 for what somebody may not do, 404 for what does not exist, 422 for what breaks a rule, 503 for what
    the installation cannot do now."""
    match error:
        case NotSignedIn():
            return 401
        case NotAllowed():
            return 403
        case NotFound():
            return 404
        case Refused():
            return 422
        case _:
            return 503


_TITLES = {
    401: "Somebody has to sign in",
    403: "You may not do that",
    404: "There is no such page",
    405: "That cannot be done here",
    413: "That is too large",
    422: "That breaks a rule",
    503: "That cannot be done now",
}


def title_of(status: int) -> str:
    return _TITLES.get(status, "Something went wrong")
