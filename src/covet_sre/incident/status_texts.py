"""Public texts before they are told: checked for what is no text, and for names that only people inside know."""

from collections.abc import Iterable

from covet_sre.errors import Refused
from covet_sre.incident.desk import Desk
from covet_sre.incident.internal_names import internal_names
from covet_sre.status.leaks import Leak, find_leaks
from covet_sre.status.page import StatusPage
from covet_sre.status.texts import LONGEST_REASON, checked_line


def page_of(desk: Desk) -> StatusPage:
    """Raises Refused where no file declares a status page."""
    page = desk.rules.status_page
    if page is None:
        raise Refused("there is no status page", remedy="declare a StatusPage in the reliability files")
    return page


def leaks_in(desk: Desk, texts: Iterable[str], incident: str = "") -> tuple[Leak, ...]:
    """What in the texts looks like an internal name."""
    return find_leaks(texts, internal_names(desk.rules, desk.alerts.values(), incident), page_of(desk).public_texts)


def refuse_leaks(desk: Desk, texts: Iterable[str], confirmed: str, incident: str = "") -> str:
    """Raises Refused where a text holds what looks internal, and nobody says why it may. The reason as it is kept."""
    if confirmed.strip():
        return checked_line(confirmed, "the reason why internal names may be told", LONGEST_REASON)
    leaks = leaks_in(desk, texts, incident)
    if leaks:
        told = ", ".join(str(leak) for leak in leaks)
        raise Refused(
            f"the public text holds {told}", remedy="say it in the public's words, or confirm with a reason that it may"
        )
    return ""


def refuse_old(what: str, seen: int, version: int, changed_by: str) -> None:
    """Raises Refused where somebody else has changed it since it was seen."""
    if seen != version:
        by = f" by {changed_by}" if changed_by else ""
        raise Refused(
            f"{what} was changed meanwhile{by}: this was written to version {seen}, and it is version {version} now",
            remedy="look at what it says now, and send yours again if it still holds",
        )
