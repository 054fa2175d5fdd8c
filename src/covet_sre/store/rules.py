"""What every store goes by and refuses, whatever it keeps things in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from covet_sre.access.audit import Act
from covet_sre.budget.adjustment import Adjustment
from covet_sre.errors import Refused, StoreError
from covet_sre.slo.minutes import GapEntry, MinuteEvents

KEPT_SECONDS = 86400.0
"""What is over lies on the desk for so long, so that late and repeated deliveries are still recognised."""


def check_streams(
    highest: int,
    events: MinuteEvents,
    gaps: Sequence[GapEntry],
    spent: Mapping[tuple[int, int, str, str], int],
) -> None:
    """Raises StoreError for a stream that `stream_ids` has not numbered: dense arrays stand on these numbers."""
    used = {gap.stream for gap in gaps} | {key[0] for key in spent}
    if len(events):
        used |= {int(events.streams.min()), int(events.streams.max())}
    if used and (min(used) < 0 or max(used) > highest):
        raise StoreError(f"streams 0 to {highest} are known, and {min(used)} to {max(used)} were to be written")


def added(made: Adjustment) -> Act:
    """An adjustment, for the audit record."""
    said = {**asdict(made), "kind": made.kind.value}
    return Act(made.made_minute * 60.0, made.author, "AddAdjustment", made.slo, json.dumps(said, sort_keys=True))


def revoked(made: Adjustment) -> Act:
    """That it applies no more, likewise."""
    said = {"identity": made.identity, "reason": made.revoked_reason}
    at = (made.revoked_minute or 0) * 60.0
    return Act(at, made.revoked_by, "RevokeAdjustment", made.slo, json.dumps(said, sort_keys=True))


def check_revocable(adjustment: Adjustment) -> None:
    if not adjustment.applies:
        raise Refused(
            f"adjustment {adjustment.identity} was revoked by {adjustment.revoked_by}", remedy="add a new one instead"
        )
