"""Test pages at the start of a shift: whoever does not answer in time cannot be reached, and is shown so."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShiftTest:
    """One test page. `start` and `end` are those of the shift; it is to be answered by `answer_by`."""

    schedule: str
    person: str
    start: float
    end: float
    sent_at: float
    answer_by: float
    answered_at: float | None = None
    via: str = ""
    missed_at: float | None = None
    """When it was noticed that no answer came; one that came later counts all the same."""

    @property
    def identity(self) -> str:
        return f"{self.schedule}/{self.person}/{self.start:.0f}"

    @property
    def over_at(self) -> float | None:
        return self.end

    @property
    def due_at(self) -> float | None:
        return self.answer_by if self.answered_at is None and self.missed_at is None else None

    @property
    def is_unreachable(self) -> bool:
        """The person did not answer, and has not yet."""
        return self.answered_at is None and self.missed_at is not None
