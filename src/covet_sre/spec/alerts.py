"""AlertPolicy and AlertCondition documents -> burn-rate alerts."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from covet_sre.slo.burn import BurnAlert, Severity, highest_burn_rate, multi_window_alerts
from covet_sre.slo.indicator import Comparison, Indicator
from covet_sre.slo.objective import Objective
from covet_sre.slo.window import Window
from covet_sre.spec import openslo
from covet_sre.spec.annotations import Annotations, read_annotations
from covet_sre.spec.findings import Findings, Spot, listed
from covet_sre.spec.indicators import IndicatorReader
from covet_sre.spec.library import Library
from covet_sre.spec.windows import LONGEST_KEPT_MINUTES, window_minutes
from covet_sre.units import format_minutes, parse_duration

# The handbook's levels and the words that alerting tools use. P1 to P3 do not wake anybody: P1's escalation pages.
SEVERITIES: dict[str, Severity] = {
    **dict.fromkeys(("page", "critical", "p0", "emergency"), Severity.PAGE),
    **dict.fromkeys(("ticket", "high", "p1", "medium", "p2", "low", "p3", "major", "minor"), Severity.TICKET),
    **dict.fromkeys(("warning", "warn", "info"), Severity.WARNING),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as it stands in a document. `spot` is its own, `metadata` its names and annotations."""

    metadata: openslo.Metadata
    spec: openslo.AlertConditionSpec
    spot: Spot
    policy: str


@dataclass(slots=True)
class AlertReader:
    """Reads the alerts of SLOs."""

    library: Library
    indicators: IndicatorReader

    @property
    def findings(self) -> Findings:
        return self.library.findings

    def declared(self, policies: list[openslo.SLOAlertPolicy], spot: Spot) -> list[tuple[Condition, BurnAlert]]:
        """The alerts of an SLO's `alertPolicies`; `spot` is that list's."""
        alerts: list[tuple[Condition, BurnAlert]] = []
        names: dict[str, Spot] = {}
        for index, policy in enumerate(policies):
            for condition in self._policy(policy, spot / index):
                alert = self.alert(condition)
                if alert is None:
                    continue
                if alert.name in names:
                    problem = f"two alerts of this SLO are called {alert.name}"
                    self.findings.error(
                        spot / index, "reference-ambiguous", problem, "give one condition another name or displayName"
                    )
                    continue
                names[alert.name] = spot / index
                alerts.append((condition, alert))
        return alerts

    def check_unused(self) -> None:
        """Read what no SLO refers to, so that its mistakes are found too."""
        for entry, model in self.library.all_of(openslo.AlertPolicy):
            self._conditions(model.metadata, model.spec, entry.spot)
        for entry, model in self.library.all_of(openslo.AlertCondition):
            self.alert(Condition(model.metadata, model.spec, entry.spot, ""))

    def _policy(self, policy: openslo.SLOAlertPolicy, spot: Spot) -> list[Condition]:
        if policy.alert_policy_ref is not None:
            if policy.kind or policy.metadata or policy.spec:
                self._both_ways(spot, "alertPolicyRef")
                return []
            entry = self.library.find(openslo.AlertPolicy, policy.alert_policy_ref, spot / "alertPolicyRef")
            if entry is None or entry.model is None:
                return []
            return self._conditions(entry.model.metadata, entry.model.spec, entry.spot)
        if policy.kind is None or policy.metadata is None or policy.spec is None:
            self._neither_way(spot, "alertPolicyRef", "AlertPolicy")
            return []
        return self._conditions(policy.metadata, policy.spec, spot)

    def _conditions(self, metadata: openslo.Metadata, spec: openslo.AlertPolicySpec, spot: Spot) -> list[Condition]:
        read_annotations("AlertPolicy", metadata.annotations, spot / "metadata", self.findings)
        for index, target in enumerate(spec.notification_targets):
            self._target(target, spot / "spec" / "notificationTargets" / index)
        found: list[Condition] = []
        for index, condition in enumerate(spec.conditions):
            here = spot / "spec" / "conditions" / index
            if condition.condition_ref is not None:
                if condition.kind or condition.metadata or condition.spec:
                    self._both_ways(here, "conditionRef")
                    continue
                entry = self.library.find(openslo.AlertCondition, condition.condition_ref, here / "conditionRef")
                if entry is not None and entry.model is not None:
                    found.append(Condition(entry.model.metadata, entry.model.spec, entry.spot, metadata.name))
            elif condition.kind is None or condition.metadata is None or condition.spec is None:
                self._neither_way(here, "conditionRef", "AlertCondition")
            else:
                found.append(Condition(condition.metadata, condition.spec, here, metadata.name))
        if spec.alert_when_breaching is False:
            problem = "alertWhenBreaching is false: this alert never fires"
            self.findings.warning(spot / "spec" / "alertWhenBreaching", "no-effect", problem, "remove the line")
            return []
        return found

    def _target(self, target: openslo.PolicyTarget, spot: Spot) -> None:
        if target.target_ref is not None:
            if target.kind or target.metadata or target.spec:
                self._both_ways(spot, "targetRef")
                return
            self.library.find(openslo.AlertNotificationTarget, target.target_ref, spot / "targetRef")
        elif target.kind is None or target.metadata is None or target.spec is None:
            self._neither_way(spot, "targetRef", "AlertNotificationTarget")

    def alert(self, condition: Condition) -> BurnAlert | None:
        """The alert of one condition, or None with findings."""
        spot, test = condition.spot / "spec", condition.spec.condition
        annotations = read_annotations(
            "AlertCondition", condition.metadata.annotations, condition.spot / "metadata", self.findings
        )
        severity = SEVERITIES.get(condition.spec.severity.lower())
        if severity is None:
            problem = f"severity {condition.spec.severity[:40]!r} is unknown here; it is taken as a ticket"
            self.findings.warning(
                spot / "severity", "severity-unknown", problem, f"write one of {listed([*SEVERITIES])}"
            )
            severity = Severity.TICKET
        if test.op in ("lt", "lte"):
            problem = f"op: {test.op} fires while the service is healthy"
            self.findings.warning(spot / "condition" / "op", "fires-when-healthy", problem, "write op: gt or op: gte")
        if test.threshold < 0 or (test.threshold == 0 and test.op == "gte"):
            problem = f"a burn rate is always at least {test.threshold:g}"
            self.findings.error(spot / "condition" / "threshold", "value-wrong", problem, "write a number above 0")
            return None
        long_minutes = parse_duration(test.lookback_window).minutes
        if long_minutes > LONGEST_KEPT_MINUTES:
            here, problem = spot / "condition" / "lookbackWindow", "is longer than the ledger keeps (400 days)"
            self.findings.error(here, "window-long", problem, "write a window of at most 400d")
            return None
        short_minutes = annotations.get("short-window", None)
        if short_minutes is not None and short_minutes >= long_minutes:
            here = condition.spot / "metadata" / "annotations" / "covet-sre/short-window"
            problem = f"is no shorter than lookbackWindow ({test.lookback_window})"
            self.findings.error(here, "value-wrong", problem, "write for example a twelfth of it")
            return None
        indicator, is_known = self._other_indicator(condition, annotations)
        if not is_known:
            return None
        return BurnAlert(
            name=alert_name(condition.metadata),
            severity=severity,
            threshold=float(test.threshold),
            long_minutes=long_minutes,
            short_minutes=short_minutes,
            op=Comparison(test.op),
            for_minutes=parse_duration(test.alert_after).minutes if test.alert_after else 0,
            indicator=indicator,
            min_bad=annotations.get("min-bad-events", 0),
            confidence=annotations.get("confidence", None),
            policy=condition.policy,
            description=condition.spec.description or "",
        )

    def _other_indicator(self, condition: Condition, annotations: Annotations) -> tuple[Indicator | None, bool]:
        """The indicator that `covet-sre/sli` names, and whether all is well."""
        name = annotations.get("sli", "")
        if not name:
            return None, True
        here = condition.spot / "metadata" / "annotations" / "covet-sre/sli"
        entry = self.library.find(openslo.SLI, name, here)
        if entry is None or entry.model is None:
            return None, False
        if entry.model.spec.threshold_metric:
            problem = f"the SLI {name!r} is a thresholdMetric, whose bound only an objective has"
            self.findings.error(here, "contradiction", problem, "name an SLI with a ratioMetric")
            return None, False
        indicator = self.indicators.indicator(entry.model.spec, entry.spot / "spec", None)
        return indicator, indicator is not None

    def _both_ways(self, spot: Spot, reference: str) -> None:
        problem = f"has {reference} beside kind, metadata and spec"
        self.findings.error(spot, "contradiction", problem, f"keep {reference}, or write the object in place")

    def _neither_way(self, spot: Spot, reference: str, kind: str) -> None:
        problem = f"has neither {reference} nor a whole object"
        self.findings.error(
            spot, "contradiction", problem, f"write {reference}: NAME, or kind: {kind}, metadata and spec"
        )


