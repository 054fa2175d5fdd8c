"""Input series of a unit test as promtool reads them: what each story makes of the series that an objective counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from covet_sre.integrations.prometheus.expression import decimal, recorded
from covet_sre.integrations.prometheus.rules import names
from covet_sre.integrations.prometheus.rules.basis import STEP_MINUTES
from covet_sre.integrations.prometheus.unit_tests.input_series import InputSeries, series_for
from covet_sre.integrations.prometheus.unit_tests.scenarios import TRAFFIC_A_MINUTE, Phase, Story
from covet_sre.slo.indicator import CounterRatio, QueryRatio
from covet_sre.slo.objective import Objective
from covet_sre.slo.stream import Occurrences

SCRAPES = 4
"""Scrapes of a minute."""

Lines = dict[str, str]
"""Values by series, both in promtool's notation."""


class Inputs(Protocol):
    """Where the events of one objective, or of several, come from in a test. `scale`: planned events to one of its."""

    @property
    def scale(self) -> int: ...

    def lines(self, story: Story) -> Lines: ...


@dataclass(frozen=True, slots=True)
class CounterInputs:
    """The service's own counters."""

    series: tuple[InputSeries, ...]
    scale: int = 1

    def lines(self, story: Story) -> Lines:
        return {
            one.text: " ".join(_counter(one, story))
            for one in self.series
            if not (story.without_bad_series and one.is_bad_part)
        }


@dataclass(frozen=True, slots=True)
class RecordedInputs:
    """What the rules would record of expressions that no test can feed: all rules after those are tried.

    `span_minutes`: over how many minutes the recorded sums reach.
    """

    errors: str
    events: str
    labels: names.Labels
    span_minutes: int
    scale: int

    def lines(self, story: Story) -> Lines:
        minutes = list(story.by_minute())
        bad = [Fraction(phase.bad, self.scale) for phase in minutes]
        total = [Fraction(phase.traffic, self.scale) for phase in minutes]
        return {
            recorded(name, self.labels).text: " ".join(self._values(minutes, counts))
            for name, counts in ((self.errors, bad), (self.events, total))
        }

    def _values(self, minutes: list[Phase], counts: list[Fraction]) -> Iterator[str]:
        """Once a minute, as rules record."""
        yield "0"
        for end, phase in enumerate(minutes, start=1):
            recent = sum(counts[max(end - self.span_minutes, 0) : end], Fraction())
            yield f"_x{SCRAPES - 1} {decimal(recent)}" if phase.is_exposed else f"_x{SCRAPES}"


def inputs_of(objective: Objective) -> Inputs | None:
    """None where no input can be made for it."""
    indicators = [objective.indicator, *(alert.indicator for alert in objective.alerts if alert.indicator is not None)]
    if all(isinstance(indicator, CounterRatio) for indicator in indicators):
        series = series_for([one for one in indicators if isinstance(one, CounterRatio)])
        return None if series is None else CounterInputs(tuple(series))
    labels = (("service", objective.service), ("slo", objective.name))
    if len(indicators) > 1 or not isinstance(objective.budgeting, Occurrences):
        return None
    if isinstance(objective.indicator, QueryRatio):
        return RecordedInputs(names.errors(STEP_MINUTES), names.events(STEP_MINUTES), labels, STEP_MINUTES, 1)
    return RecordedInputs(names.MINUTE_ERRORS, names.MINUTE_EVENTS, labels, 1, TRAFFIC_A_MINUTE)


def _counter(series: InputSeries, story: Story) -> Iterator[str]:
    yield "0"
    value = 0
    for phase in story.phases:
        scrapes = phase.minutes * SCRAPES
        if not phase.is_exposed:
            yield f"_x{scrapes}"
            continue
        step = series.counts.of(phase.good, phase.bad) // SCRAPES
        value = 0 if phase.restarts else value
        yield f"{value + step}+{step}x{scrapes - 1}"
        value += step * scrapes
