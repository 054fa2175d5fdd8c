"""From declared objectives to their rules: those that are alike but for names and selectors share one template."""

import re
from dataclasses import dataclass, field, replace

from covet_sre.errors import Finding, Level
from covet_sre.integrations.prometheus.expression import Expression, selected
from covet_sre.integrations.prometheus.rules.alerts import Alerts
from covet_sre.integrations.prometheus.rules.basis import Counters, Events, basis_of, events_of
from covet_sre.integrations.prometheus.rules.document import escaped, groups_text
from covet_sre.integrations.prometheus.rules.names import INFO, Labels
from covet_sre.integrations.prometheus.rules.recordings import Windows
from covet_sre.integrations.prometheus.rules.rule import Group, Recording
from covet_sre.integrations.prometheus.rules.subject import Quantile, Subject
from covet_sre.integrations.prometheus.rules.template import MARK, Place, Template, literal
from covet_sre.slo.indicator import CounterRatio, MatchOp, Selector
from covet_sre.slo.objective import Objective
from covet_sre.slo.window import CalendarWindow
from covet_sre.units import format_minutes

FAST_MINUTES = 1
SLOW_MINUTES = 4
"""Windows of a day and longer move by five minutes at a time. Below the five for which Prometheus looks back."""

_RESERVED = frozenset(("alertname", "severity", "service", "slo"))
_NOT_IN_LABELS = re.compile(r"[^a-zA-Z0-9_]")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_:]")


def group_names(slo: str) -> tuple[str, str]:
    """What the groups of an objective are called, in the order in which the second builds on the first."""
    return f"covet-sre/{slo}", f"covet-sre/{slo}/long"


def groups(subject: Subject, declared_window: str) -> tuple[Group, Group]:
    """All rules of one objective. The second group has the long windows, and is evaluated less often."""
    windows = Windows(subject)
    alerts = Alerts(subject, windows)
    window_and_target = (("window", declared_window), ("objective", f"{float(1 - subject.error_share) * 100:.10g}"))
    info = Recording(INFO, Expression("vector(1)"), (*subject.labels, *window_and_target, ("title", subject.title)))
    fast, slow = group_names(subject.slo)
    return (
        Group(fast, FAST_MINUTES, (*windows.fast(), *alerts.fast())),
        Group(slow, SLOW_MINUTES, (*windows.slow(), info, *alerts.slow())),
    )


@dataclass(slots=True)
class RuleTexts:
    """The rules of objectives as YAML, and what could not be said. Objectives of one shape share a template."""

    remarks: list[Finding] = field(default_factory=list[Finding])
    _templates: dict[object, Template] = field(default_factory=dict[object, Template])

    def of(self, objective: Objective) -> str:
        """The items of `groups:` for one objective."""
        labels = self._alert_labels(objective)
        quantile = latency_quantile(objective)
        shape = (
            objective.error_share,
            objective.budget_window,
            objective.budgeting,
            objective.alerts,
            objective.indicator.bad is not None
            if isinstance(objective.indicator, CounterRatio)
            else objective.indicator,
            bool(objective.runbook),
            objective.weighs_time,
            labels,
            quantile is not None,
        )
        self._remark_on_window(objective)
        if _writes_marks(objective):
            return _text(subject_of(objective, labels), objective)
        template = self._templates.get(shape)
        if template is None:
            subject = _with_places(subject_of(objective, labels), objective)
            template = self._templates[shape] = Template(_text(subject, objective))
        return template.filled(_values(objective, quantile))

    def _remark_on_window(self, objective: Objective) -> None:
        if isinstance(objective.budget_window, CalendarWindow):
            length = format_minutes(objective.budget_window.duration.minutes)
            problem = f"Prometheus has no calendar: the budget of {objective.budget_window} runs over the last {length}"
            self._remark(objective, "timeWindow", problem, "use covet-sre's own budget where the calendar matters")

    def _alert_labels(self, objective: Objective) -> Labels:
        found: dict[str, str] = {}
        for name, value in objective.labels:
            label = _NOT_IN_LABELS.sub("_", name)
            label = f"_{label}" if label[:1].isdigit() else label
            if label in _RESERVED or label.startswith("__"):
                problem = f"the label {name!r} has a name of the rules' own and is left out of the alerts"
                self._remark(objective, "metadata.labels", problem, "give it another name")
            elif label in found:
                problem = f"the label {name!r} has several values; the alerts bear the first"
                self._remark(objective, "metadata.labels", problem, "write one value")
            else:
                found[label] = literal(value)
        return tuple(found.items())

    def _remark(self, objective: Objective, field: str, problem: str, remedy: str) -> None:
        self.remarks.append(
            Finding(Level.WARNING, "target-cannot", objective.location, f"{objective.name} {field}", problem, remedy)
        )


