"""Plain JSON: an alert as anybody would write it, one or several. docs/alerts-in.md has the fields."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from covet_sre.alerting.identity import ALERT_NAME, RUNBOOK, SERVICE, SEVERITY, SLO
from covet_sre.alerting.labels import Labels
from covet_sre.alerting.report import Report, Saying
from covet_sre.errors import Refused
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.integrations.arriving.body import items_of, json_of, read_each
from covet_sre.integrations.arriving.fields import (
    annotations_of,
    labels_from,
    link_from,
    plain_text,
    start_from,
    text_from,
    time_from,
)

REPORTER = "plain"

_LABELS = {"name": ALERT_NAME, SERVICE: SERVICE, SEVERITY: SEVERITY, SLO: SLO}
_ANNOTATIONS = {"summary": "summary", "description": "description", "runbook": RUNBOOK}
_OTHERS = {"status", "labels", "annotations", "starts_at", "ends_at", "startsAt", "endsAt", "link", "key"}
_KNOWN = {*_LABELS, *_ANNOTATIONS, *_OTHERS}
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is known of an alert beside what it says itself: labels that it may override, and when it was said."""

    at: float
    reporter: str = REPORTER
    labels: Mapping[str, str] = field(default_factory=dict)
    status: str = "firing"


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:  # noqa: ARG001
    """See flows.arriving.Reader. One object, a list of them, or an object with a list under `alerts`."""
    document = json_of(body)
    where = ""
    if type(document) is dict:
        where = "alerts" if "alerts" in document else ""
        document = document["alerts"] if where else [document]
    spoken = Spoken(received_at)

    def read_one(item: Any) -> Report:
        return report_of(item, spoken, received_at, key_of)

    reports, refused = read_each(items_of(document, where or "$"), where, read_one)
    return Read(reports, refused=refused)


def report_of(item: Any, spoken: Spoken, received_at: float, key_of: KeyOf) -> Report:
    """One alert. Raises Refused, with the field."""
    if type(item) is not dict:
        raise Refused("an alert must be an object")
    labels = _labels(item, spoken.labels)
    return Report(
        _key(item, spoken, labels, key_of),
        labels,
        _annotations(item),
        _saying(item, spoken, received_at),
        spoken.reporter,
        link_from(item.get("link")),
    )


def _labels(item: dict[str, Any], beside: Mapping[str, str]) -> Labels:
    named = {label: _text(item[name], name) for name, label in _LABELS.items() if item.get(name) is not None}
    labels = labels_from({**beside, **_texts(item.get("labels"), "labels"), **named})
    if not any(name == ALERT_NAME for name, _ in labels):
        raise Refused("an alert needs a name", where="name")
    return labels


def _key(item: dict[str, Any], spoken: Spoken, labels: Labels, key_of: KeyOf) -> str:
    given = text_from(item.get("key"), "key", _LONGEST_KEY)
    return f"{spoken.reporter}/{given}" if given else key_of(labels)


def _annotations(item: dict[str, Any]) -> Labels:
    told = _texts(item.get("annotations"), "annotations")
    told |= {name: _text(item[field], field) for field, name in _ANNOTATIONS.items() if item.get(field) is not None}
    # What we have no place for is kept where people see it.
    told |= {name: _written(value) for name, value in item.items() if name not in _KNOWN and value is not None}
    return annotations_of(told)


def _saying(item: dict[str, Any], spoken: Spoken, received_at: float) -> Saying:
    start = _time(item, "starts_at", "startsAt")
    end = _time(item, "ends_at", "endsAt")
    began = start_from(spoken.at if start is None else start, received_at)
    match item.get("status", spoken.status):
        case "firing":
            return Saying(began, end is not None and end <= received_at, inf if end is None else end)
        case "resolved":
            return Saying(began, True, spoken.at if end is None else end)
        case _:
            raise Refused("this must be firing or resolved", where="status")


def _time(item: dict[str, Any], name: str, other: str) -> float | None:
    """A time under either spelling."""
    used = other if other in item else name
    return time_from(item.get(used), used)


def _texts(value: Any, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if type(value) is not dict:
        raise Refused("this must be an object", where=where)
    return {name: _text(each, f"{where}.{name[:64]}") for name, each in value.items() if each is not None}


def _text(value: Any, where: str) -> str:
    text = plain_text(value)
    if text is None:
        raise Refused("this must be text, a number or a truth value", where=where)
    return text


def _written(value: Any) -> str:
    text = plain_text(value)
    return json.dumps(value, ensure_ascii=False) if text is None else text
