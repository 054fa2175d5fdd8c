"""The dashboard of all SLOs: how many are in trouble, and which, worst first."""

from covet_sre.integrations.grafana.dashboard import (
    DETAIL_UID,
    LIST_UID,
    Dashboard,
    datasource_variable,
    label_variable,
)
from covet_sre.integrations.grafana.panels import (
    BAD,
    BUDGET_LINES,
    BUDGET_STEPS,
    GOOD,
    SERIOUS,
    WARN,
    Column,
    Json,
    Panel,
    Query,
    Row,
    lines,
    lowest,
    named,
    no_data,
    stat,
    steps,
    table,
    values,
)
from covet_sre.integrations.grafana.queries import (
    BY_SLICES,
    LISTED,
    NO_EVENTS,
    PAGES,
    Declared,
    budget,
    burn,
    counted,
    indicator,
    measured,
    or_idle,
    recorded,
    unmeasured,
)
from covet_sre.slo.burn import MULTI_WINDOW_PAIRS, burn_threshold

_DETAIL = (
    f"/d/{DETAIL_UID}?var-datasource=${{datasource}}&var-service=${{__data.fields.service}}"
    "&var-slo=${__data.fields.slo}&${__url_time_range}"
)


def list_dashboard(declared: Declared) -> Dashboard:
    """The same for any number of SLOs."""
    return Dashboard(
        uid=LIST_UID,
        title="SLOs",
        about="All service level objectives, the worst error budget first.",
        variables=(
            datasource_variable(),
            label_variable("service", "Service", "label_values(covet:slo_info, service)", multi=True, include_all=True),
        ),
        rows=(
            Row(4, [(6, tile) for tile in _tiles(declared)]),
            Row(14, [(24, _table(declared))]),
            Row(10, [(24, _worst_budgets())]),
        ),
    )


def _tiles(declared: Declared) -> tuple[Panel, ...]:
    every, left = recorded("slo_info", LISTED), budget(LISTED)
    paging = f'ALERTS{{alertstate="firing",{PAGES},slo!="",{LISTED}}}'
    alarming = values("short", steps((1, BAD)))
    return (
        stat(
            "Objectives",
            "All that are declared, measured or not. No data: Prometheus has not loaded the generated rules.",
            [Query(f"count({every})", instant=True)],
            values("short"),
        ),
        stat(
            "Budget at 10 % or less",
            "Of those whose budget is known. Their teams work on reliability alone until the budget has recovered.",
            [Query(counted(f"{left} <= 0.1", left), instant=True)],
            alarming,
        ),
        stat(
            "Pages firing",
            "Alerts that wake somebody: follow the first lines of the table. 0 says that none fires, not that all is "
            "measured.",
            [Query(counted(paging, every), instant=True)],
            alarming,
        ),
        stat(
            "Without data",
            "Nothing measured for 10 minutes, or no budget known: neither good nor bad. Look whether the targets are "
            "scraped and the selectors still match: `covet-sre validate --prometheus`.",
            [Query(counted(unmeasured(LISTED, declared), every), instant=True)],
            values("short", steps((1, SERIOUS))),
        ),
    )


def _table(declared: Declared) -> Panel:
    def asked(expr: str) -> Query:
        return Query(expr, instant=True, table=True)

    rate = burn(60, LISTED)
    percent: Json = {"unit": "percentunit", "decimals": 3, "custom__width": 110}
    link = {"title": "Open this SLO", "url": _DETAIL, "targetBlank": False}
    columns = (
        Column("Service", label="service", shown={"custom__minWidth": 120}),
        Column("SLO", label="slo", shown={"links": [link], "custom__minWidth": 200}),
        Column("Window", label="window", shown={"custom__width": 100}),
        Column("Target", query=asked(recorded("slo_objective_ratio", LISTED)), shown=percent),
        Column("SLI", query=asked(indicator(LISTED)), shown=percent),
        Column("Budget left", query=asked(_budget_of_measured(declared)), shown=_gauge()),
        Column(
            "Burn 1 h",
            query=asked(or_idle(rate, rate, LISTED, declared)),
            shown=_burn_colours(declared.usual_budget_minutes),
        ),
        Column("Events/s", query=asked(measured(LISTED, declared)), shown=_EVENTS),
        Column("Alerts firing", query=asked(_firing()), shown=_alert_colours()),
    )
    return table(
        "Objectives, worst budget first",
        "Start at the top: click an SLO to see how fast its budget goes and since when. Grey `no data` is unknown, not "
        "good. A budget below 0 is overspent. A burn of 1 spends exactly the budget over its window.",
        asked(recorded("slo_info", LISTED, by="service, slo, window")),
        columns,
        sort_by="Budget left",
    )


def _budget_of_measured(declared: Declared) -> str:
    """Nothing for what is not measured now, which then stands on top: an old number must not look like a new one."""
    return f"{budget(LISTED)} and ({measured(LISTED, declared)})"


def _gauge() -> Json:
    return {
        "unit": "percentunit",
        "decimals": 1,
        "min": 0,
        "max": 1,
        "thresholds": BUDGET_STEPS,
        "custom__cellOptions": {"type": "gauge", "mode": "basic", "valueDisplayMode": "color"},
        "custom__minWidth": 220,
    }


_EVENTS: Json = {
    "decimals": 2,
    "mappings": [
        no_data(),
        named(BY_SLICES, "by slices"),
    ],
    "custom__width": 110,
}


def _burn_colours(budget_minutes: int) -> Json:
    """They begin where the alerts of the usual budget begin: a column has one scale for all rows."""
    fast, slow, ticket, slowest = (burn_threshold(pair, budget_minutes) for pair in MULTI_WINDOW_PAIRS)
    coloured = steps(lowest(GOOD), (slowest, WARN), (ticket, "dark-yellow"), (slow, SERIOUS), (fast, BAD))
    return {
        "decimals": 2,
        "mappings": [no_data(), named(NO_EVENTS, "no events")],
        "thresholds": coloured,
        "custom__cellOptions": {"type": "color-text"},
        "custom__width": 100,
    }


def _firing() -> str:
    return f'count by (service, slo) (ALERTS{{alertstate="firing",slo!="",{LISTED}}})'


def _alert_colours() -> Json:
    return {
        # Prometheus has no series for an alert that does not fire: nothing is known here, and it is none.
        "mappings": [no_data("none")],
        "thresholds": steps((1, BAD)),
        "custom__cellOptions": {"type": "color-text"},
        "custom__width": 120,
    }


def _worst_budgets() -> Panel:
    # The ten that are worst at the end of the time range, over all of it: bottomk alone would choose anew at each step.
    worst = f"{budget(LISTED)} and bottomk(10, {budget(LISTED, at=' @ end()')})"
    return lines(
        "Error budgets of the ten worst",
        "A steep fall is an incident, a slope is a slow burn. A line that breaks off was not measured.",
        [Query(worst, "{{slo}}")],
        values("percentunit", BUDGET_LINES, 1)
        | {
            "color": {"mode": "palette-classic"},
            "max": 1,
            "custom": {"thresholdsStyle": {"mode": "dashed"}, "axisLabel": "budget left"},
        },
    )
