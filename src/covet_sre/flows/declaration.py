"""Everything that a set of reliability files declares, as one frozen value."""

from dataclasses import dataclass, field

from covet_sre.budget.policy import HANDBOOK_POLICY, BudgetPolicy
from covet_sre.catalog.service import Service
from covet_sre.catalog.source import DataSource
from covet_sre.errors import Finding
from covet_sre.incident.rules import Rules
from covet_sre.slo.burn import BurnAlert
from covet_sre.slo.objective import Objective


@dataclass(frozen=True, slots=True)
class Declaration:
    """Names are unique within each tuple; every reference resolves. `warnings` are shown, never fatal.

    `alert_policies` are those that stand in documents of their own, by name, whether an objective has them or not.
    `rules` are those of alerts, people and incidents.
    """

    services: tuple[Service, ...] = ()
    sources: tuple[DataSource, ...] = ()
    objectives: tuple[Objective, ...] = ()
    policies: tuple[BudgetPolicy, ...] = ()
    alert_policies: tuple[tuple[str, tuple[BurnAlert, ...]], ...] = ()
    warnings: tuple[Finding, ...] = ()
    rules: Rules = field(default_factory=Rules)

    def policy_for(self, objective: Objective) -> BudgetPolicy:
        """The policy that names the SLO, else the one that names its service, else the general one."""
        general = HANDBOOK_POLICY
        by_service = None
        for policy in self.policies:
            if objective.slo in policy.slos:
                return policy
            if objective.service in policy.services:
                by_service = by_service or policy
            elif not policy.slos and not policy.services:
                general = policy
        return by_service or general
