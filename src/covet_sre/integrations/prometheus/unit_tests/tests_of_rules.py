"""Unit tests for the rules of one service: each story for all objectives at once, with what must fire and when."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from covet_sre.integrations.prometheus.expression import Expression, recorded
from covet_sre.integrations.prometheus.rules import names
from covet_sre.integrations.prometheus.rules.alerts import DATA_MISSING
from covet_sre.integrations.prometheus.rules.basis import STEP_MINUTES
from covet_sre.integrations.prometheus.unit_tests.expectations import MARGIN_MINUTES, Checkpoint, Expectations
from covet_sre.integrations.prometheus.unit_tests.input_series import series_for
from covet_sre.integrations.prometheus.unit_tests.inputs import CounterInputs, Inputs, Lines, inputs_of
from covet_sre.integrations.prometheus.unit_tests.scenarios import (
    IDLE_NIGHT,
    MISSING_BAD_SERIES,
    NO_DATA,
    OUTAGE,
    RESTART,
    Story,
    steady_burns,
)
from covet_sre.slo.indicator import CounterRatio
from covet_sre.slo.objective import Objective

_MOST_TOGETHER = 25
"""So many objectives share one test: promtool evaluates every rule of the file in each."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an expression gives at the end of a minute: labels in braces, and values."""

    expression: str
    minute: int
    samples: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Test:
    """One test of promtool."""

    name: str
    inputs: Lines
    expected: list[Expected] = field(default_factory=list[Expected])


@dataclass(frozen=True, slots=True)
class Tried:
    """An objective with inputs."""

    objective: Objective
    inputs: Inputs


def tests_of(objectives: Sequence[Objective]) -> tuple[list[Test], list[Objective], dict[str, list[str]]]:
    """The tests; the objectives for which no input could be made; and by objective the alerts that no story shows."""
    tried = [Tried(one, inputs) for one in objectives if (inputs := inputs_of(one)) is not None]
    untried = [one for one in objectives if one.name not in {each.objective.name for each in tried}]
    found: list[Test] = []
    unshown: dict[str, list[str]] = {}
    for together in _groups(tried):
        stories: dict[Story, list[tuple[Tried, list[Expected]]]] = defaultdict(list)
        for one in together:
            for story, expected in _stories(one):
                stories[story].append((one, expected))
            shown = Expectations(one.objective, OUTAGE, one.inputs.scale).shown
            missing = [alert.name for alert in one.objective.alerts if alert.name not in shown]
            if missing:
                unshown[one.objective.name] = missing
        found += [_test(story, parts) for story, parts in stories.items()]
    return found, untried, unshown


def _test(story: Story, parts: Sequence[tuple[Tried, list[Expected]]]) -> Test:
    lines: Lines = {}
    for one, _ in parts:
        lines |= one.inputs.lines(story)
    return Test(story.name, lines, [each for _, expected in parts for each in expected])


def _groups(tried: Iterable[Tried]) -> list[list[Tried]]:
    """Objectives whose inputs do not disturb each other."""
    groups: list[list[Tried]] = []
    for one in tried:
        for group in groups:
            if len(group) < _MOST_TOGETHER and _get_along([*group, one]):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _get_along(together: Sequence[Tried]) -> bool:
    indicators = [
        indicator
        for one in together
        if isinstance(one.inputs, CounterInputs)
        for indicator in (one.objective.indicator, *(alert.indicator for alert in one.objective.alerts))
        if isinstance(indicator, CounterRatio)
    ]
    return series_for(list(dict.fromkeys(indicators))) is not None


def _stories(one: Tried) -> Iterator[tuple[Story, list[Expected]]]:
    objective, scale = one.objective, one.inputs.scale
    yield OUTAGE, [_fires(objective, each) for each in Expectations(objective, OUTAGE, scale).checkpoints()]
    for story in steady_burns([alert.threshold for alert in objective.alerts], float(objective.error_share)):
        yield story, [_fires(objective, Expectations(objective, story, scale).last)]
    quiet = (IDLE_NIGHT,) if not isinstance(one.inputs, CounterInputs) else (IDLE_NIGHT, RESTART)
    for story in quiet:
        yield story, [_fires(objective, Checkpoint(story.minutes, ())), _period_is_spotless(objective, story.minutes)]
    yield IDLE_NIGHT, [_short_ratio(objective, IDLE_NIGHT.phases[0].minutes + 30, None)]
    yield NO_DATA, [*_data_goes_missing(objective, NO_DATA)]
    if isinstance(one.inputs, CounterInputs):
        yield MISSING_BAD_SERIES, [*_without_bad_series(objective)]


def _fires(objective: Objective, checkpoint: Checkpoint) -> Expected:
    """Just these alerts fire, and none beside them."""
    firing = recorded("ALERTS", (("alertstate", "firing"), *_labels(objective)))
    samples = tuple((f'{{alertname="{name}"}}', "1") for name in sorted(checkpoint.firing))
    return Expected(f"count by (alertname) ({firing})", checkpoint.minute, samples)


def _data_goes_missing(objective: Objective, story: Story) -> Iterator[Expected]:
    """The alert on missing data fires once the last five minutes are empty for ten, and ends with the data's return."""
    before, away, _ = story.phases
    yield _fires(objective, Checkpoint(before.minutes, ()))
    yield _fires(objective, Checkpoint(before.minutes + STEP_MINUTES + 10 + MARGIN_MINUTES, (DATA_MISSING,)))
    yield _fires(objective, Checkpoint(before.minutes + away.minutes + 2 * MARGIN_MINUTES, ()))


def _without_bad_series(objective: Objective) -> Iterator[Expected]:
    """Without a series of bad events nothing was bad. Without one of good events nothing is known."""
    minute = MISSING_BAD_SERIES.minutes
    if isinstance(objective.indicator, CounterRatio) and objective.indicator.bad is not None:
        yield _fires(objective, Checkpoint(minute, ()))
        yield _short_ratio(objective, minute, "0")


def _period_is_spotless(objective: Objective, minute: int) -> Expected:
    return _value(objective, names.PERIOD_ERROR_RATIO, minute, "0")


def _short_ratio(objective: Objective, minute: int, value: str | None) -> Expected:
    return _value(objective, names.error_ratio(STEP_MINUTES), minute, value)


def _value(objective: Objective, name: str, minute: int, value: str | None) -> Expected:
    """The value of a recorded series, or that it has none: not 0, not NaN."""
    series: Expression = recorded(name, _labels(objective))
    return Expected(series.text, minute, () if value is None else ((series.text, value),))


def _labels(objective: Objective) -> names.Labels:
    return (("service", objective.service), ("slo", objective.name))
