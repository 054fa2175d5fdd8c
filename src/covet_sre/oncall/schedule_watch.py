"""What was last seen of a schedule: who was on call, so that a shift that begins is noticed, even over a restart."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScheduleWatch:
    """`next_at` is when it may change next; `sequence` counts changes of the schedule, `digest` tells them.

    Calendars that were given out carry the sequence, so that their readers know a newer one.
    """

    schedule: str
    holders: tuple[str, ...]
    next_at: float
    sequence: int = 0
    changed_at: float = 0.0
    digest: str = ""

    @property
    def identity(self) -> str:
        return self.schedule

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        return self.next_at
