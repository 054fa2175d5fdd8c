"""Burn-rate alerts of other tools -> AlertPolicy documents, one for all SLOs of a service that have the same alert."""

from dataclasses import dataclass, field

from covet_sre.spec.findings import Spot
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.documents import Values, document
from covet_sre.spec.importing.names import our_name
from covet_sre.units import format_minutes


@dataclass(frozen=True, slots=True)
class Burn:
    """An alert on the burn rate over two windows. `alert` is its name, one word; `has_guards`: as our defaults have."""

    alert: str
    severity: str
    threshold: float
    long_minutes: int
    short_minutes: int
    for_minutes: int = 0
    has_guards: bool = False


@dataclass(slots=True)
class AlertPolicies:
    """The policies made so far. `target` is what they tell."""

    target: str
    into: Collection
    _names: dict[tuple[str, Burn], str] = field(default_factory=dict[tuple[str, Burn], str])

    def name(self, service: str, burn: Burn, spot: Spot) -> str:
        """The name of the policy for this alert, which is made when there is none yet."""
        known = self._names.get((service, burn))
        if known is not None:
            return known
        windows = f"{format_minutes(burn.long_minutes)}-{format_minutes(burn.short_minutes)}"
        name = our_name(service, burn.severity, windows)
        number = 2
        while name in self._names.values():
            name, number = our_name(service, burn.severity, windows, str(number)), number + 1
        self._names[service, burn] = name
        self.into.add(_policy(name, burn, self.target), service, spot)
        return name


def _policy(name: str, burn: Burn, target: str) -> Values:
    annotations = {"covet-sre/short-window": format_minutes(burn.short_minutes)}
    if burn.has_guards:
        annotations |= {"covet-sre/min-bad-events": "5", "covet-sre/confidence": "0.95"}
    test: Values = {"kind": "burnrate", "op": "gt", "threshold": burn.threshold}
    test["lookbackWindow"] = format_minutes(burn.long_minutes)
    if burn.for_minutes:
        test["alertAfter"] = format_minutes(burn.for_minutes)
    condition = {
        "kind": "AlertCondition",
        "metadata": {"name": name, "displayName": burn.alert, "annotations": annotations},
        "spec": {"severity": burn.severity, "condition": test},
    }
    told = {
        "kind": "AlertNotificationTarget",
        "metadata": {"name": our_name(target)},
        "spec": {"target": target},
    }
    return document("AlertPolicy", name, {"conditions": [condition], "notificationTargets": [told]})
