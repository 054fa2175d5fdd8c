"""Adjustments: a maintenance window excluded, or counts corrected, by somebody and for a reason.

The ledger itself is never changed: what is measured stays, and the adjustment lies over it.
"""

from dataclasses import dataclass
from enum import StrEnum


class AdjustmentKind(StrEnum):
    EXCLUDE = "exclude"
    CORRECT = "correct"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Minutes start <= m < end of an SLO's events.

    EXCLUDE leaves the minutes out of every window; CORRECT adds `bad` and `total` (may be negative, in events)
    to the first minute. `revoked_*` are empty while it applies.
    """

    identity: int
    slo: str
    kind: AdjustmentKind
    start_minute: int
    end_minute: int
    bad: int
    total: int
    author: str
    reason: str
    made_minute: int
    revoked_minute: int | None = None
    revoked_by: str = ""
    revoked_reason: str = ""

    @property
    def applies(self) -> bool:
        return self.revoked_minute is None
