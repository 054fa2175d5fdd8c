"""The dashboard of one SLO: what is left, how fast it goes, since when, and what has been alerted."""

from dataclasses import replace

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
    DATASOURCE,
    GOOD,
    GRID_COLUMNS,
    SERIOUS,
    WARN,
    Json,
    Panel,
    Query,
    Row,
    lines,
    lowest,
    named,
    no_data,
    override,
    stat,
    steps,
    timeline,
    values,
)
from covet_sre.integrations.grafana.queries import (
    CHOSEN,
    NO_EVENTS,
    Declared,
    alert_level,
    budget,
    burn,
    indicator,
    known,
    or_idle,
    per_second,
    recorded,
    slice_counts,
    window_seconds,
    worst_burn,
)
from covet_sre.slo.burn import Severity, WindowPair
from covet_sre.units import format_minutes

# A budget that lasts longer than the longest window there can be (400 days) lasts, as far as anybody can tell.
_LASTS_SECONDS = 400 * 86_400
_CLAMPED_SECONDS = 1_000_000_000


def detail_dashboard(declared: Declared) -> Dashboard:
    """The same for all SLOs: which one it shows is said by its variables."""
    width = GRID_COLUMNS // max(len(declared.pairs), 1)
    return Dashboard(
        uid=DETAIL_UID,
        title="SLO",
        about="One service level objective: its budget, how fast it burns, and its alerts.",
        variables=(
            datasource_variable(),
            label_variable("service", "Service", "label_values(covet:slo_info, service)", include_all=True),
            label_variable("slo", "SLO", 'label_values(covet:slo_info{service=~"$service"}, slo)'),
        ),
        rows=(
            Row(5, [(5, _objective()), (4, _indicator_now()), (9, _left(declared)), (6, _exhaustion(declared))]),
            Row(9, [(12, _budget()), (12, _indicator())]),
            Row(8, [(width, _burn(pair, declared)) for pair in declared.pairs]),
            Row(9, [(12, _events(declared)), (12, _alerts(declared))]),
        ),
        links=(_back(),),
        annotations=(_firing(),),
    )


def _back() -> Json:
    return {
        "title": "All SLOs",
        "type": "link",
        "icon": "arrow-left",
        "tooltip": "The list of all SLOs, worst budget first",
        "url": f"/d/{LIST_UID}?var-datasource=${{datasource}}",
        "tags": [],
        "asDropdown": False,
        "targetBlank": False,
        "includeVars": False,
        "keepTime": True,
    }


def _firing() -> Json:
    return {
        "name": "Alerts",
        "datasource": DATASOURCE,
        "enable": True,
        "hide": False,
        "iconColor": BAD,
        "target": {"refId": "Anno", "expr": f'ALERTS{{alertstate="firing",{CHOSEN}}}', "interval": "2m"},
        # Read by the Prometheus data source: how an alert is written at the mark.
        "titleFormat": "{{alertname}}",
        "textFormat": "{{severity}}",
    }


def _objective() -> Panel:
    with_title = (
        f"{recorded('slo_objective_ratio', CHOSEN)} * on (service, slo) group_left (title, window) "
        f"{recorded('slo_info', CHOSEN, by='service, slo, title, window')}"
    )
    shown = stat(
        "Objective",
        "The share of good events that is promised, and the window that it is promised over.",
        [Query(with_title, "{{title}}, {{window}}", instant=True)],
        values("percentunit"),
    )
    return replace(shown, options=shown.options | {"textMode": "value_and_name"})


def _indicator_now() -> Panel:
    return stat(
        "SLI",
        "The share of good events over the window so far. Below the objective, the budget is overspent.",
        [Query(indicator(CHOSEN), "SLI", instant=True)],
        values("percentunit", decimals=3),
    )


def _left(declared: Declared) -> Panel:
    left, share = budget(CHOSEN), f"(1 - {recorded('slo_objective_ratio', CHOSEN)})"
    return stat(
        "Error budget left",
        "What may still go wrong within the window: as a share, as the time of a total outage at average traffic, and "
        "as events. At 50 % release with care, at 10 % work on reliability alone. Below 0 it is overspent.",
        [
            Query(left, "share", instant=True),
            Query(f"{left} * {share} * ({window_seconds(declared, CHOSEN)})", "time", instant=True),
            Query(f"{left} * {share} * {recorded('slo_period_events', CHOSEN)}", "events", instant=True),
        ],
        values("percentunit", BUDGET_STEPS, 1),
        [
            override("byFrameRefID", "B", unit="s", decimals=1, thresholds=steps(lowest(BAD), (0, GOOD))),
            override("byFrameRefID", "C", unit="locale", decimals=0, thresholds=steps(lowest(BAD), (0, GOOD))),
        ],
    )


