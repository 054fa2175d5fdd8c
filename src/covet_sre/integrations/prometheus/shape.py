"""What the `data` of a query must look like; what looks otherwise is refused whole."""

from itertools import chain
from operator import itemgetter
from typing import Any, cast

from covet_sre.errors import SourceMisanswered

Samples = list[tuple[float, str]]
"""(timestamp in seconds, value), oldest first. JSON has no tuples: each pair is in fact a list of two."""

_FIRST, _SECOND = itemgetter(0), itemgetter(1)

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
    if not _well_shaped([labels for labels, _ in found], [samples for _, samples in found]):
        raise _misshapen(where)
    return found


def _well_shaped(labels: list[dict[str, str]], samples: list[Samples]) -> bool:
    """Loops in C over all series: to look at each in Python would cost as much as parsing it.

    Of each series the first and the last sample are looked at; those between are checked when they are counted.
    """
    if set(map(type, labels)) - {dict} or set(map(type, samples)) - {list}:
        return False
    if set(map(type, chain.from_iterable(map(dict[str, str].values, labels)))) - {str}:
        return False
    if set(map(type, chain.from_iterable(samples))) - {list} or set(map(len, chain.from_iterable(samples))) - {2}:
        return False
    ends = [one[0] for one in samples if one] + [one[-1] for one in samples if one]
    return not (set(map(type, map(_FIRST, ends))) - {int, float} or set(map(type, map(_SECOND, ends))) - {str})


def _misshapen(where: str) -> SourceMisanswered:
    return SourceMisanswered(
        "its answer does not have the shape of the Prometheus API",
        where=where,
        remedy="check that the address is that of a Prometheus API",
    )
