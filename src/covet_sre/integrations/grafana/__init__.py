"""Grafana: two dashboards, the list of all SLOs and one SLO in detail, over the series that our rules record."""

from covet_sre.budget.declaration import Declaration
from covet_sre.errors import Finding, Level
from covet_sre.flows.generating import Generated, Kind
from covet_sre.integrations.grafana.dashboard import DETAIL_UID, KIND, LIST_UID
from covet_sre.integrations.grafana.detail_dashboard import detail_dashboard
from covet_sre.integrations.grafana.list_dashboard import list_dashboard
from covet_sre.integrations.grafana.queries import window_lengths
from covet_sre.slo.objective import DEFAULT_BUDGET_WINDOW
from covet_sre.slo.window import CalendarWindow

__all__ = ["GRAFANA"]


class _Dashboards:
    """The same two files for any number of SLOs: their names come in by variables, when somebody looks."""

    kind: Kind = KIND

    def generate(self, declaration: Declaration) -> Generated:
        lengths = window_lengths(declaration.objectives)
        shortest = min(lengths.values(), default=DEFAULT_BUDGET_WINDOW.minutes)
        dashboards = {LIST_UID: list_dashboard(shortest), DETAIL_UID: detail_dashboard(lengths)}
        files = {f"{uid}{KIND.suffix}": dashboard.text() for uid, dashboard in dashboards.items()}
        return Generated(files, _remarks(declaration))


def _remarks(declaration: Declaration) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            Level.WARNING,
            "target-cannot",
            objective.location,
            "spec.timeWindow[0].calendar",
            f"Grafana shows the time that is left of {objective.name!r} as if each period had "
            f"{objective.window.duration.minutes // 1440} days",
            "read the share and the events there, which are exact; `covet-sre serve` knows each period's length",
        )
        for objective in declaration.objectives
        if isinstance(objective.window, CalendarWindow) and objective.window.duration.unit in "MQY"
    )


GRAFANA = _Dashboards()
