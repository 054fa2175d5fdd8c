"""What the dashboards ask is answered by a real Prometheus: right numbers, and nothing where nothing is known."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import promql_parser
import pytest

from servers.dashboards import DETAIL, LIST, MIXED, Json, generated, panel
from servers.prometheus import PrometheusServer

NOW = 1_790_000_000 // 60 * 60
MINUTES = 180


@dataclass(frozen=True)
class Recorded:
    """What the rules have recorded of an SLO, at each minute of three hours."""

    window: str = "30d"
    events: float | None = None
    errors: float = 0.0
    burns: float | None = 0.0
    period_events: float | None = 1e6
    period_error_ratio: float = 0.0
    firing: tuple[tuple[str, str], ...] = ()
    gone_minutes: int = 0
    slices: bool = False


RATES = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
ERROR_SHARE = 0.001
SLOS = {
    "healthy": Recorded(events=3000, errors=0.3, burns=0.1, period_error_ratio=0.0002),
    "burning": Recorded(
        "28d",
        events=600,
        errors=12,
        burns=20,
        period_error_ratio=0.002,
        firing=(("ErrorBudgetBurn1h", "critical"), ("ErrorBudgetBurn1d", "ticket")),
    ),
    "brief": Recorded("2d", events=1500, errors=1.5, burns=1, period_error_ratio=0.0001),
    "sliced": Recorded(events=1, errors=0, period_error_ratio=0.0005, period_events=8640, slices=True),
    # Measured, and nobody asked: no events, so no ratios.
    "idle": Recorded(events=0, burns=None, period_error_ratio=0.0003),
    # The rules have been loaded just now: nothing is recorded of the whole window.
    "young": Recorded(events=900, errors=1.8, burns=2, period_events=None),
    "gone": Recorded(events=300, errors=0, period_error_ratio=0.0001, gone_minutes=60),
    "silent": Recorded(),
}


def history() -> str:
    """The recorded series of all SLOs as OpenMetrics, metric by metric."""
    series: dict[str, list[tuple[str, float, int]]] = {}

    def add(name: str, labels: str, value: float, until: int = 0) -> None:
        series.setdefault(name, []).append((labels, value, until))

    for name, slo in SLOS.items():
        labels = f'service="api",slo="{name}"'
        add("covet:slo_info", f'{labels},window="{slo.window}",objective="99.9",title="Title of {name}"', 1)
        add("covet:slo_objective_ratio", labels, 1 - ERROR_SHARE)
        if slo.events is None:
            continue
        bad, whole = (
            ("slo_bad_slices5m", "slo_slices5m") if slo.slices else ("slo_errors_increase5m", "slo_events_increase5m")
        )
        add(f"covet:{bad}", labels, slo.errors, slo.gone_minutes)
        add(f"covet:{whole}", labels, slo.events, slo.gone_minutes)
        for rate in RATES if slo.burns is not None else ():
            add(f"covet:slo_error_ratio_rate{rate}", labels, slo.burns * ERROR_SHARE, slo.gone_minutes)
        if slo.period_events is None:
            continue
        add("covet:slo_period_events", labels, slo.period_events)
        add("covet:slo_period_error_ratio", labels, slo.period_error_ratio)
        add("covet:slo_error_budget_remaining_ratio", labels, 1 - slo.period_error_ratio / ERROR_SHARE)
        for alert, severity in slo.firing:
            add("ALERTS", f'{labels},alertname="{alert}",severity="{severity}",alertstate="firing"', 1)
    add("ALERTS", 'alertname="Other",severity="critical",alertstate="firing"', 1)
    lines: list[str] = []
    for name, each in series.items():
        lines.append(f"# TYPE {name} gauge")
        for labels, value, until in each:
            lines += [f"{name}{{{labels}}} {value} {NOW - 60 * minute}" for minute in range(MINUTES, until - 1, -1)]
    return "\n".join([*lines, "# EOF\n"])


@pytest.fixture(scope="module")
def server(prometheus: Callable[..., PrometheusServer]) -> PrometheusServer:
    return prometheus(history=history())


def asked(server: PrometheusServer, path: str, **parameters: object) -> Any:
    address = f"{server.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{parameters}: {error.read().decode()}") from error


def substituted(expr: str, slo: str = "", service: str = ".*") -> str:
    """As Grafana fills in the variables at a step of two minutes."""
    return expr.replace("$__rate_interval", "135s").replace("$service", service).replace("$slo", slo)


def instant(server: PrometheusServer, expr: str, slo: str = "") -> list[tuple[dict[str, str], float]]:
    found = asked(server, "query", query=substituted(expr, slo), time=NOW)["result"]
    return [(each["metric"], float(each["value"][1])) for each in found]


def over_time(server: PrometheusServer, expr: str, slo: str = "") -> list[tuple[dict[str, str], list[float]]]:
    bounds = {"start": NOW - 7200, "end": NOW, "step": 120}
    found = asked(server, "query_range", query=substituted(expr, slo), **bounds)["result"]
    return [(each["metric"], [float(value) for _, value in each["values"]]) for each in found]


MIXED_LIST, MIXED_DETAIL = generated(MIXED)[LIST], generated(MIXED)[DETAIL]
QUERIES = [
    pytest.param(each, target, id=f"{each['title']}, {target['refId']}")
    for whole in (MIXED_LIST, MIXED_DETAIL)
    for each in whole["panels"]
    for target in each["targets"]
]
DETAILS = [each for each in QUERIES if "$slo" in each.values[1]["expr"]]  # type: ignore[index]

#: Facts of the declaration, which are known however little is measured.
DECLARED = {"{{title}}, {{window}}", "objective", "alert from"}


@pytest.mark.parametrize(("of", "target"), QUERIES)
def test_every_expression_is_promql(of: Json, target: Json) -> None:
    promql_parser.parse(substituted(target["expr"], "healthy"))


@pytest.mark.prometheus
@pytest.mark.parametrize("name", ["healthy", "burning"])
@pytest.mark.parametrize(("of", "target"), DETAILS)
def test_every_panel_has_data_of_a_measured_slo(server: PrometheusServer, of: Json, target: Json, name: str) -> None:
    legend = target["legendFormat"]
    if target["instant"]:
        answers: list[Any] = instant(server, target["expr"], name)
    else:
        answers = over_time(server, target["expr"], name)
    if "{{alertname}}" in legend:
        assert len(answers) == len(SLOS[name].firing)
    elif "of the slice" in legend:
        assert answers == []
    else:
        [(labels, values)] = answers
        assert (labels.get("service"), labels.get("slo")) == ("api", name)
        assert target["instant"] or len(values) == 61
    for labels, _ in answers:
        assert set(re.findall(r"{{(\w+)}}", legend)) <= set(labels)


@pytest.mark.prometheus
@pytest.mark.parametrize(("of", "target"), DETAILS)
def test_no_panel_has_data_of_an_slo_that_is_not_measured(server: PrometheusServer, of: Json, target: Json) -> None:
    answers = instant(server, target["expr"], "silent")
    assert len(answers) == (1 if target["legendFormat"] in DECLARED else 0)


def tile(server: PrometheusServer, title: str) -> float | None:
    [target] = panel(MIXED_LIST, title)["targets"]
    answers = instant(server, target["expr"])
    assert len(answers) <= 1
    return answers[0][1] if answers else None


@pytest.mark.prometheus
def test_the_tiles_count(server: PrometheusServer) -> None:
    assert tile(server, "Objectives") == 8
    assert tile(server, "Budget at 10 % or less") == 1
    assert tile(server, "Pages firing") == 1
    assert tile(server, "Without data") == 3


@pytest.mark.prometheus
def test_without_rules_nothing_is_counted_and_nothing_is_0(prometheus: Callable[..., PrometheusServer]) -> None:
    other = prometheus(history=f"# TYPE up gauge\nup 1 {NOW}\n# EOF\n")
    for title in ("Objectives", "Budget at 10 % or less", "Pages firing", "Without data"):
        assert tile(other, title) is None


def table(server: PrometheusServer) -> dict[str, dict[str, float]]:
    """Rows by SLO, as Grafana merges them: columns by their titles."""
    of = panel(MIXED_LIST, "Objectives, worst budget first")
    titles = {
        override["matcher"]["options"]: one["value"]
        for override in of["fieldConfig"]["overrides"]
        for one in override["properties"]
        if one["id"] == "displayName"
    }
    rows: dict[str, dict[str, float]] = {}
    for target in of["targets"]:
        for labels, value in instant(server, target["expr"]):
            assert {"service", "slo"} <= set(labels) <= {"service", "slo", "window"}
            assert (labels["service"], target["format"]) == ("api", "table")
            row = rows.setdefault(labels["slo"], {})
            row[titles.get(f"Value #{target['refId']}", "declared")] = value
    return rows


@pytest.mark.prometheus
def test_the_table_is_right_and_leaves_open_what_is_unknown(server: PrometheusServer) -> None:
    known = {"declared": 1.0, "Target": 0.999}
    expected = {
        "healthy": known | {"SLI": 0.9998, "Budget left": 0.8, "Burn 1 h": 0.1, "Events/s": 10},
        "burning": known | {"SLI": 0.998, "Budget left": -1, "Burn 1 h": 20, "Events/s": 2, "Alerts firing": 2},
        "brief": known | {"SLI": 0.9999, "Budget left": 0.9, "Burn 1 h": 1, "Events/s": 5},
        "sliced": known | {"SLI": 0.9995, "Budget left": 0.5, "Burn 1 h": 0, "Events/s": -1},
        "idle": known | {"SLI": 0.9997, "Budget left": 0.7, "Burn 1 h": -1, "Events/s": 0},
        "young": known | {"Burn 1 h": 2, "Events/s": 3},
        "gone": known | {"SLI": 0.9999},
        "silent": known,
    }
    rows = table(server)
    assert set(rows) == set(expected)
    for name, row in rows.items():
        assert row == pytest.approx(expected[name]), name


@pytest.mark.prometheus
def test_the_worst_budgets_are_those_of_the_end_of_the_time(server: PrometheusServer) -> None:
    [target] = panel(MIXED_LIST, "Error budgets of the ten worst")["targets"]
    found = over_time(server, target["expr"])
    assert {labels["slo"] for labels, _ in found} == {"healthy", "burning", "brief", "sliced", "idle", "gone"}
    fewer = over_time(server, target["expr"].replace("bottomk(10", "bottomk(2"))
    assert {labels["slo"] for labels, _ in fewer} == {"burning", "sliced"}


def shown(server: PrometheusServer, title: str, name: str) -> list[float | None]:
    answers = [instant(server, target["expr"], name) for target in panel(MIXED_DETAIL, title)["targets"]]
    return [found[0][1] if found else None for found in answers]


@pytest.mark.prometheus
def test_what_is_left_is_told_as_share_as_time_and_as_events(server: PrometheusServer) -> None:
    # 80 % of 0.1 % of 30 days, and of a million events; -100 % of 28 days.
    assert shown(server, "Error budget left", "healthy") == pytest.approx([0.8, 0.8 * 43.2 * 60, 800])
    assert shown(server, "Error budget left", "burning") == pytest.approx([-1, -40.32 * 60, -1000])
    assert shown(server, "Error budget left", "silent") == [None, None, None]


@pytest.mark.prometheus
def test_the_time_that_the_budget_lasts_is_what_is_left_by_the_burn_rate(server: PrometheusServer) -> None:
    # 80 % of 30 days at a tenth of the sustainable burn: 240 days. Spent: now. No burn: for ever.
    assert shown(server, "Budget gone in", "healthy") == pytest.approx([240 * 86_400, 0.1])
    assert shown(server, "Budget gone in", "burning") == pytest.approx([0, 20])
    assert shown(server, "Budget gone in", "sliced") == pytest.approx([1e9, 0])
    assert shown(server, "Budget gone in", "gone") == [None, None]
    assert shown(server, "Budget gone in", "idle") == [-1, -1]
    assert shown(server, "Budget gone in", "young") == pytest.approx([None, 2])
    mappings = panel(MIXED_DETAIL, "Budget gone in")["fieldConfig"]["defaults"]["mappings"]
    assert mappings[1]["options"]["0"]["text"] == "spent"
    assert mappings[2]["options"]["-1"]["text"] == "no events"
    assert mappings[3]["options"]["from"] <= 1e9


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("healthy", (14.4, 6, 3, 1)),
        ("burning", (13.44, 5.6, 2.8, 0.933333)),
        # Three days are longer than its budget's window, so there is no alert over them.
        ("brief", (0.96, 0.4, 0.2, None)),
    ],
)
def test_burn_rates_stand_against_the_levels_of_the_slos_own_window(
    server: PrometheusServer, name: str, levels: tuple[float | None, ...]
) -> None:
    panels = [each for each in MIXED_DETAIL["panels"] if each["title"].startswith("Burn ")]
    for each, level in zip(panels, levels, strict=True):
        *burns, alert_from = (over_time(server, target["expr"], name) for target in each["targets"])
        assert [found[0][1][-1] for found in burns] == pytest.approx([SLOS[name].burns] * 2)
        assert [values[-1] for _, values in alert_from] == ([] if level is None else [pytest.approx(level)])


@pytest.mark.prometheus
def test_good_and_bad_events_add_up_to_all(server: PrometheusServer) -> None:
    targets = panel(MIXED_DETAIL, "Events per second")["targets"]
    bad, good = (over_time(server, target["expr"], "burning")[0][1][-1] for target in targets[:2])
    assert (bad, good) == pytest.approx((12 / 300, 588 / 300))
    slices = [over_time(server, target["expr"], "sliced") for target in targets]
    assert [len(each) for each in slices] == [0, 0, 1, 1]
    assert [each[0][1][-1] for each in slices[2:]] == [0, 1]


@pytest.mark.prometheus
def test_the_timeline_has_the_alerts_of_this_slo_and_a_gap_where_nothing_was_measured(server: PrometheusServer) -> None:
    measured, alerts = panel(MIXED_DETAIL, "Alerts, and what was measured")["targets"]
    found = {labels["alertname"]: values for labels, values in over_time(server, alerts["expr"], "burning")}
    assert set(found) == {"ErrorBudgetBurn1h", "ErrorBudgetBurn1d"}
    assert set(found["ErrorBudgetBurn1h"]) == {2}
    assert len(over_time(server, measured["expr"], "healthy")[0][1]) == 61
    assert 29 <= len(over_time(server, measured["expr"], "gone")[0][1]) <= 33
    assert len(over_time(server, measured["expr"], "sliced")[0][1]) == 61


@pytest.mark.prometheus
def test_alerts_are_marked_on_the_graphs(server: PrometheusServer) -> None:
    [annotation] = MIXED_DETAIL["annotations"]["list"]
    promql_parser.parse(substituted(annotation["target"]["expr"], "burning"))
    assert len(instant(server, annotation["target"]["expr"], "burning")) == 2
    assert instant(server, annotation["target"]["expr"], "healthy") == []


@pytest.mark.prometheus
def test_the_variables_offer_what_is_recorded(server: PrometheusServer) -> None:
    offered: dict[str, list[str]] = {}
    for variable in MIXED_DETAIL["templating"]["list"]:
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert found
            bounds = {"start": NOW - 7200, "end": NOW}
            selector = {"match[]": substituted(found[1])}
            offered[variable["name"]] = asked(server, f"label/{found[2]}/values", **selector, **bounds)
    assert offered == {"service": ["api"], "slo": sorted(SLOS)}
