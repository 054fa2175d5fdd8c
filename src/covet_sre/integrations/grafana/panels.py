"""Grafana's panels: typed builders that give the plain values of its dashboard JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

GRID_COLUMNS = 24
DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}

UNKNOWN = "no data"
QUIET, GOOD, WARN, SERIOUS, BAD, UNKNOWN_COLOUR = "text", "green", "yellow", "orange", "red", "#8e8e8e"

# Below every value that there can be: the step beneath it colours only what has no value.
_LOWEST = -1e12


@dataclass(frozen=True, slots=True)
class Query:
    """One expression of a panel. `instant` asks for the end of the time range alone; `table` for columns."""

    expr: str
    legend: str = ""
    instant: bool = False
    table: bool = False

    def json(self, index: int) -> Json:
        return {
            "refId": reference(index),
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": self.expr,
            "format": "table" if self.table else "time_series",
            "instant": self.instant,
            "range": not self.instant,
            "legendFormat": self.legend or "__auto",
        }


def reference(index: int) -> str:
    """The name of a panel's query: A, B, ..., Z, A1, ..."""
    round_, letter = divmod(index, 26)
    return chr(ord("A") + letter) + (str(round_) if round_ else "")


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel without its place. `defaults` and `overrides` say how fields are shown."""

    kind: str
    title: str
    description: str
    queries: tuple[Query, ...]
    options: Json
    defaults: Json
    overrides: tuple[Json, ...] = ()
    transformations: tuple[Json, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Row:
    """Panels that stand beside each other: each with its share of the width, in columns of 24."""

    height: int
    panels: Sequence[tuple[int, Panel]]


def placed(rows: Sequence[Row]) -> list[Json]:
    """The panels of a dashboard with ids and places, row below row."""
    found: list[Json] = []
    top = 0
    for row in rows:
        left = 0
        for width, panel in row.panels:
            place = {"h": row.height, "w": width, "x": left, "y": top}
            found.append(_panel(panel, len(found) + 1, place))
            left += width
        top += row.height
    return found


def _panel(panel: Panel, number: int, place: Json) -> Json:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "gridPos": place,
        "datasource": DATASOURCE,
        # Long windows are recorded every two minutes: a finer step would have gaps.
        "interval": "2m",
        "targets": [query.json(index) for index, query in enumerate(panel.queries)],
        "transformations": list(panel.transformations),
        "fieldConfig": {"defaults": panel.defaults, "overrides": list(panel.overrides)},
        "options": panel.options,
    }


# ---------------------------------------------------------------- how values look


def no_data(text: str = UNKNOWN) -> Json:
    """What is null or NaN is written out, in grey: Grafana would give it the colour of the lowest step."""
    return {
        "type": "special",
        "options": {"match": "null+nan", "result": {"text": text, "color": UNKNOWN_COLOUR, "index": 0}},
    }


def named(value: float, text: str, colour: str = QUIET) -> Json:
    """A value that stands for a word."""
    return {"type": "value", "options": {f"{value:g}": {"text": text, "color": colour, "index": 1}}}


def steps(*coloured: tuple[float, str]) -> Json:
    """Colours from a value upwards. What lies below the first has no colour of its own."""
    return {
        "mode": "absolute",
        "steps": [{"value": None, "color": QUIET}, *({"value": value, "color": colour} for value, colour in coloured)],
    }


def lowest(colour: str) -> tuple[float, str]:
    """The step of everything that has a value at all."""
    return (_LOWEST, colour)


BUDGET_STEPS = steps(lowest(BAD), (0.1, WARN), (0.5, GOOD))

# On a graph each step is a line of its own, and what is missing a gap without colour.
BUDGET_LINES: Json = {"mode": "absolute", "steps": [{"value": None, "color": BAD}, *BUDGET_STEPS["steps"][2:]]}


def values(unit: str, thresholds: Json | None = None, decimals: int | None = None, **more: Any) -> Json:
    """Field defaults that never let missing data look like good data."""
    found: Json = {
        "unit": unit,
        "noValue": UNKNOWN,
        "mappings": [no_data()],
        "color": {"mode": "thresholds"},
        "thresholds": thresholds or steps(),
    }
    return found | ({} if decimals is None else {"decimals": decimals}) | more


def override(matcher: str, options: str, **properties: Any) -> Json:
    """Other properties for the fields that a matcher finds. `custom__x` stands for `custom.x`."""
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()],
    }


# ---------------------------------------------------------------- panels


def stat(
    title: str, description: str, queries: Sequence[Query], defaults: Json, overrides: Sequence[Json] = ()
) -> Panel:
    """One large number for each query.

    They are instant ones: of a range, Grafana would show the last value that there was, however long ago.
    """
    options: Json = {
        "graphMode": "none",
        "colorMode": "value",
        "justifyMode": "auto",
        "textMode": "auto",
        "orientation": "auto",
        "reduceOptions": {"values": False, "calcs": ["last"], "fields": ""},
    }
    return Panel("stat", title, description, tuple(queries), options, defaults, tuple(overrides))


def lines(
    title: str, description: str, queries: Sequence[Query], defaults: Json, overrides: Sequence[Json] = ()
) -> Panel:
    """Lines over time. Where there is no value the line breaks off."""
    custom: Json = {
        "drawStyle": "line",
        "lineInterpolation": "stepAfter",
        "lineWidth": 2,
        "fillOpacity": 0,
        "showPoints": "never",
        "spanNulls": False,
        "thresholdsStyle": {"mode": "off"},
    }
    options: Json = {
        "legend": {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["last"]},
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    shown = {"color": {"mode": "palette-classic"}} | defaults
    shown["custom"] = custom | defaults.get("custom", {})
    return Panel("timeseries", title, description, tuple(queries), options, shown, tuple(overrides))


def timeline(title: str, description: str, queries: Sequence[Query], states: dict[str, tuple[str, str]]) -> Panel:
    """A bar over time for each series, coloured by its state; `states` gives text and colour by value."""
    named = {
        value: {"text": text, "color": colour, "index": index}
        for index, (value, (text, colour)) in enumerate(states.items())
    }
    defaults = values("short") | {
        "mappings": [{"type": "value", "options": named}],
        "custom": {"lineWidth": 0, "fillOpacity": 80},
    }
    options: Json = {
        "showValue": "never",
        "rowHeight": 0.8,
        "mergeValues": True,
        "alignValue": "left",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return Panel("state-timeline", title, description, tuple(queries), options, defaults)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: a label, or the value of `query`. `shown` are field properties other than its name."""

    title: str
    label: str = ""
    query: Query | None = None
    shown: Json = field(default_factory=dict[str, Any])


def table(title: str, description: str, key: Query, columns: Sequence[Column], sort_by: str) -> Panel:
    """One row for each series of `key`, with what the other queries say of the same labels; lowest `sort_by` first.

    Grafana merges rows whose labels agree: what a query does not answer stays empty, and its row stays.
    """
    queries = (key, *(column.query for column in columns if column.query))
    # Grafana names the value of a table's query by the query.
    names = [f"Value #{reference(queries.index(column.query))}" if column.query else column.label for column in columns]
    order = {name: index for index, name in enumerate(names)}
    transformations: tuple[Json, ...] = (
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {"excludeByName": {"Time": True, "Value #A": True}, "indexByName": order, "renameByName": {}},
        },
    )
    overrides = tuple(
        override("byName", name, displayName=column.title, **column.shown)
        for name, column in zip(names, columns, strict=True)
    )
    custom = {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True, "inspect": False}
    options: Json = {
        "frameIndex": 0,
        "showHeader": True,
        "cellHeight": "sm",
        "sortBy": [{"displayName": sort_by, "desc": False}],
        "footer": {"show": False, "reducer": ["sum"], "countRows": False},
    }
    defaults = values("short", custom=custom)
    return Panel("table", title, description, queries, options, defaults, overrides, transformations)
