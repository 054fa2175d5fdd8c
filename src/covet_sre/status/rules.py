"""How what is measured and what people declared inside becomes a component's state: a table, not code."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from covet_sre.status.states import ComponentState, worst


class Sign(StrEnum):
    """What bears on a component's state."""

    INCIDENT = "incident"
    ALERT = "alert"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class StateRule:
    """When a sign of this kind and level is there, the component is at least this bad.

    `level` is a severity of incidents (`P0`), a severity of burn-rate alerts (`page`), or a tier of the budget's policy
    (`exhausted`). With `errors_above`, an alert counts only while more than this share of events fails in its short
    window.
    """

    sign: Sign
    level: str
    state: ComponentState
    errors_above: float = 0.0

    def fits(self, evidence: "Evidence") -> bool:
        if (evidence.sign, evidence.level) != (self.sign, self.level):
            return False
        return self.errors_above == 0 or (evidence.errors is not None and evidence.errors > self.errors_above)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sign that is there now. `errors` is the share of events that fail, where that is known.

    `since` is in seconds since the epoch.
    """

    sign: Sign
    level: str
    since: float
    errors: float | None = None


DEFAULT_RULES = (
    StateRule(Sign.INCIDENT, "P0", ComponentState.MAJOR_OUTAGE),
    StateRule(Sign.INCIDENT, "P1", ComponentState.PARTIAL_OUTAGE),
    StateRule(Sign.INCIDENT, "P2", ComponentState.DEGRADED_PERFORMANCE),
    StateRule(Sign.ALERT, "page", ComponentState.DEGRADED_PERFORMANCE),
    StateRule(Sign.ALERT, "page", ComponentState.PARTIAL_OUTAGE, errors_above=0.1),
    StateRule(Sign.ALERT, "page", ComponentState.MAJOR_OUTAGE, errors_above=0.5),
)
"""For components whose files give no rules; the reasons stand in docs/status-page.md.

P3, tickets and an exhausted budget are missing on purpose: nobody outside notices them, and a budget tells of the past.
"""


def state_by(rules: Iterable[StateRule], evidence: Iterable[Evidence]) -> tuple[ComponentState, float | None]:
    """The worst state that any rule gives, and since when; operational, and None, where no rule fits."""
    found = [(rule.state, one.since) for one in evidence for rule in rules if rule.fits(one)]
    state = worst(state for state, _ in found)
    return state, min((since for which, since in found if which is state), default=None)
