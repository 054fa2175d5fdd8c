"""`INC-YYYY-MMDD-###`: the handbook's names of incidents, by the UTC date."""

from datetime import UTC, datetime


def day_of(at: float) -> str:
    """The part of a name that the date gives, `2026-1126`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m%d}"


def incident_identity(day: str, number: int) -> str:
    """Three digits, more when a day has more than 999."""
    return f"INC-{day}-{number:03d}"
