"""What an objective promises and what its budget counts: exact targets, and slices of time."""

from fractions import Fraction
from functools import lru_cache

from covet_sre.slo.stream import Budgeting, Occurrences, RatioTimeslices, Timeslices
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.openslo import SLOObjective
from covet_sre.units import MINUTES_PER_DAY, parse_duration

_OCCURRENCES = Occurrences()


@lru_cache(maxsize=1024)
def _usual_share(target: float | None, percent: float | None) -> Fraction | None:
    """The share of a target of which there is nothing to say, the one of nearly every SLO; None for any other."""
    if target is not None and percent is None and 0 <= target < 1:
        return Fraction(str(target))
    if percent is not None and target is None and 1 <= percent < 100:
        return Fraction(str(percent)) / 100
    return None


def target(written: SLOObjective, spot: Spot, findings: Findings) -> Fraction | None:
    """The target as the exact fraction of the decimals in the file (99.9 % is 999/1000), or None with findings."""
    usual = _usual_share(written.target, written.target_percent)
    if usual is not None:
        return usual
    if (written.target is None) == (written.target_percent is None):
        problem = "has both target and targetPercent" if written.target is not None else "has no target"
        findings.error(spot, "contradiction", problem, "write one of them: target: 0.999, or targetPercent: 99.9")
        return None
    # The shortest decimal text of a float is the one that was written, up to 15 digits.
    if written.target is not None:
        here, share = spot / "target", Fraction(str(written.target))
        if 1 < share < 100:
            problem = f"is {written.target:g}, and a target is a share below 1"
            findings.error(here, "target-impossible", problem, f"did you mean targetPercent: {written.target:g}?")
            return None
    else:
        here, share = spot / "targetPercent", Fraction(str(written.target_percent)) / 100
        if 0 < share < Fraction(1, 100):
            problem = f"is {written.target_percent:g} %, less than one in a hundred"
            findings.warning(here, "target-unusual", problem, f"did you mean target: {written.target_percent:g}?")
    if share == 1:
        problem = "an objective of 100 % leaves no error budget: the first bad event breaks it for good"
        findings.error(here, "target-impossible", problem, "write what users need, for example 0.999")
        return None
    if not 0 <= share < 1:
        remedy = "write at least 0 and less than 1 (of targetPercent: less than 100)"
        findings.error(here, "target-impossible", "is no share of events", remedy)
        return None
    return share


def budgeting(method: str, written: SLOObjective, spot: Spot, findings: Findings) -> Budgeting | None:
    """What the budget counts, or None with findings."""
    if method == "Occurrences":
        if written.time_slice_target is None and written.time_slice_window is None:
            return _OCCURRENCES
        slices = {"timeSliceTarget": written.time_slice_target, "timeSliceWindow": written.time_slice_window}
        for name, value in slices.items():
            if value is not None:
                problem = f"{name} has no meaning for Occurrences"
                findings.warning(spot / name, "no-effect", problem, "remove it, or change budgetingMethod")
        return _OCCURRENCES
    minutes = _slice_minutes(method, written, spot, findings)
    if method == "RatioTimeslices":
        return RatioTimeslices(minutes) if minutes else None
    if written.time_slice_target is None:
        problem = "Timeslices needs timeSliceTarget"
        findings.error(spot, "field-missing", problem, "add the share that makes a slice good: 0.95")
        return None
    return Timeslices(minutes, float(written.time_slice_target)) if minutes else None


def _slice_minutes(method: str, written: SLOObjective, spot: Spot, findings: Findings) -> int | None:
    if written.time_slice_window is None:
        findings.error(spot, "field-missing", f"{method} needs timeSliceWindow", "add for example timeSliceWindow: 5m")
        return None
    minutes = parse_duration(written.time_slice_window).minutes
    if minutes > MINUTES_PER_DAY or MINUTES_PER_DAY % minutes:
        problem = f"{written.time_slice_window[:20]} does not divide a day"
        remedy = "write for example 1m, 5m, 10m, 15m, 30m or 1h"
        findings.error(spot / "timeSliceWindow", "value-wrong", problem, remedy)
        return None
    return minutes
