"""The generated dashboards keep to Grafana's published schema, and to more where that is lax."""

import json
import re
import urllib.parse
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import combinations

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from covet_sre.integrations.grafana import GRAFANA
from servers.dashboards import DECLARATIONS, DETAIL, LIST, MIXED, ROLLING, Json, declared, generated, panel, slo
from servers.grafana_schema import ANNOTATION_OF_PROMETHEUS, violations

DASHBOARDS = [
    pytest.param(whole, id=f"{name} for {which}")
    for which, declaration in DECLARATIONS.items()
    for name, whole in generated(declaration).items()
]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


# ---------------------------------------------------------------- the published schema


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_a_dashboard_has_no_key_and_no_type_that_is_not_published(whole: Json) -> None:
    assert violations(whole) == []


PLANTED: dict[str, Callable[[Json], object]] = {
    "$.titel": lambda whole: whole.update(titel="SLOs"),
    "$.editable": lambda whole: whole.update(editable="yes"),
    "$.schemaVersion": lambda whole: whole.update(schemaVersion="38"),
    "$.time.form": lambda whole: whole["time"].update(form="now-1h"),
    "$.links[0].type": lambda whole: whole["links"][0].update(type="url"),
    "$.annotations.list[0].target.query": lambda whole: whole["annotations"]["list"][0]["target"].update(
        query="ALERTS"
    ),
    "$.templating.list[1].refresh": lambda whole: whole["templating"]["list"][1].update(refresh=3),
    "$.panels[0].type": lambda whole: whole["panels"][0].update(type="stats"),
    "$.panels[0].gridPos.w": lambda whole: whole["panels"][0]["gridPos"].update(w="6"),
    "$.panels[0].options.colorMode": lambda whole: whole["panels"][0]["options"].update(colorMode="text"),
    "$.panels[0].targets[0].expression": lambda whole: whole["panels"][0]["targets"][0].update(expression="up"),
    "$.panels[0].fieldConfig.defaults.thresholds.steps[0].colour": lambda whole: whole["panels"][0]["fieldConfig"][
        "defaults"
    ]["thresholds"]["steps"][0].update(colour="red"),
    "$.panels[4].fieldConfig.defaults.custom.spanNull": lambda whole: whole["panels"][4]["fieldConfig"]["defaults"][
        "custom"
    ].update(spanNull=False),
    "$.panels[5].fieldConfig.overrides[0].custom.lineStyle.fill": lambda whole: whole["panels"][5]["fieldConfig"][
        "overrides"
    ][0]["properties"][1]["value"].update(fill="dashed"),
}


@pytest.mark.parametrize("path", PLANTED)
def test_a_planted_mistake_is_seen(path: str) -> None:
    whole = deepcopy(generated(MIXED)[DETAIL])
    PLANTED[path](whole)
    assert [each.partition(": ")[0] for each in violations(whole)] == [path]


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_grafanas_own_types_read_a_dashboard_and_write_all_of_it_again(whole: Json) -> None:
    register_default_plugins()
    published = deepcopy(whole)
    for annotation in published["annotations"]["list"]:
        for key in ANNOTATION_OF_PROMETHEUS:
            del annotation[key]
    again = json.loads(json.dumps(Dashboard.from_json(deepcopy(published)), cls=JSONEncoder))
    assert list(lost(published, again, "$")) == []


def lost(before: object, after: object, path: str) -> Iterator[str]:
    """Whatever of `before` is not in `after`; defaults that were added are not looked at."""
    if isinstance(before, dict):
        assert isinstance(after, dict), path
        for key, value in before.items():
            # Null is written by leaving a key out.
            if key not in after and value is not None:
                yield f"{path}.{key}"
            elif value is not None:
                yield from lost(value, after[key], f"{path}.{key}")
    elif isinstance(before, list):
        assert isinstance(after, list), path
        assert len(after) == len(before), path
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from lost(one, other, f"{path}[{index}]")
    elif before != after:
        yield f"{path}: {before!r} became {after!r}"