def subject_of(objective: Objective, alert_labels: Labels) -> Subject:
    """What the rules of an objective speak of."""
    events = events_of(objective.indicator, (("service", objective.service), ("slo", objective.name)))
    return Subject(
        service=objective.service,
        slo=objective.name,
        base=record_base(objective),
        title=literal(objective.title),
        runbook=literal(objective.runbook),
        error_share=objective.error_share,
        period_minutes=period_minutes(objective),
        events=events,
        basis=basis_of(events, objective.budgeting),
        alerts=objective.alerts,
        alert_labels=alert_labels,
        quantile=latency_quantile(objective),
        weighs_time=objective.weighs_time,
    )


def _text(subject: Subject, objective: Objective) -> str:
    return groups_text(groups(subject, str(objective.budget_window)))


def _writes_marks(objective: Objective) -> bool:
    """Whether PromQL of the files, which stands in a template as it is, holds the mark of a place."""
    written = [alert.indicator for alert in objective.alerts if alert.indicator is not None]
    if not isinstance(objective.indicator, CounterRatio):
        written.append(objective.indicator)
    return any(MARK in repr(indicator) for indicator in written)


def _with_places(subject: Subject, objective: Objective) -> Subject:
    """The same with places for what differs between objectives of one shape."""
    events: Events = events_of(objective.indicator, (("service", Place.SERVICE), ("slo", Place.SLO)))
    if isinstance(events, Counters):
        events = Counters(Expression(Place.TOTAL), Expression(Place.PART), events.part_is_bad)
    quantile = subject.quantile and Quantile(subject.quantile.share, Expression(Place.BUCKETS))
    return replace(
        subject,
        service=Place.SERVICE,
        slo=Place.SLO,
        base=Place.BASE,
        title=Place.TITLE,
        runbook=Place.RUNBOOK if subject.runbook else "",
        events=events,
        basis=basis_of(events, objective.budgeting),
        quantile=quantile,
    )


def _values(objective: Objective, quantile: Quantile | None) -> dict[Place, str]:
    values = {
        Place.SERVICE: objective.service,
        Place.SLO: objective.name,
        Place.BASE: record_base(objective),
        Place.TITLE: escaped(literal(objective.title)),
        Place.RUNBOOK: escaped(literal(objective.runbook)),
    }
    if isinstance(objective.indicator, CounterRatio):
        values[Place.TOTAL] = selected(objective.indicator.total).text
        values[Place.PART] = selected(objective.indicator.part).text
    if quantile is not None:
        values[Place.BUCKETS] = quantile.buckets.text
    return values


def record_base(objective: Objective) -> str:
    """An objective's part of the handbook's names: `api_availability`."""
    return objective.recorded_as or _NOT_IN_NAMES.sub("_", objective.name)


def period_minutes(objective: Objective) -> int:
    """The length of the budget's window; a calendar's month counts as 30 days."""
    window = objective.budget_window
    return window.duration.minutes if isinstance(window, CalendarWindow) else window.minutes


def latency_quantile(objective: Objective) -> Quantile | None:
    """For good events out of a histogram's bucket, the quantile that the target is about."""
    indicator = objective.indicator
    if not isinstance(indicator, CounterRatio) or indicator.good is None or objective.target <= 0:
        return None
    good = indicator.good
    if not good.metric.endswith("_bucket") or not any(
        _is_bound(matcher.label, matcher.op) for matcher in good.matchers
    ):
        return None
    rest = tuple(matcher for matcher in good.matchers if matcher.label != "le")
    return Quantile(objective.target, selected(Selector(good.metric, rest)))


def _is_bound(label: str, op: MatchOp) -> bool:
    return label == "le" and op is MatchOp.EQUAL
