"""Adjustments applied: the sums of a tick with every overlay laid over them."""

import numpy as np
from numpy.typing import NDArray

from covet_sre.budget.adjustment import Adjustment, AdjustmentKind
from covet_sre.budget.overlay import Overlay, overlay
from covet_sre.engine.plan import Plan
from covet_sre.ports import AdjustmentStore, LedgerStore
from covet_sre.slo.sums import BAD, TOTAL


class Adjuster:
    """Lays the adjustments of each SLO over its streams, from the ledger as it is at that moment."""

    def __init__(self, plan: Plan, ledger: LedgerStore, adjustments: AdjustmentStore) -> None:
        self._plan, self._ledger, self._adjustments = plan, ledger, adjustments
        self._by_slo: dict[str, list[Adjustment]] = {}
        self.reload()

    def reload(self) -> None:
        """Read the adjustments again: somebody made or revoked one."""
        self._by_slo = {}
        for one in self._adjustments.adjustments():
            if one.applies:
                self._by_slo.setdefault(one.slo, []).append(one)

    def adjusted(self, raw: NDArray[np.int64], end: int) -> NDArray[np.int64]:
        """`raw` with the overlays, of shape (windows, 3, streams); the same array when there are none."""
        overlays = {
            number: self._overlay(number, stream.scale, self._by_slo[stream.slo], corrects=not stream.is_derived)
            for number, stream in self._plan.streams.items()
            if stream.slo in self._by_slo
        }
        if not overlays:
            return raw
        values = raw.copy()
        for number, one in overlays.items():
            for row, window in enumerate(self._plan.windows):
                bad, total = one.effect(window.start(end), end)
                values[row, BAD, number] += bad
                values[row, TOTAL, number] += total
        return values

    def _overlay(self, number: int, scale: int, adjustments: list[Adjustment], *, corrects: bool) -> Overlay:
        excluded = [one for one in adjustments if one.kind is AdjustmentKind.EXCLUDE]
        start = min((one.start_minute for one in excluded), default=0)
        end = max((one.end_minute for one in excluded), default=0)
        measured = self._ledger.minutes(number, start, end)
        gaps = [gap for gap in self._ledger.gaps(start) if gap.stream == number] if excluded else []
        return overlay(adjustments, measured, gaps, scale, corrects=corrects)
