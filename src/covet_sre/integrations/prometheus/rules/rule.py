"""Rules of Prometheus as values, before they are text."""

from dataclasses import dataclass

from covet_sre.integrations.prometheus.expression import Expression
from covet_sre.integrations.prometheus.rules.names import Labels


@dataclass(frozen=True, slots=True)
class Recording:
    """Records an expression under a name."""

    name: str
    expression: Expression
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Alerting:
    """Fires while an expression has a value, after it had one for `for_minutes`. Annotations are Go templates."""

    name: str
    expression: Expression
    labels: Labels
    annotations: Labels
    for_minutes: int = 0


Rule = Recording | Alerting


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other, all at the same instant, every `interval_minutes`."""

    name: str
    interval_minutes: int
    rules: tuple[Rule, ...]