def alert_name(metadata: openslo.Metadata) -> str:
    """displayName if it is one word, else the name in PascalCase: `api-budget-high` is `ApiBudgetHigh`."""
    if metadata.display_name and re.match(r"[A-Za-z_][A-Za-z0-9_]*\Z", metadata.display_name):
        return metadata.display_name
    return "".join(part[:1].upper() + part[1:] for part in metadata.name.split("-"))


@lru_cache(maxsize=1024)
def default_alerts(window: Window) -> tuple[BurnAlert, ...]:
    """The multi-window alerts for a budget over `window`."""
    return multi_window_alerts(window_minutes(window))


def look_at_alerts(objective: Objective, spot: Spot, declared: list[Condition], findings: Findings) -> None:
    """Warn of alerts that can never fire at this objective's target. `spot` is the objective's."""
    highest = _highest(objective.target.numerator, objective.target.denominator)
    for alert in objective.alerts:
        can_fire = highest > alert.threshold or (alert.op is Comparison.GTE and highest >= alert.threshold)
        if can_fire or alert.op in (Comparison.LT, Comparison.LTE):
            continue
        condition = {alert_name(each.metadata): each for each in declared}.get(alert.name)
        problem = (
            f"the alert {alert.name} (burn rate {alert.threshold:g} over {format_minutes(alert.long_minutes)}) "
            f"can never fire at {float(objective.target) * 100:g} %: a total outage is a burn rate of {highest:.4g}"
        )
        if condition:
            here = condition.spot / "spec" / "condition" / "threshold"
            findings.warning(here, "never-fires", problem, f"write a threshold below {highest:.4g}")
        else:
            remedy = (
                'set the annotation covet-sre/burn-rate-alerts: "off" and give the SLO alertPolicies of its own, '
                "or raise the target"
            )
            findings.warning(spot, "never-fires", problem, remedy)


# A fraction's own hash takes longer than those of its two numbers.
@lru_cache(maxsize=1024)
def _highest(numerator: int, denominator: int) -> float:
    return highest_burn_rate(float(1 - Fraction(numerator, denominator)))
