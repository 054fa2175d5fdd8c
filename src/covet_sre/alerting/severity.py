"""The handbook's four levels, and which of them a severity label means."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Severity(StrEnum):
    """P0 is the most urgent."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"

    @property
    def rank(self) -> int:
        """0 for P0: the lower, the more urgent."""
        return int(self.value[1])

    def outranks(self, other: "Severity") -> bool:
        """Whether it is more urgent."""
        return self.rank < other.rank


TITLES: Mapping[Severity, str] = {
    Severity.P0: "Critical",
    Severity.P1: "High",
    Severity.P2: "Medium",
    Severity.P3: "Low",
}
"""The handbook's words."""

SEVERITY_LABELS: Mapping[str, Severity] = {
    "critical": Severity.P0,
    "page": Severity.P1,
    "error": Severity.P1,
    "warning": Severity.P2,
    "ticket": Severity.P2,
    "info": Severity.P3,
    **{severity.value.lower(): severity for severity in Severity},
}
"""What the label `severity` means unless a policy says otherwise. `error` is PagerDuty's word."""

UNNAMED = Severity.P2
"""For an alert without a severity, or with one that nobody declared: seen by people, and nobody is woken."""


def most_urgent(severities: Iterable[Severity]) -> Severity:
    """Raises ValueError for none."""
    return min(severities, key=lambda severity: severity.rank)
