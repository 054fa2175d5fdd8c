"""What every command checks: that its words are there and not too long, and that the incident is not over."""

from covet_sre.errors import Refused
from covet_sre.incident.incident import Incident


def needs_open(incident: Incident) -> None:
    """Raises Refused for an incident that is over."""
    if not incident.state.is_open:
        raise Refused(f"{incident.identity} is {incident.state}", remedy="reopen it first")


def check_text(text: str, what: str, most: int) -> None:
    """Raises Refused for words that are missing, or are more than `most` characters."""
    if not text.strip():
        raise Refused(f"{what} is missing", remedy="give it")
    check_length(text, what, most)


def check_length(text: str, what: str, most: int) -> None:
    """Raises Refused for words that are more than `most` characters."""
    if len(text) > most:
        raise Refused(f"{what} has {len(text)} characters, and {most} at most are kept", remedy="shorten it")
