"""SLOs that differ from one that was read before only in names, texts and selectors: read by comparison.

A fleet's files are written by a program, or copied from the first. Whatever the readers of an SLO look at is the same
value in both, but for the fields that are named here, and these are checked here as their models and readers do it.
What is unusual in any of them is not judged: then the SLO is read as any other.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, TypeGuard

from covet_sre.slo.indicator import CounterRatio, Selector
from covet_sre.slo.objective import Objective
from covet_sre.spec import openslo
from covet_sre.spec.annotations import PREFIX, runbook_address
from covet_sre.spec.findings import Document, Spot, Step
from covet_sre.spec.library import Library
from covet_sre.spec.outlines import Outline
from covet_sre.spec.plain_documents import PlainDocument
from covet_sre.spec.plain_selectors import plain_selector

MAX_KEPT = 1000

_NAME = re.compile(openslo.NAME_PATTERN.removesuffix("$"))
_INDICATOR = ("spec", "indicator")


def _query_of(events: str) -> tuple[Step, ...]:
    return (*_INDICATOR, "spec", "ratioMetric", events, "metricSource", "spec", "query")


@dataclass(frozen=True, slots=True)
class _Fields:
    """On which lines of a document the fields stand that may differ; None for one that is not written."""

    name: int
    service: int
    indicator_name: int
    total: int
    part: int
    part_is_good: bool
    display_name: int | None
    description: int | None
    runbook: int | None
    others: Callable[[Any], tuple[object, ...]]
    """All other values."""


class SimilarSlos:
    """The SLOs that later ones are compared with."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._fields: dict[Outline, _Fields | None] = {}
        self._known: dict[object, tuple[Objective, ...]] = {}

    def learn(self, document: Document, objectives: list[Objective]) -> None:
        """Remember the objectives of an SLO that was read, and of which nothing was found."""
        if not isinstance(document, PlainDocument):
            return
        if not objectives or not all(isinstance(each.indicator, CounterRatio) for each in objectives):
            return
        if len(self._known) >= MAX_KEPT:
            self._known.clear()
            self._fields.clear()
        outline = document.outline
        if outline not in self._fields:
            self._fields[outline] = _fields(outline, len(objectives))
        fields = self._fields[outline]
        if fields:
            try:
                self._known[_rest(document, fields)] = tuple(objectives)
            except TypeError:
                # A value in {} or [] is not compared.
                self._fields[outline] = None

    def objectives(self, document: Document) -> list[Objective]:
        """The objectives of an SLO like one that was learned, which is now declared; none for any other."""
        if not isinstance(document, PlainDocument):
            return []
        fields = self._fields.get(document.outline)
        if fields is None:
            return []
        try:
            like = self._known.get(_rest(document, fields))
        except TypeError:
            return []
        return self._like(like, document, fields) if like else []

    def _like(self, like: tuple[Objective, ...], document: PlainDocument, fields: _Fields) -> list[Objective]:
        values = document.values
        name, service = values[fields.name], values[fields.service]
        if not (_is_name(name) and _is_name(service) and _is_name(values[fields.indicator_name])):
            return []
        display_name = _text(values, fields.display_name, openslo.MAX_DISPLAY_NAME_CHARACTERS)
        description = _text(values, fields.description, openslo.MAX_DESCRIPTION_CHARACTERS)
        runbook = _runbook(values, fields.runbook)
        if display_name is None or description is None or runbook is None:
            return []
        total, part = _counter(values[fields.total]), _counter(values[fields.part])
        if total is None or part is None or total == part:
            return []
        if not self._library.has(openslo.Service, service):
            return []
        if not self._library.declare(openslo.SLO, name, Spot(document)):
            return []
        good, bad = (part, None) if fields.part_is_good else (None, part)
        is_only = len(like) == 1
        return [
            replace(
                one,
                name=name if is_only else f"{name}.{index + 1}",
                slo=name,
                service=service,
                indicator=CounterRatio(one.indicator.source, total, good, bad),
                location=document.location_of(() if is_only else ("spec", "objectives", index)),
                display_name=display_name,
                description=description,
                runbook=runbook,
            )
            for index, one in enumerate(like)
        ]


def _fields(outline: Outline, objectives: int) -> _Fields | None:
    """The fields of SLOs with this outline; None if such an SLO has a form that is not compared."""
    line = outline.line_of
    name, service = line(("metadata", "name")), line(("spec", "service"))
    indicator_name = line((*_INDICATOR, "metadata", "name"))
    total, good, bad = line(_query_of("total")), line(_query_of("good")), line(_query_of("bad"))
    part = bad if good is None else good
    if name is None or service is None or indicator_name is None or total is None or part is None:
        return None
    # An objective's own name would be shown in place of the SLO's.
    if any(line(("spec", "objectives", index, "displayName")) is not None for index in range(objectives)):
        return None
    display_name, description = line(("metadata", "displayName")), line(("spec", "description"))
    runbook = line(("metadata", "annotations", f"{PREFIX}runbook"))
    free = {name, service, indicator_name, total, part, display_name, description, runbook}
    others = [number for number in outline.valued_lines if number not in free]
    if len(others) < 2:
        return None
    return _Fields(
        name=name,
        service=service,
        indicator_name=indicator_name,
        total=total,
        part=part,
        part_is_good=good is not None,
        display_name=display_name,
        description=description,
        runbook=runbook,
        others=itemgetter(*others),
    )


def _rest(document: PlainDocument, fields: _Fields) -> object:
    """What must be the same in two SLOs, types included: 1, 1.0 and true are equal, and not the same."""
    rest = fields.others(document.values)
    return document.outline, rest, tuple(map(type, rest))


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _text(values: Sequence[object], line: int | None, most_characters: int) -> str | None:
    """The text on a line, empty if there is no such line; None if it is no text, or too long."""
    if line is None:
        return ""
    value = values[line]
    return value if isinstance(value, str) and len(value) <= most_characters else None


def _runbook(values: Sequence[object], line: int | None) -> str | None:
    """The address on a line, empty if there is no such line; None if it is no address."""
    if line is None:
        return ""
    value = values[line]
    try:
        return runbook_address(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _counter(query: object) -> Selector | None:
    """The selector, if it is one of which nothing can be said: bounds of buckets are looked at elsewhere."""
    selector = plain_selector(query) if isinstance(query, str) else None
    if selector is None or selector.metric.endswith("_bucket"):
        return None
    return None if any(matcher.label == "le" for matcher in selector.matchers) else selector
