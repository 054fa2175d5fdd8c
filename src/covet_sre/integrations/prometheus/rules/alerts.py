"""The alerting rules of one objective: one for each pair of windows, so that one sees which of them fired."""

from collections.abc import Iterator
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

from covet_sre.integrations.prometheus.expression import Expression, call, number, recorded
from covet_sre.integrations.prometheus.rules import names
from covet_sre.integrations.prometheus.rules.basis import events_of
from covet_sre.integrations.prometheus.rules.names import Labels
from covet_sre.integrations.prometheus.rules.recordings import Windows, asks_for_evidence, is_slow
from covet_sre.integrations.prometheus.rules.rule import Alerting
from covet_sre.integrations.prometheus.rules.subject import Subject
from covet_sre.integrations.prometheus.rules.template import literal
from covet_sre.slo.burn import BurnAlert, Severity
from covet_sre.slo.indicator import Comparison
from covet_sre.units import format_minutes

SEVERITIES = {Severity.PAGE: "critical", Severity.TICKET: "ticket", Severity.WARNING: "warning"}

DATA_MISSING = "SLODataMissing"
_MISSING_FOR_MINUTES = 10

# increase() extrapolates, so that five events may show as 4.9: what rounds to the wanted number is enough.
_HALF = Fraction(1, 2)

SIGNS = {Comparison.GT: ">", Comparison.GTE: ">=", Comparison.LT: "<", Comparison.LTE: "<="}


class Alerts:
    """The alerts of one objective."""

    def __init__(self, subject: Subject, windows: Windows) -> None:
        self._subject, self._windows = subject, windows

    def fast(self) -> Iterator[Alerting]:
        """Those over windows that are worked out every minute."""
        yield from (self._alerting(alert) for alert in self._subject.alerts if not _is_slow(alert))

    def slow(self) -> Iterator[Alerting]:
        """Those over long windows, and the alert on missing data, which waits for ten minutes anyway."""
        yield from (self._alerting(alert) for alert in self._subject.alerts if _is_slow(alert))
        yield self._data_missing()

    def _alerting(self, alert: BurnAlert) -> Alerting:
        labels = (("severity", SEVERITIES[alert.severity]), *self._subject.labels, *self._subject.alert_labels)
        return Alerting(alert.name, self.condition(alert), labels, self._annotations(alert), alert.for_minutes)

    def condition(self, alert: BurnAlert) -> Expression:
        """The error ratio over both windows against burn rate times budget, with enough evidence for it."""
        sign, bound = SIGNS[alert.op], Fraction(str(alert.threshold)) * self._subject.error_share
        ratio, events = self._over(alert, alert.long_minutes)
        condition = ratio.compared(sign, number(bound))
        if alert.short_minutes is not None:
            condition = condition.and_also(self._over(alert, alert.short_minutes)[0].compared(sign, number(bound)))
        if asks_for_evidence(alert):
            if alert.min_bad > 0:
                condition = condition.and_also((ratio * events).compared(">=", number(alert.min_bad - _HALF)))
            if alert.confidence is not None:
                condition = condition.and_also(_significant(ratio, events, bound, alert.confidence))
        return condition

    def _over(self, alert: BurnAlert, minutes: int) -> tuple[Expression, Expression]:
        """(error ratio, events) over a window of whichever indicator the alert is about."""
        if alert.indicator is None:
            return self._windows.ratio(minutes), self._windows.events(minutes)
        counted = events_of(alert.indicator, self._subject.labels).over(minutes)
        return counted.ratio, counted.events

    def _annotations(self, alert: BurnAlert) -> Labels:
        subject = self._subject
        period, allowed = format_minutes(subject.period_minutes), f"{float(subject.error_share) * 100:.6g}%"
        summary = (
            literal(alert.description) or f"{subject.title} burns its error budget {alert.threshold:g} times too fast"
        )
        windows = " and ".join(
            format_minutes(minutes) for minutes in (alert.long_minutes, alert.short_minutes) if minutes is not None
        )
        description = (
            f"Of the events of the last {format_minutes(alert.long_minutes)}, {{{{ $value | humanizePercentage }}}} "
            f"were bad, and {allowed} may be. This alert is on a burn rate of {alert.threshold:g} over {windows}. "
            f"Of the error budget of {period}, {_remaining(subject)} is left."
        )
        runbook = (("runbook_url", subject.runbook),) if subject.runbook else ()
        return (("summary", summary), ("description", description), *runbook)

    def _data_missing(self) -> Alerting:
        subject = self._subject
        basis = subject.basis
        missing = [call("absent", recorded(name, subject.labels)) for name in (basis.errors_name, basis.events_name)]
        annotations = (
            ("summary", f"{subject.title} is not measured"),
            (
                "description",
                f"Nothing counts its events since {_MISSING_FOR_MINUTES} minutes: its other alerts cannot fire. "
                "Look whether the service is still scraped, and whether its metric or a label was renamed.",
            ),
        )
        labels = (("severity", SEVERITIES[Severity.TICKET]), *subject.labels, *subject.alert_labels)
        return Alerting(DATA_MISSING, missing[0].or_else(missing[1]), labels, annotations, _MISSING_FOR_MINUTES)


def _is_slow(alert: BurnAlert) -> bool:
    return alert.indicator is None and is_slow(alert.long_minutes)


def _significant(ratio: Expression, events: Expression, bound: Fraction, confidence: float) -> Expression:
    """Whether the lower bound of the error ratio exceeds `bound` (Wilson's score interval, 1927, solved for it).

    lower >= t is the same as (p - t) * sqrt(n) >= z * sqrt(t * (1 - t)).
    """
    least = NormalDist().inv_cdf(confidence) * sqrt(float(bound) * max(1 - float(bound), 0.0))
    return ((ratio - number(bound)) * call("sqrt", events)).compared(">=", number(float(f"{least:.9g}")))


def _remaining(subject: Subject) -> str:
    """What is left of the budget when the alert is told of: asked for by the template itself."""
    series = recorded(names.BUDGET_REMAINING, subject.labels)
    share = "{{ . | first | value | humanizePercentage }}"
    return f"{{{{ with query `{series}` }}}}{share}{{{{ else }}}}an unknown share{{{{ end }}}}"
