"""Errors of a known ratio and length over even traffic: how an approach detects them, and how it comes back."""

from dataclasses import dataclass
from fractions import Fraction

from covet_sre.slo.approaches import APPROACHES
from covet_sre.slo.burn import Severity
from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.minutes import MinuteEvents
from covet_sre.slo.replay import WatchedAlert, replay

MONTH = 30 * 1440
BEGIN = MONTH
EVENTS = 10_000
SHARE = Fraction(1, 1000)
AFTERWARDS = 3 * 1440


@dataclass(frozen=True)
class Told:
    """Minutes from the first error to the first page, and from the last error to the end of the last one.

    `gone` is the share of the budget that was spent at the first page. `ended` is False when pages outlive the replay.
    """

    detection: int | None
    reset: int | None
    gone: Fraction | None


def tell(approach: str, ratio: Fraction, minutes: int) -> Told:
    """What the pages of an approach do at a target of 99.9 % over 30 days, after a month without errors."""
    table = even_traffic(ratio, minutes)
    alerts = APPROACHES[approach].alerts(MONTH)
    pages = [WatchedAlert(alert, 0, float(SHARE)) for alert in alerts if alert.severity is Severity.PAGE]
    firings = replay(pages, table, BEGIN - 60)
    if not firings:
        return Told(None, None, None)
    first = min(firing.start for firing in firings)
    last = max(table.end if firing.end is None else firing.end for firing in firings)
    spent = ratio * min(first - BEGIN, minutes) / (SHARE * MONTH)
    return Told(first - BEGIN, last - BEGIN - minutes, spent)


def until_detected(approach: str, ratio: Fraction) -> Told:
    """Errors that end in the minute in which they are detected."""
    detection = tell(approach, ratio, 2 * 1440).detection
    assert detection is not None
    return tell(approach, ratio, detection)


def even_traffic(ratio: Fraction, minutes: int) -> MinuteTable:
    bad = int(ratio * EVENTS)
    assert bad == ratio * EVENTS
    end = BEGIN + minutes + AFTERWARDS
    rows = [(0, minute, bad * (BEGIN <= minute < BEGIN + minutes), EVENTS) for minute in range(end)]
    return MinuteTable.of_events(0, end, 1, MinuteEvents.of(rows))
