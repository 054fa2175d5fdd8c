"""What could not be done, said on the page on which it was tried: nobody's text is lost."""

from dataclasses import dataclass

from covet_sre.errors import CovetSreError, Unavailable
from covet_sre.web.error_page import status_of


@dataclass(frozen=True, slots=True)
class Trouble:
    """`status` is the answer's."""

    title: str
    detail: str
    remedy: str
    tone: str
    status: int


def trouble_of(error: CovetSreError) -> Trouble:
    """An expected error; one that is kept reads differently from one that was not done."""
    if isinstance(error, Unavailable):
        return Trouble("It is kept, and not done yet", error.problem, error.remedy, "warning", 503)
    return Trouble("That was not done", error.problem, error.remedy, "critical", status_of(error))


def quicker(detail: str, remedy: str) -> Trouble:
    """Somebody else was quicker: the page was not of the present state."""
    return Trouble("Somebody was quicker", detail, remedy, "warning", 409)
