"""Grafana: two dashboards, the list of all SLOs and one SLO in detail, over the series that our rules record."""

from covet_sre.errors import Finding, Level
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.generating import Generated, Kind
from covet_sre.integrations.grafana.dashboard import DETAIL_UID, KIND, LIST_UID
from covet_sre.integrations.grafana.detail_dashboard import detail_dashboard
from covet_sre.integrations.grafana.list_dashboard import list_dashboard
from covet_sre.integrations.grafana.queries import Declared
from covet_sre.slo.window import CalendarWindow
from covet_sre.units import format_minutes

__all__ = ["GRAFANA"]


class _Dashboards:
    """The same two files for any number of SLOs: their names come in by variables, when somebody looks."""

    kind: Kind = KIND

    def generate(self, declaration: Declaration) -> Generated:
        declared = Declared.of(declaration.objectives)
        dashboards = {LIST_UID: list_dashboard(declared), DETAIL_UID: detail_dashboard(declared)}
        files = {f"{uid}{KIND.suffix}": dashboard.text() for uid, dashboard in dashboards.items()}
        return Generated(files, _remarks(declaration))


def _remarks(declaration: Declaration) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            Level.WARNING,
            "target-cannot",
            objective.location,
            "timeWindow",
            f"Prometheus has no calendar: the dashboards show a budget of {objective.name!r} that runs over the last "
            f"{format_minutes(objective.budget_window.duration.minutes)}",
            "look at covet-sre's own pages where the calendar matters",
        )
        for objective in declaration.objectives
        if isinstance(objective.budget_window, CalendarWindow)
    )


GRAFANA = _Dashboards()
