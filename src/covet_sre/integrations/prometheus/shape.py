"""What the `data` of a query must look like; what looks otherwise is refused whole."""

from itertools import chain
from typing import Any, cast

from covet_sre.errors import SourceMisanswered

Samples = list[list[float | str]]
"""[timestamp in seconds, value as a string], oldest first: as the API sends them."""

LabelledSamples = tuple[dict[str, str], Samples]


def matrix(data: object, where: str) -> list[LabelledSamples]:
    """Labels and samples of each series of a range selector or a range query. Raises SourceMisanswered."""
    return _labelled(_entries(data, "matrix", where), "values", where)


def vector(data: object, where: str) -> list[LabelledSamples]:
    """Labels and the one sample of each series of an instant query. Raises SourceMisanswered."""
    entries = [
        {**entry, "value": [entry["value"]]} if "value" in entry else entry for entry in _entries(data, "vector", where)
    ]
    return _labelled(entries, "value", where)


def _entries(data: object, kind: str, where: str) -> list[dict[str, Any]]:
    fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    result = fields.get("result")
    if fields.get("resultType") != kind or not isinstance(result, list) or set(map(type, result)) - {dict}:
        raise _misshapen(where)
    return cast("list[dict[str, Any]]", result)


def _labelled(entries: list[dict[str, Any]], key: str, where: str) -> list[LabelledSamples]:
    try:
        found: list[LabelledSamples] = [(entry["metric"], entry[key]) for entry in entries]
    except KeyError as missing:
        if any("histograms" in entry or "histogram" in entry for entry in entries):
            raise SourceMisanswered(
                "it answers native histograms, which have no counters to read",
                where=where,
                remedy='name a classic bucket, `..._bucket{le="..."}`',
            ) from missing
        raise _misshapen(where) from missing
    # Whole lists are checked by loops in C: to look at each sample in Python would cost more than parsing it.
    samples = list(chain.from_iterable(values for _, values in found if type(values) is list))
    if set(map(type, samples)) - {list} or set(map(len, samples)) - {2}:
        raise _misshapen(where)
    if not all(_is_series(labels, values) for labels, values in found):
        raise _misshapen(where)
    return found


def _is_series(labels: object, values: object) -> bool:
    """Looks at the first and the last sample; a counter's samples between are checked when they are counted."""
    if type(labels) is not dict or type(values) is not list:
        return False
    names_and_values = cast("dict[object, object]", labels)
    ends = cast("list[list[object]]", values[:1] + values[-1:])
    return set(map(type, names_and_values.values())) <= {str} and all(
        type(timestamp) in (int, float) and type(value) is str for timestamp, value in ends
    )


def _misshapen(where: str) -> SourceMisanswered:
    return SourceMisanswered(
        "its answer does not have the shape of the Prometheus API",
        where=where,
        remedy="check that the address is that of a Prometheus API",
    )