# ---------------------------------------------------------------- where that schema is lax


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_panels_have_ids_of_their_own_and_stand_beside_each_other(whole: Json) -> None:
    panels = whole["panels"]
    assert len({each["id"] for each in panels}) == len(panels)
    places = [each["gridPos"] for each in panels]
    for place in places:
        assert place["w"] > 0 and place["h"] > 0 and place["x"] >= 0 and place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"], (one, other)


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_rows_are_filled_from_edge_to_edge(whole: Json) -> None:
    rows: dict[int, int] = {}
    for each in whole["panels"]:
        rows[each["gridPos"]["y"]] = rows.get(each["gridPos"]["y"], 0) + each["gridPos"]["w"]
    assert set(rows.values()) == {24}


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_every_panel_and_query_asks_the_chosen_prometheus(whole: Json) -> None:
    for each in [*whole["panels"], *whole["annotations"]["list"]]:
        assert each["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    for each in whole["panels"]:
        assert each["targets"]
        assert all(target["datasource"]["uid"] == "${datasource}" for target in each["targets"])
        references = [target["refId"] for target in each["targets"]]
        assert len(set(references)) == len(references)
        assert all(target["instant"] is not target["range"] for target in each["targets"])


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_every_variable_that_is_used_is_declared(whole: Json) -> None:
    names = {each["name"] for each in whole["templating"]["list"]}
    used = {name for text in strings(whole) for name in re.findall(r"\$\{?([a-zA-Z_]\w*)", text)}
    assert {name for name in used if not name.startswith("__")} == names
    assert {name for name in used if name.startswith("__")} <= {
        "__all",
        "__data",
        "__url_time_range",
        "__rate_interval",
    }


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_overrides_and_columns_name_what_is_there(whole: Json) -> None:
    for each in whole["panels"]:
        legends = {target["legendFormat"] for target in each["targets"]}
        references = {target["refId"] for target in each["targets"]}
        for override in each["fieldConfig"]["overrides"]:
            matcher = override["matcher"]
            if matcher["id"] == "byFrameRefID":
                assert matcher["options"] in references
            elif matcher["id"] == "byRegexp":
                assert any(re.search(matcher["options"].strip("/"), legend) for legend in legends)
            elif each["type"] == "timeseries":
                assert matcher["options"] in legends


def test_the_table_is_sorted_by_a_column_that_it_has() -> None:
    table = panel(generated(MIXED)[LIST], "Objectives, worst budget first")
    assert table["options"]["sortBy"] == [{"displayName": "Budget left", "desc": False}]
    columns = [
        one["value"]
        for override in table["fieldConfig"]["overrides"]
        for one in override["properties"]
        if one["id"] == "displayName"
    ]
    assert "Budget left" in columns
    ordered = table["transformations"][1]["options"]["indexByName"]
    assert [override["matcher"]["options"] for override in table["fieldConfig"]["overrides"]] == list(ordered)
    assert list(ordered.values()) == list(range(len(columns)))


#: A graph leaves a gap where there is no value: the colour below the first step is that of low budgets.
BUDGET_GRAPH = re.compile(r"^Error budget(s of| over)")


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_what_is_unknown_is_written_out_in_grey_and_no_colour_lies_beneath_it(whole: Json) -> None:
    for each in whole["panels"]:
        defaults = each["fieldConfig"]["defaults"]
        assert defaults["noValue"] == "no data"
        overrides = each["fieldConfig"]["overrides"]
        shown = [defaults, *({one["id"]: one["value"] for one in other["properties"]} for other in overrides)]
        for field in shown:
            if "thresholds" in field:
                base = field["thresholds"]["steps"][0]
                assert base == {"value": None, "color": "red" if BUDGET_GRAPH.search(each["title"]) else "text"}
                values = [step["value"] for step in field["thresholds"]["steps"][1:]]
                assert values == sorted(values)
            if "mappings" in field and each["type"] != "state-timeline":
                first = field["mappings"][0]
                assert first["options"]["match"] == "null+nan"
                assert first["options"]["result"]["color"] == "#8e8e8e"
        if each["type"] in ("timeseries", "state-timeline"):
            assert defaults.get("custom", {}).get("spanNulls", False) is False


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_every_panel_says_what_it_shows_and_what_to_do(whole: Json) -> None:
    for each in whole["panels"]:
        assert len(each["title"]) >= 3
        assert each["description"].endswith((".", "`."))
        assert len(each["description"]) > 40


@pytest.mark.parametrize("whole", DASHBOARDS)
def test_the_frame_is_as_promised(whole: Json) -> None:
    assert whole["tags"] == ["covet-sre"]
    assert (whole["refresh"], whole["timezone"], whole["editable"]) == ("1m", "browser", True)
    assert whole["time"] == {"from": "now-30d", "to": "now"}
    assert 8 <= len(whole["uid"]) <= 40


def test_the_list_leads_to_the_detail_and_back() -> None:
    both = generated(MIXED)
    urls = [text for text in strings(both[LIST]) if text.startswith("/d/")]
    assert len(urls) == 1
    address = urllib.parse.urlsplit(urls[0])
    assert address.path == f"/d/{both[DETAIL]['uid']}"
    given = urllib.parse.parse_qs(address.query.removesuffix("&${__url_time_range}"))
    assert {name.removeprefix("var-") for name in given} == {v["name"] for v in both[DETAIL]["templating"]["list"]}
    assert given["var-slo"] == ["${__data.fields.slo}"]
    [back] = both[DETAIL]["links"]
    assert urllib.parse.urlsplit(back["url"]).path == f"/d/{both[LIST]['uid']}"


def test_the_mark_stands_at_the_beginning_of_each_file() -> None:
    for text in GRAFANA.generate(MIXED).files.values():
        assert GRAFANA.kind.mark.encode() in text.encode()[:4096]
        assert text.endswith("}\n")


def test_a_calendar_is_remarked_upon_and_nothing_else() -> None:
    [remark] = GRAFANA.generate(MIXED).remarks
    assert remark.code == "target-cannot"
    assert "'monthly'" in remark.problem
    assert "last 30d" in remark.problem


def test_names_of_slos_stand_in_no_dashboard() -> None:
    few, many = declared(slo("a")), declared(*(slo(f"slo-{number}") for number in range(50)))
    assert GRAFANA.generate(few).files == GRAFANA.generate(many).files


def test_the_colours_of_burn_rates_are_those_of_most_budgets() -> None:
    table = panel(generated(MIXED)[LIST], "Objectives, worst budget first")
    [colours] = [
        {one["id"]: one["value"] for one in override["properties"]}["thresholds"]["steps"]
        for override in table["fieldConfig"]["overrides"]
        if override["properties"][0]["value"] == "Burn 1 h"
    ]
    assert [step["value"] for step in colours[2:]] == [1, 3, 6, 14.4]


def test_pairs_of_windows_that_no_budget_is_long_enough_for_are_left_out() -> None:
    titles = [each["title"] for each in generated(declared(slo("a", ROLLING % "2d")))[DETAIL]["panels"]]
    assert [title for title in titles if title.startswith("Burn")] == [
        "Burn 1h and 5m (page)",
        "Burn 6h and 30m (page)",
        "Burn 1d and 2h (ticket)",
    ]
