"""One objective as its rules speak of it."""

from dataclasses import dataclass
from fractions import Fraction

from covet_sre.integrations.prometheus.expression import Expression
from covet_sre.integrations.prometheus.rules.basis import Basis, Events
from covet_sre.integrations.prometheus.rules.names import Labels
from covet_sre.slo.burn import BurnAlert


@dataclass(frozen=True, slots=True)
class Quantile:
    """A latency quantile that an objective over a histogram implies: 95 % within a bound is about its P95."""

    share: Fraction
    buckets: Expression

    @property
    def percent(self) -> str:
        """`95`, `99`, `99_9`."""
        return f"{float(self.share) * 100:.6g}".replace(".", "_")


@dataclass(frozen=True, slots=True)
class Subject:
    """`base` is its part of the handbook's names, `period_minutes` its budget's window.

    `alert_labels` are those that its alerts bear beside service, slo and severity.
    """

    service: str
    slo: str
    base: str
    title: str
    runbook: str
    error_share: Fraction
    period_minutes: int
    events: Events
    basis: Basis
    alerts: tuple[BurnAlert, ...]
    alert_labels: Labels = ()
    quantile: Quantile | None = None
    weighs_time: bool = False

    @property
    def labels(self) -> Labels:
        """What tells its series from those of others."""
        return (("service", self.service), ("slo", self.slo))

    @property
    def own_indicator_windows(self) -> tuple[int, ...]:
        """Windows that its alerts ask for, other indicators' left out."""
        asked = [alert for alert in self.alerts if alert.indicator is None]
        return tuple(
            minutes for alert in asked for minutes in (alert.long_minutes, alert.short_minutes) if minutes is not None
        )
