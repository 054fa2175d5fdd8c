"""The stretch of time that is replayed, as people type it."""

from dataclasses import dataclass
from datetime import UTC, datetime

import click

from covet_sre.slo.minutes import MINUTES_KEPT
from covet_sre.units import MINUTES_PER_DAY, parse_duration


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes start <= m < end."""

    start: int
    end: int

    def lead_in(self, wanted_minutes: int) -> int:
        """How much history before `start` can be had: with it, at most as much as minutes are kept."""
        return min(wanted_minutes, MINUTES_KEPT - (self.end - self.start))


def span_of(start: str, end: str | None, now_minute: int, now: str = "the present") -> Span:
    """`start` and `end` are RFC 3339, or durations back from `now_minute` (30d), which is `now`. Raises UsageError."""
    found = Span(_minute(start, "--from", now_minute), now_minute if end is None else _minute(end, "--to", now_minute))
    if found.start >= found.end:
        raise click.UsageError("--from must lie before --to: between them lies what is replayed")
    if found.end > now_minute:
        raise click.UsageError(f"--to lies after {now}: leave it out to go up to there")
    if found.end - found.start > MINUTES_KEPT:
        days = MINUTES_KEPT // MINUTES_PER_DAY
        raise click.UsageError(f"a backtest goes over {days} days at most: move --from or --to")
    return found


def _minute(text: str, option: str, now_minute: int) -> int:
    try:
        return now_minute - parse_duration(text).minutes
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
        return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp() // 60)
    except (ValueError, OverflowError) as error:
        raise click.UsageError(
            f"{option} {text!r} is no time: write 2026-11-23T08:00Z, or how long ago, such as 30d or 12h"
        ) from error
