"""Everything that one backtest found out, in one value for every way of telling it."""

from dataclasses import dataclass

from covet_sre.budget.backtest import Record, TriedPolicy
from covet_sre.budget.incident import Incident
from covet_sre.budget.outcome import Outcome
from covet_sre.budget.suggesting import Proposal


@dataclass(frozen=True, slots=True)
class Trial:
    """`outcomes` stand in the order of the policies, then of the objectives. `remarks` are whole sentences."""

    record: Record
    source: str
    policies: tuple[TriedPolicy, ...]
    outcomes: tuple[Outcome, ...]
    incidents: tuple[Incident, ...] | None
    proposals: tuple[Proposal, ...] = ()
    remarks: tuple[str, ...] = ()

    def of(self, policy: TriedPolicy) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.policy == policy.name]
