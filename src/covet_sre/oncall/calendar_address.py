"""Secret addresses of calendars: who has one reads the shifts of a person or of a schedule, and nothing else."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class CalendarSubject(StrEnum):
    """Whose shifts it shows."""

    PERSON = "person"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class CalendarAddress:
    """`token_digest` is all that is kept of the secret part: see `token_digest`."""

    token_digest: str
    subject: CalendarSubject
    name: str
    author: str
    made_at: float
    revoked_at: float | None = None

    @property
    def identity(self) -> str:
        return self.token_digest

    @property
    def over_at(self) -> float | None:
        return self.revoked_at

    @property
    def due_at(self) -> float | None:
        return None


def token_digest(token: str) -> str:
    """What is kept of a token. It has 256 bits of chance, so that a plain digest cannot be turned back."""
    return hashlib.sha256(b"covet-sre calendar 1\n" + token.encode()).hexdigest()
