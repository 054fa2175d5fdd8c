"""The handbook's own rules to the letter: ratios of rates, the average of those over the budget's window, its alerts.

An average of ratios weighs a quiet night like a busy noon, and is spoilt by a minute without events. These are here
for teams that compare with what they have; the event-weighted rules of this folder are the ones to page on.
"""

from collections.abc import Iterator
from fractions import Fraction

from covet_sre.errors import Finding, Level
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.prometheus.expression import Expression, call, number, over, recorded, selected
from covet_sre.integrations.prometheus.rules import names
from covet_sre.integrations.prometheus.rules.alerts import SEVERITIES, SIGNS
from covet_sre.integrations.prometheus.rules.basis import STEP_MINUTES
from covet_sre.integrations.prometheus.rules.objectives import latency_quantile, period_minutes, record_base
from covet_sre.integrations.prometheus.rules.rule import Alerting, Group, Recording
from covet_sre.integrations.prometheus.rules.template import literal
from covet_sre.slo.burn import DEFAULT_POLICY, BurnAlert
from covet_sre.slo.indicator import CounterRatio, Matcher, MatchOp, Selector
from covet_sre.slo.objective import Objective

_NEGATED = {
    MatchOp.EQUAL: MatchOp.NOT_EQUAL,
    MatchOp.NOT_EQUAL: MatchOp.EQUAL,
    MatchOp.MATCHES: MatchOp.NOT_MATCHES,
    MatchOp.NOT_MATCHES: MatchOp.MATCHES,
}


class HandbookRules:
    """The handbook's rules of a declaration, and remarks on what it has no words for."""

    def __init__(self, declaration: Declaration) -> None:
        self._declaration = declaration
        self.remarks: list[Finding] = []

    def groups(self) -> tuple[Group, Group]:
        """Recording rules and alerts, in the two groups of the handbook."""
        objectives = self._declaration.objectives
        records = tuple(rule for objective in objectives for rule in self._recordings(objective))
        alerts = tuple(rule for objective in objectives for rule in self._alerts(objective))
        return Group("covet-slo-rules", 1, records), Group("error-budget-alerts", 1, alerts)

    def _recordings(self, objective: Objective) -> Iterator[Recording]:
        quantile, base = latency_quantile(objective), record_base(objective)
        if quantile is not None:
            rates = call("sum by (le) ", call("rate", over(quantile.buckets, STEP_MINUTES)))
            expression = call("histogram_quantile", number(quantile.share), rates)
            yield Recording(names.quantile(base, quantile.percent), expression)
        elif isinstance(objective.indicator, CounterRatio):
            yield Recording(names.indicator(base, STEP_MINUTES), _ratio_of_rates(objective.indicator))
            short = recorded(names.indicator(base, STEP_MINUTES), ())
            for minutes in _longer_windows(objective):
                yield Recording(names.indicator(base, minutes), call("avg_over_time", over(short, minutes)))
        else:
            self._remark(objective, "indicator", "the handbook's rules are about counters", "use the default profile")

    def _alerts(self, objective: Objective) -> Iterator[Alerting]:
        for alert in objective.alerts:
            condition = self._condition(objective, alert)
            if condition is None:
                if alert.policy != DEFAULT_POLICY:
                    problem = f"the handbook has no rule like {alert.name}"
                    self._remark(objective, "alertPolicies", problem, "use the default profile for it")
                continue
            labels = (("severity", SEVERITIES[alert.severity]), ("service", objective.service))
            annotations = (
                ("summary", literal(alert.description or objective.title)),
                ("description", self._description(objective, alert)),
            )
            yield Alerting(alert.name, condition, labels, annotations, alert.for_minutes)

    def _condition(self, objective: Objective, alert: BurnAlert) -> Expression | None:
        if alert.short_minutes is not None:
            return None
        sign = SIGNS[alert.op]
        if alert.indicator is not None:
            return _quantile_above(objective, alert, sign)
        if latency_quantile(objective) is not None or not isinstance(objective.indicator, CounterRatio):
            return None
        bound = Fraction(str(alert.threshold)) * objective.error_share
        return _errors(objective, alert.long_minutes).compared(sign, number(bound))

    def _description(self, objective: Objective, alert: BurnAlert) -> str:
        title = literal(objective.title)
        if alert.indicator is not None:
            return f"{title} is at {{{{ $value | humanizeDuration }}}}"
        if alert.long_minutes != period_minutes(objective):
            return f"{title}: {{{{ $value | humanizePercentage }}}} of the events failed"
        consumed = _errors(objective, alert.long_minutes) / number(objective.error_share)
        share = f"{{{{ with query `{consumed}` }}}}{{{{ . | first | value | humanizePercentage }}}}{{{{ end }}}}"
        return f"{title} SLO error budget is {share} consumed"

    def _remark(self, objective: Objective, field: str, problem: str, remedy: str) -> None:
        self.remarks.append(
            Finding(Level.WARNING, "target-cannot", objective.location, f"{objective.name} {field}", problem, remedy)
        )


def _longer_windows(objective: Objective) -> list[int]:
    """The budget's window, and those of alerts over a single one."""
    single = {alert.long_minutes for alert in objective.alerts if alert.short_minutes is None and not alert.indicator}
    return sorted({period_minutes(objective), *single} - {STEP_MINUTES})


def _ratio_of_rates(ratio: CounterRatio) -> Expression:
    total = _rate(ratio.total)
    good = ratio.good or _complement(ratio)
    if good is not None:
        return _rate(good) / total
    return number(1) - _rate(ratio.part) / total


def _complement(ratio: CounterRatio) -> Selector | None:
    """The good events, where the bad ones are picked out of all by one matcher more."""
    if ratio.part.metric != ratio.total.metric:
        return None
    more = set(ratio.part.matchers) - set(ratio.total.matchers)
    if len(more) != 1 or not set(ratio.total.matchers) < set(ratio.part.matchers):
        return None
    (matcher,) = more
    negated = Matcher(matcher.label, _NEGATED[matcher.op], matcher.value)
    return Selector(ratio.total.metric, (*ratio.total.matchers, negated))


def _rate(selector: Selector) -> Expression:
    return call("sum", call("rate", over(selected(selector), STEP_MINUTES)))


def _errors(objective: Objective, minutes: int) -> Expression:
    return number(1) - recorded(names.indicator(record_base(objective), minutes), ())


def _quantile_above(objective: Objective, alert: BurnAlert, sign: str) -> Expression | None:
    """ "P95 above 750 ms": the burn rate of "95 % within 750 ms" is above 1."""
    quantile = latency_quantile(objective)
    if quantile is None or alert.threshold != 1 or alert.long_minutes != STEP_MINUTES:
        return None
    good = alert.indicator.good if isinstance(alert.indicator, CounterRatio) else None
    bounds = [matcher.value for matcher in good.matchers if matcher.label == "le"] if good is not None else []
    if len(bounds) != 1 or bounds == ["+Inf"]:
        return None
    series = recorded(names.quantile(record_base(objective), quantile.percent), ())
    return series.compared(sign, number(Fraction(bounds[0])))


def handbook_rules(declaration: Declaration) -> tuple[tuple[Group, Group], tuple[Finding, ...]]:
    """The two groups, and the remarks."""
    rules = HandbookRules(declaration)
    return rules.groups(), tuple(rules.remarks)
