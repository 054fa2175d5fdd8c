"""Burn-rate alerts -> the alert policies of an OpenSLO SLO."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from covet_sre.slo.burn import BurnAlert
from covet_sre.slo.indicator import Indicator
from covet_sre.slo.objective import Objective
from covet_sre.spec.alerts import default_alerts
from covet_sre.spec.exporting.openslo_indicators import indicator_spec
from covet_sre.spec.writing import decimal
from covet_sre.units import format_minutes

Values = dict[str, object]

# A Declaration holds no notification targets: alerts go where Covet SRE shows them.
_TARGET: Values = {
    "kind": "AlertNotificationTarget",
    "metadata": {"name": "covet-sre"},
    "spec": {"target": "covet-sre"},
}


@dataclass(slots=True)
class SharedIndicators:
    """SLI documents for alerts that are on other events than their SLO's, by name."""

    documents: dict[str, Values] = field(default_factory=dict[str, Values])

    def name(self, indicator: Indicator, wanted: str) -> str:
        """The name of the SLI with this indicator, which is made when there is none yet."""
        spec = indicator_spec(indicator)
        for name, document in self.documents.items():
            if document["spec"] == spec:
                return name
        name, number = wanted, 2
        while name in self.documents:
            name, number = f"{wanted[:58]}-{number}", number + 1
        self.documents[name] = {"apiVersion": "openslo/v1", "kind": "SLI", "metadata": {"name": name}, "spec": spec}
        return name


def split_defaults(objective: Objective) -> tuple[Sequence[BurnAlert], bool]:
    """The alerts that must be written, and whether the default ones stand behind them."""
    defaults = default_alerts(objective.budget_window)
    for count in range(len(objective.alerts) + 1):
        written, rest = objective.alerts[:count], objective.alerts[count:]
        taken = {alert.name for alert in written}
        if rest == tuple(alert for alert in defaults if alert.name not in taken):
            return written, True
    return objective.alerts, False


def policy(alert: BurnAlert, indicators: SharedIndicators) -> Values:
    """An AlertPolicy as it is written in place."""
    annotations: Values = {}
    if alert.short_minutes is not None:
        annotations["covet-sre/short-window"] = format_minutes(alert.short_minutes)
    if alert.indicator is not None:
        annotations["covet-sre/sli"] = indicators.name(alert.indicator, condition_name(alert.name))
    if alert.min_bad:
        annotations["covet-sre/min-bad-events"] = str(alert.min_bad)
    if alert.confidence is not None:
        annotations["covet-sre/confidence"] = decimal(alert.confidence)
    test: Values = {"kind": "burnrate", "op": alert.op.value, "threshold": _number(alert.threshold)}
    test["lookbackWindow"] = format_minutes(alert.long_minutes)
    if alert.for_minutes:
        test["alertAfter"] = format_minutes(alert.for_minutes)
    spec: Values = {"description": alert.description} if alert.description else {}
    spec |= {"severity": alert.severity.value, "condition": test}
    metadata: Values = {"name": condition_name(alert.name)}
    if _WORD.match(alert.name):
        metadata["displayName"] = alert.name
    if annotations:
        metadata["annotations"] = annotations
    condition = {"kind": "AlertCondition", "metadata": metadata, "spec": spec}
    conditions: Values = {"conditions": [condition], "notificationTargets": [_TARGET]}
    return {"kind": "AlertPolicy", "metadata": {"name": alert.policy or condition_name(alert.name)}, "spec": conditions}


_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def condition_name(alert: str) -> str:
    """A condition's name: `api-budget-high` for `APIBudgetHigh`.

    An alert that is no word has its name of the condition's: each capital in it began a word there.
    """
    borders = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])" if _WORD.match(alert) else r"(?<!\A)(?=[A-Z])"
    words = re.sub(borders, "-", alert).lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:63].strip("-") or "alert"


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