def _exhaustion(declared: Declared) -> Panel:
    window, rate = 60 * declared.usual_budget_minutes, burn(60, CHOSEN)
    # At a burn rate of 0 it lasts for ever: the division is kept finite, and what is clamped is written out.
    remaining = f"clamp_min({budget(CHOSEN)}, 0) * ({window_seconds(declared, CHOSEN)})"
    lasts = f"clamp_max({remaining} / clamp_min({rate}, 1e-9), {_CLAMPED_SECONDS})"
    mappings: list[Json] = [
        no_data(),
        named(0, "spent", BAD),
        named(NO_EVENTS, "no events"),
        {
            "type": "range",
            "options": {"from": _LASTS_SECONDS, "to": None, "result": {"text": "not at this burn", "index": 1}},
        },
    ]
    return stat(
        "Budget gone in",
        "When the budget is gone if the last hour goes on as it was: remaining × window / burn rate. "
        "Hours: stop what burns it now. Days: plan it into this week.",
        [
            Query(or_idle(lasts, rate, CHOSEN, declared), "at the burn of 1 h", instant=True),
            Query(or_idle(rate, rate, CHOSEN, declared), "burn rate 1 h", instant=True),
        ],
        values("s", steps(lowest(BAD), (window / 30, SERIOUS), (window / 4, WARN), (window, GOOD)), 1)
        | {"mappings": mappings},
        [
            override(
                "byFrameRefID",
                "B",
                unit="none",
                decimals=2,
                thresholds=steps(),
                mappings=[no_data(), named(NO_EVENTS, "no events")],
            )
        ],
    )


def _budget() -> Panel:
    return lines(
        "Error budget over time",
        "Where it falls steeply something broke: drag over that time, and compare with deployments. It grows again "
        "when bad minutes leave the window. Dashed: 50 % and 10 %.",
        [Query(budget(CHOSEN), "budget left")],
        values("percentunit", BUDGET_LINES, 1)
        | {
            "max": 1,
            "custom": {"gradientMode": "scheme", "fillOpacity": 10, "thresholdsStyle": {"mode": "dashed"}},
        },
    )


def _indicator() -> Panel:
    return lines(
        "SLI against the objective",
        "Good events over the whole window and over the last hour. Under the dashed line the promise is broken.",
        [
            Query(indicator(CHOSEN), "over the window"),
            Query(f"1 - {recorded('slo_error_ratio_rate1h', CHOSEN)}", "over 1 h"),
            Query(recorded("slo_objective_ratio", CHOSEN), "objective"),
        ],
        values("percentunit", decimals=3) | {"color": {"mode": "palette-classic"}, "max": 1},
        [_dashed("objective"), override("byName", "over 1 h", custom__lineWidth=1)],
    )


def _dashed(name: str) -> Json:
    return override(
        "byName",
        name,
        color={"mode": "fixed", "fixedColor": BAD},
        custom__lineStyle={"fill": "dash", "dash": [10, 10]},
        custom__lineWidth=1,
    )


def _burn(pair: WindowPair, declared: Declared) -> Panel:
    long, short = format_minutes(pair.long_minutes), format_minutes(pair.short_minutes)
    asks = {
        Severity.PAGE: "somebody is paged: look at what changed, roll back, then look for the cause",
        Severity.TICKET: "a ticket is opened: find the cause within days",
        Severity.WARNING: "it is shown as a warning",
    }[pair.severity]
    return lines(
        f"Burn {long} and {short} ({pair.severity})",
        f"While both lines are at or above the dashed one, and events enough, {asks}. At that burn, "
        f"{100 * pair.budget_share:g} % of the budget is gone within {long}. The long window says that it matters, the "
        "short one that it goes on.",
        [
            Query(worst_burn(pair.long_minutes, CHOSEN), long),
            Query(worst_burn(pair.short_minutes, CHOSEN), short),
            Query(alert_level(pair, declared, CHOSEN), "alert from"),
        ],
        values("none", decimals=2) | {"color": {"mode": "palette-classic"}, "min": 0},
        [_dashed("alert from"), override("byName", short, custom__lineWidth=1)],
    )


def _events(declared: Declared) -> Panel:
    bad, all_events = per_second("slo_errors_increase5m", CHOSEN), per_second("slo_events_increase5m", CHOSEN)
    queries = [Query(bad, "bad"), Query(f"{all_events} - {bad}", "good")]
    for minutes in declared.slice_minutes:
        bad_slices, good_slices = slice_counts(minutes, CHOSEN)
        queries += [Query(bad_slices, "bad share of the slice"), Query(good_slices, "good share of the slice")]
    stacked = {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 40, "lineWidth": 1}

    def coloured(names: str, colour: str) -> Json:
        return override("byRegexp", names, color={"mode": "fixed", "fixedColor": colour})

    return lines(
        "Events per second",
        "Good and bad events, stacked to all of them. Few events make ratios jump: look here before you trust a rate.",
        queries,
        values("short", decimals=2) | {"color": {"mode": "palette-classic"}, "min": 0, "custom": stacked},
        [coloured("/^bad/", BAD), coloured("/^good/", GOOD)],
    )


def _alerts(declared: Declared) -> Panel:
    def state(name: str) -> str:
        return f'max_over_time(ALERTS{{alertstate="{name}",{CHOSEN}}}[$__rate_interval])'

    alerts = f"max by (alertname, severity) (2 * {state('firing')} or {state('pending')})"
    return timeline(
        "Alerts, and what was measured",
        "Each alert of this SLO while it was pending or firing. Where the first bar has a gap nothing was measured, so "
        "no alert could fire: that is not good, it is unknown.",
        [Query(known(CHOSEN, declared), "measured"), Query(alerts, "{{alertname}} ({{severity}})")],
        {"0": ("measured", "#5794f2"), "1": ("pending", WARN), "2": ("firing", BAD)},
    )
