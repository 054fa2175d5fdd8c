"""The two series that everything else is derived from: bad events and all events, step by step."""

from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from covet_sre.integrations.prometheus.expression import Expression, call, number, over, recorded, selected
from covet_sre.integrations.prometheus.rules import names
from covet_sre.integrations.prometheus.rules.names import Labels
from covet_sre.integrations.prometheus.rules.rule import Recording
from covet_sre.slo.indicator import Comparison, CounterRatio, Indicator, QueryRatio, QueryRaw, QueryThreshold
from covet_sre.slo.stream import Budgeting, Occurrences, RatioTimeslices, Timeslices
from covet_sre.units import format_minutes

STEP_MINUTES = 5

# Expressions that give one value a minute look over this long, where they have a `{{window}}`.
_SAMPLED_OVER = "2m"

_ZERO = Expression("0")
_INFINITY = Expression("+Inf")
_NOT = {Comparison.LT: ">=", Comparison.LTE: ">", Comparison.GT: "<=", Comparison.GTE: "<"}


@dataclass(frozen=True, slots=True)
class Counted:
    """Bad events and all events over some time. Neither is ever NaN."""

    errors: Expression
    events: Expression

    @classmethod
    def of(cls, events: Expression, part: Expression, part_is_bad: bool) -> "Counted":
        """Out of all events and a part of them. A bad part that does not exist yet had no event."""
        bad = part.or_else(_ZERO * events) if part_is_bad else call("clamp_min", events - part, _ZERO)
        return cls(_finite(bad), _finite(events))

    @property
    def ratio(self) -> Expression:
        """Without events there is no ratio: neither 0 nor NaN."""
        return self.errors / self.events.compared(">", _ZERO)


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters of an exact indicator, as they are written in PromQL. `part` is the bad or the good ones."""

    total: Expression
    part: Expression
    part_is_bad: bool

    @classmethod
    def of(cls, ratio: CounterRatio) -> "Counters":
        return cls(selected(ratio.total), selected(ratio.part), ratio.bad is not None)

    def over(self, minutes: int) -> Counted:
        """Increases over the last minutes."""
        events, part = (call("sum", call("increase", over(series, minutes))) for series in (self.total, self.part))
        return Counted.of(events, part, self.part_is_bad)


@dataclass(frozen=True, slots=True)
class Queries:
    """Two expressions with `{{window}}`."""

    total: str
    part: str
    part_is_bad: bool

    def over(self, minutes: int) -> Counted:
        """Both expressions over the last minutes."""
        events, part = (
            call("sum", _whole(query.replace("{{window}}", format_minutes(minutes))))
            for query in (self.total, self.part)
        )
        return Counted.of(events, part, self.part_is_bad)


@dataclass(frozen=True, slots=True)
class Sampled:
    """One verdict a minute, which must be recorded before it can be added up."""

    errors: Expression
    events: Expression
    labels: Labels

    def over(self, minutes: int) -> Counted:
        """Sums of the recorded verdicts."""
        errors, events = (recorded(name, self.labels) for name in (names.MINUTE_ERRORS, names.MINUTE_EVENTS))
        return Counted(call("sum_over_time", over(errors, minutes)), call("sum_over_time", over(events, minutes)))

    def recordings(self) -> tuple[Recording, ...]:
        """The verdicts of this minute."""
        return (
            Recording(names.MINUTE_ERRORS, self.errors, self.labels),
            Recording(names.MINUTE_EVENTS, self.events, self.labels),
        )


Events = Counters | Queries | Sampled
"""How the events of an indicator are counted over some time."""


def events_of(indicator: Indicator, labels: Labels) -> Events:
    """`labels` tell the recorded verdicts of a sampled indicator from others."""
    match indicator:
        case CounterRatio():
            return Counters.of(indicator)
        case QueryRatio(_, total, good, bad):
            return Queries(total, bad or good or "", bad is not None)
        case QueryThreshold(_, query, op, bound):
            value = _query(query).compared(">", Expression("-Inf"))
            bad = call("sum", value.compared(f"{_NOT[op]} bool", number(bound)))
            return Sampled(bad, call("count", value), labels)
        case QueryRaw(_, query, of_success):
            ratio = number(1) - _query(query) if of_success else _query(query)
            bad = _finite(call("clamp", ratio, number(0), number(1)))
            return Sampled(bad, number(1) + _ZERO * bad, labels)
        case _:
            assert_never(indicator)


@dataclass(frozen=True, slots=True)
class Basis:
    """Bad events and all events of a step, and their recorded names; or slices of time, where the budget counts those.

    A step of events is recorded every minute, and so may be added up minute by minute. Slices count once each.
    """

    counted: Counted
    errors_name: str
    events_name: str
    step_minutes: int
    are_slices: bool


def basis_of(events: Events, budgeting: Budgeting) -> Basis:
    """What the budget counts, step by step."""
    match budgeting:
        case Occurrences():
            step = STEP_MINUTES
            return Basis(events.over(step), names.errors(step), names.events(step), step, are_slices=False)
        case Timeslices(step, target):
            counted = events.over(step)
            allowed = number(1 - Fraction(str(target))) * counted.events
            bad = counted.errors.compared("> bool", allowed)
        case RatioTimeslices(step):
            counted = events.over(step)
            bad = counted.ratio.or_else(_ZERO * counted.events)
        case _:
            assert_never(budgeting)
    slices = Counted(bad, counted.events.compared("> bool", _ZERO))
    return Basis(slices, names.bad_slices(step), names.slices(step), step, are_slices=True)


def _query(text: str) -> Expression:
    return Expression(f"({_whole(text.replace('{{window}}', _SAMPLED_OVER))})")


def _whole(query: str) -> str:
    """A query that somebody wrote, as a part of another: a comment at its end must not swallow what follows."""
    return f"{query}\n" if "#" in query else query


def _finite(value: Expression) -> Expression:
    """NaN and infinity would spoil every sum that they are in, for as long as its window: they are left out."""
    return value.compared("<", _INFINITY)
