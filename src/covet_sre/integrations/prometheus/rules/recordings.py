"""The recording rules of one objective: the events of five minutes once, and every longer window out of them."""

from collections.abc import Iterator

from covet_sre.integrations.prometheus.expression import Expression, call, number, over, recorded, stepped
from covet_sre.integrations.prometheus.rules import names
from covet_sre.integrations.prometheus.rules.basis import STEP_MINUTES, Sampled
from covet_sre.integrations.prometheus.rules.rule import Recording
from covet_sre.integrations.prometheus.rules.subject import Subject
from covet_sre.slo.burn import BurnAlert
from covet_sre.slo.indicator import Comparison

# What dashboards show, beside the windows that the alerts ask for.
SHOWN_WINDOWS = (5, 30, 60, 120, 360, 1440, 4320)

LONGEST_BY_MINUTE = 360
"""Up to here a window is added up from every minute's sample, and moves with it; longer ones move step by step."""

# Below, five minutes would smear too much: such windows are read from the counters themselves.
_SHORTEST_DERIVED = 30

_ZERO = Expression("0")


def is_slow(minutes: int) -> bool:
    """Whether a window is so long that it need not be worked out every minute."""
    return minutes > LONGEST_BY_MINUTE


def asks_for_evidence(alert: BurnAlert) -> bool:
    """Whether the number of events decides too, and not their ratio alone."""
    is_upper = alert.op in (Comparison.GT, Comparison.GTE)
    return is_upper and (alert.min_bad > 0 or alert.confidence is not None)


class Windows:
    """The error ratios and the events of one objective over any window, and under which names they are recorded."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._basis = subject.basis
        counted = {
            alert.long_minutes for alert in subject.alerts if alert.indicator is None and asks_for_evidence(alert)
        }
        self._counted = sorted(counted - {self._basis.step_minutes, subject.period_minutes})
        shown = (minutes for minutes in SHOWN_WINDOWS if minutes < subject.period_minutes)
        self._ratios = sorted({*shown, *subject.own_indicator_windows} - {subject.period_minutes})

    def ratio(self, minutes: int) -> Expression:
        """The recorded error ratio over a window."""
        is_period = minutes == self._subject.period_minutes
        return self._recorded(names.PERIOD_ERROR_RATIO if is_period else names.error_ratio(minutes))

    def events(self, minutes: int) -> Expression:
        """The recorded number of events of a window: asked for by the alerts that need it."""
        if minutes == self._subject.period_minutes:
            return self._recorded(names.PERIOD_EVENTS)
        if minutes == self._basis.step_minutes:
            return self._recorded(self._basis.events_name)
        return self._recorded(names.events(minutes))

    def fast(self) -> Iterator[Recording]:
        """What is worked out every minute."""
        subject, basis = self._subject, self._basis
        if isinstance(subject.events, Sampled):
            yield from subject.events.recordings()
        yield self._recording(basis.errors_name, basis.counted.errors)
        yield self._recording(basis.events_name, basis.counted.events)
        yield from self._of_windows(slow=False)
        yield self._recording(names.indicator(subject.base, STEP_MINUTES), number(1) - self.ratio(STEP_MINUTES))
        if subject.quantile is not None:
            yield Recording(names.quantile(subject.base, subject.quantile.percent), _quantile(subject), subject.labels)

    def slow(self) -> Iterator[Recording]:
        """The budget's own window and other long ones, and what the objective is."""
        subject, period = self._subject, self._subject.period_minutes
        yield from self._of_windows(slow=True)
        yield self._recording(names.PERIOD_EVENTS, self._summed(self._basis.events_name, period))
        yield from self._period_by_time() if subject.weighs_time else self._period_by_events()
        spent = self.ratio(period) / number(subject.error_share)
        yield self._recording(names.BUDGET_REMAINING, number(1) - spent)
        yield self._recording(names.OBJECTIVE, call("vector", number(1 - subject.error_share)))

    def _of_windows(self, *, slow: bool) -> Iterator[Recording]:
        for minutes in self._counted:
            if is_slow(minutes) is slow:
                yield self._recording(names.events(minutes), self._events_over(minutes))
        for minutes in self._ratios:
            if is_slow(minutes) is slow:
                yield self._recording(names.error_ratio(minutes), self._ratio_over(minutes))

    def _period_by_events(self) -> Iterator[Recording]:
        base, period = self._subject.base, self._subject.period_minutes
        errors = self._summed(self._basis.errors_name, period)
        events = self._recorded(names.PERIOD_EVENTS).compared(">", _ZERO)
        yield self._recording(names.PERIOD_ERROR_RATIO, errors / events)
        yield self._recording(names.indicator(base, period), number(1) - self.ratio(period))

    def _period_by_time(self) -> Iterator[Recording]:
        """As the handbook has it: the average of what each five minutes were."""
        base, period = self._subject.base, self._subject.period_minutes
        short = self._recorded(names.indicator(base, STEP_MINUTES))
        yield self._recording(names.indicator(base, period), call("avg_over_time", over(short, period)))
        average = self._recorded(names.indicator(base, period))
        yield self._recording(names.PERIOD_ERROR_RATIO, number(1) - average)

    def _ratio_over(self, minutes: int) -> Expression:
        basis = self._basis
        if not basis.are_slices and minutes < _SHORTEST_DERIVED and minutes != basis.step_minutes:
            return self._subject.events.over(minutes).ratio
        if minutes <= basis.step_minutes:
            errors, events = self._recorded(basis.errors_name), self._recorded(basis.events_name)
        elif minutes in self._counted:
            # They were just added up: once is enough.
            errors, events = self._whole(basis.errors_name, minutes), self._recorded(names.events(minutes))
        else:
            errors, events = (self._summed(name, minutes) for name in (basis.errors_name, basis.events_name))
        return errors / events.compared(">", _ZERO)

    def _events_over(self, minutes: int) -> Expression:
        basis = self._basis
        if not basis.are_slices and minutes < _SHORTEST_DERIVED:
            return self._subject.events.over(minutes).events
        return self._whole(basis.events_name, minutes)

    def _whole(self, name: str, minutes: int) -> Expression:
        """As many as there were: added up by minutes, each is in the samples of as many as a step has."""
        summed = self._summed(name, minutes)
        return summed / number(self._basis.step_minutes) if self._is_by_minute(minutes) else summed

    def _summed(self, name: str, minutes: int) -> Expression:
        series, step = self._recorded(name), self._basis.step_minutes
        if self._is_by_minute(minutes):
            return call("sum_over_time", over(series, minutes))
        return call("sum_over_time", stepped(series, max(minutes, step), step))

    def _is_by_minute(self, minutes: int) -> bool:
        return not is_slow(minutes) and not self._basis.are_slices

    def _recording(self, name: str, expression: Expression) -> Recording:
        return Recording(name, expression, self._subject.labels)

    def _recorded(self, name: str) -> Expression:
        return recorded(name, self._subject.labels)


def _quantile(subject: Subject) -> Expression:
    assert subject.quantile is not None
    rates = call("sum by (le) ", call("rate", over(subject.quantile.buckets, STEP_MINUTES)))
    return call("histogram_quantile", number(subject.quantile.share), rates)
