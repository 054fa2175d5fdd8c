"""Which policies are tried: the files' own, one of their AlertPolicies by name, or one that is built in."""

from collections.abc import Sequence
from dataclasses import replace

import click

from covet_sre.budget.backtest import TriedPolicy
from covet_sre.flows.declaration import Declaration
from covet_sre.slo.approaches import APPROACHES
from covet_sre.slo.objective import Objective
from covet_sre.spec.findings import did_you_mean
from covet_sre.spec.windows import window_minutes

DECLARED = "declared"


def chosen_policies(names: Sequence[str], declaration: Declaration) -> list[TriedPolicy]:
    """The policies of these names; the declared alerts without any. Raises UsageError for an unknown one."""
    return [_policy(name, declaration) for name in dict.fromkeys(names or (DECLARED,))]


def _policy(name: str, declaration: Declaration) -> TriedPolicy:
    objectives = declaration.objectives
    if name == DECLARED:
        return TriedPolicy(name, "the alerts that the files give each objective", tuple(o.alerts for o in objectives))
    if (approach := APPROACHES.get(name)) is not None:
        alerts = tuple(approach.alerts(budget_minutes(objective)) for objective in objectives)
        return TriedPolicy(name, approach.title, alerts)
    files = dict(declaration.alert_policies)
    if name in files:
        return TriedPolicy(name, "an AlertPolicy of the files, for every objective", (files[name],) * len(objectives))
    known = (DECLARED, *APPROACHES, *files)
    raise click.UsageError(f"--policy {name!r} is unknown: {did_you_mean(name, known)}")


def budget_minutes(objective: Objective) -> int:
    """As for the default alerts: a calendar month counts with its nominal length."""
    return window_minutes(objective.budget_window)


def with_all_alerts(declaration: Declaration, policies: Sequence[TriedPolicy]) -> Declaration:
    """The declaration as it must be read, so that every alert of every policy finds what it watches."""
    objectives = tuple(
        replace(objective, alerts=tuple(alert for policy in policies for alert in policy.alerts[position]))
        for position, objective in enumerate(declaration.objectives)
    )
    return replace(declaration, objectives=objectives)
