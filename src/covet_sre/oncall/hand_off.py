"""Hand-off notes: what the one who leaves wants the one who comes to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandOffNote:
    """The note of one schedule. `revision` counts from 1: whoever writes says which one they had before them."""

    schedule: str
    author: str
    text: str
    written_at: float
    revision: int = 1

    @property
    def identity(self) -> str:
        return self.schedule

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        return None


NOTE_HOLDS_SECONDS = 14 * 86400.0
"""A note that is older says nothing of today."""


def holds(note: HandOffNote | None, now: float) -> bool:
    """Whether a note is told to whoever comes."""
    return note is not None and bool(note.text) and now - note.written_at <= NOTE_HOLDS_SECONDS
