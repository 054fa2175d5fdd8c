"""`INC-YYYY-MMDD-###`: the handbook's names of incidents, by the UTC date."""

import re
from datetime import UTC, datetime

from covet_sre.errors import Refused

_IDENTITY = re.compile(r"INC-(\d{4})-(\d{4})-(\d{3,9})", re.ASCII)


def day_of(at: float) -> str:
    """The part of a name that the date gives, `2026-1126`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m%d}"


def incident_identity(day: str, number: int) -> str:
    """Three digits, more when a day has more than 999."""
    return f"INC-{day}-{number:03d}"


def place_of(identity: str) -> int:
    """Where an incident stands among all, by day and number: INC-2026-1126-1000 comes after INC-2026-1126-999.

    Raises Refused for a name that no incident can have.
    """
    named = _IDENTITY.fullmatch(identity)
    if named is None:
        raise Refused(f"{identity!r} is no name of an incident", remedy="write it like INC-2026-1126-001")
    year, day, number = (int(part) for part in named.groups())
    return (year * 10_000 + day) * 10**9 + number
