"""Swaps: one person asks another to take a shift, or to trade two, and nothing changes until the other agrees."""

from dataclasses import dataclass
from enum import StrEnum

from covet_sre.oncall.override import ShiftOverride


class SwapState(StrEnum):
    """A swap is pending until somebody decides, or until the first of its times begins."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Swap:
    """`asker` gives the time from `start` until just before `end`, which may be a part of a shift, to `asked`.

    With `back_start` and `back_end`, `asker` takes that time of `asked` in return. Times are seconds since the epoch.
    """

    identity: str
    schedule: str
    asker: str
    asked: str
    start: float
    end: float
    back_start: float | None
    back_end: float | None
    reason: str
    made_at: float
    state: SwapState = SwapState.PENDING
    decided_at: float | None = None
    answer: str = ""

    @property
    def over_at(self) -> float | None:
        """An accepted one is remembered until its times are over."""
        if self.state is SwapState.ACCEPTED:
            return max(self.end, self.back_end or self.end)
        return self.decided_at

    @property
    def due_at(self) -> float | None:
        return self.begins_at if self.state is SwapState.PENDING else None

    @property
    def begins_at(self) -> float:
        """When the first of its times begins: then it is too late to agree."""
        return min(self.start, self.start if self.back_start is None else self.back_start)

    @property
    def is_trade(self) -> bool:
        return self.back_start is not None

    @property
    def people(self) -> tuple[str, ...]:
        return self.asker, self.asked

    def overrides(self, made_at: float, place: int = 0) -> list[ShiftOverride]:
        """What it comes to when it is accepted: each takes exactly the other's place."""
        times = [(self.start, self.end, self.asker, self.asked)]
        if self.back_start is not None and self.back_end is not None:
            times.append((self.back_start, self.back_end, self.asked, self.asker))
        return [
            ShiftOverride(
                identity=f"{self.identity}.{number}",
                schedule=self.schedule,
                start=start,
                end=end,
                removes=removes,
                adds=adds,
                reason=self.reason,
                author=self.asker,
                made_at=made_at,
                swap=self.identity,
                place=place + number,
            )
            for number, (start, end, removes, adds) in enumerate(times, 1)
        ]
