"""Pyrra's four burn-rate alerts, over windows that are scaled with the SLO's own."""

from collections.abc import Iterator
from typing import NamedTuple

from covet_sre.spec.alerts import SEVERITIES
from covet_sre.spec.findings import Findings, Spot, listed
from covet_sre.spec.importing.alert_policies import Burn
from covet_sre.spec.importing.pyrra_models import Alerting
from covet_sre.units import MINUTES_PER_DAY, format_minutes


class _Pair(NamedTuple):
    """One of Pyrra's alerts, for a window of 28 days; its windows are scaled with the SLO's."""

    name: str
    factor: float
    long_minutes: int
    short_minutes: int
    for_minutes: int
    severity: str


# slo/rules.go of Pyrra: Windows.
PAIRS = (
    _Pair("fast_burn", 14, 60, 5, 2, "critical"),
    _Pair("medium_burn", 7, 360, 30, 15, "critical"),
    _Pair("slow_burn", 2, MINUTES_PER_DAY, 120, 60, "warning"),
    _Pair("long_term_burn", 1, 4 * MINUTES_PER_DAY, 360, 180, "warning"),
)
_SCALE_MINUTES = 28 * MINUTES_PER_DAY


def pyrra_burns(alerting: Alerting, window_minutes: int, spot: Spot, findings: Findings) -> Iterator[Burn]:
    """The alerts of an SLO over `window_minutes`; `spot` is its spec."""
    if alerting.disabled or not alerting.burnrates:
        return
    base = alerting.name if is_word(alerting.name) else "ErrorBudgetBurn"
    for pair in PAIRS:
        long, short, waiting = (
            _scaled(minutes, window_minutes) for minutes in (pair.long_minutes, pair.short_minutes, pair.for_minutes)
        )
        if not short or short >= long:
            problem = (
                f"at this window, the alert over {pair.long_minutes} minutes of 28 days has no shorter window left"
            )
            remedy = "write an AlertPolicy of your own, or a longer window"
            findings.warning(spot / "window", "import-dropped", problem, remedy)
            continue
        severity = _severity(getattr(alerting.severities, pair.name), pair, spot, findings)
        yield Burn(f"{base}{format_minutes(long)}", severity, pair.factor, long, short, waiting)


def is_word(text: str) -> bool:
    return text.isascii() and text.isidentifier()


def _scaled(minutes: int, window_minutes: int) -> int:
    """Rounded to whole minutes, halves up, as Go's Duration.Round does."""
    return (2 * minutes * window_minutes + _SCALE_MINUTES) // (2 * _SCALE_MINUTES)


def _severity(written: str, pair: _Pair, spot: Spot, findings: Findings) -> str:
    if not written:
        return pair.severity
    if written.lower() in SEVERITIES:
        return written
    first, *others = pair.name.split("_")
    key = first + "".join(word.title() for word in others)
    problem = f"severity {written[:40]!r} is unknown here; it is taken as {pair.severity}"
    remedy = f"write one of {listed([*SEVERITIES])}"
    findings.warning(spot / "alerting" / "severities" / key, "import-changed", problem, remedy)
    return pair.severity
