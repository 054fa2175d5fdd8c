"""The fields that alerts have in every format: labels, annotations, a link, times."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from covet_sre.alerting.identity import REPLICA_LABELS
from covet_sre.alerting.labels import Labels, labels_of
from covet_sre.errors import Refused

MOST_LABELS = 64
LONGEST_NAME = 256
LONGEST_VALUE = 4096
"""In characters. A label beyond it is refused, for it would be another label; an annotation is cut."""
LONGEST_LINK = 2048
_LONGEST_REPLICA = 64

DAY = 86400.0
LATEST = 253402300799.0
"""The last second of the year 9999."""

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_NO_TIME = "0001-01-01T00:00:00"
"""Go's zero time, which stands for none."""


def labels_from(value: object, where: str = "labels") -> Labels:
    """Labels, those without a value left out. Raises Refused for what is none, and where nothing is left."""
    if type(value) is not dict:
        raise Refused("labels must be an object", where=where)
    if len(value) > MOST_LABELS:
        raise Refused(f"{len(value)} labels, and an alert has at most {MOST_LABELS}", where=where)
    if not _are_usual(value):
        _check_labels(value, where)
    labels = labels_of(value)
    if not labels:
        raise Refused("an alert needs at least one label with a value", where=where)
    return labels


def _are_usual(labels: dict[Any, Any]) -> bool:
    """A quick look: names and values are texts of a usual length."""
    values = labels.values()
    return set(map(type, values)) == {str} and max(map(len, values)) <= LONGEST_VALUE and _usual_names(labels)


def _usual_names(labels: dict[str, Any]) -> bool:
    return max(map(len, labels)) <= LONGEST_NAME and "" not in labels


def _check_labels(labels: dict[str, Any], where: str) -> None:
    for name, text in labels.items():
        if type(text) is not str:
            raise Refused("a label's value must be text", where=f"{where}.{_shown(name)}")
        if not name or len(name) > LONGEST_NAME:
            raise Refused(f"a label's name has 1 to {LONGEST_NAME} characters", where=f"{where}.{_shown(name)}")
        if len(text) > LONGEST_VALUE:
            problem = f"{len(text):,} characters, and a label's value has at most {LONGEST_VALUE:,}"
            raise Refused(problem, where=f"{where}.{_shown(name)}")


def reporter_of(sender: str, labels: Labels) -> str:
    """Who speaks. Of a pair of servers each speaks for itself: the alert is over when both say so."""
    for name, value in labels:
        if name in REPLICA_LABELS:
            return f"{sender}/{value[:_LONGEST_REPLICA]}"
    return sender


def annotations_from(value: object, where: str = "annotations") -> Labels:
    """Annotations, none where there are none. Long ones are cut, and the first 64 by name are kept."""
    if value is None:
        return ()
    if type(value) is not dict:
        raise Refused("annotations must be an object", where=where)
    for name, text in value.items():
        if type(text) is not str:
            raise Refused("an annotation's value must be text", where=f"{where}.{_shown(name)}")
    return annotations_of(value)


def annotations_of(texts: dict[str, str]) -> Labels:
    """The same from texts."""
    kept = labels_of(texts)
    if len(kept) > MOST_LABELS or any(len(name) > LONGEST_NAME or len(text) > LONGEST_VALUE for name, text in kept):
        return tuple({_cut(name, LONGEST_NAME): _cut(text, LONGEST_VALUE) for name, text in kept[:MOST_LABELS]}.items())
    return kept


def link_from(value: object) -> str:
    """An address that a person may open; empty for anything else, a script among it."""
    is_link = type(value) is str and len(value) <= LONGEST_LINK and value.startswith(("http://", "https://"))
    return str(value) if is_link else ""


def text_from(value: object, where: str, longest: int = LONGEST_VALUE) -> str:
    """A text, empty where there is none."""
    if value is None:
        return ""
    if type(value) is not str:
        raise Refused("this must be text", where=where)
    if len(value) > longest:
        raise Refused(f"{len(value):,} characters, and at most {longest:,} are taken", where=where)
    return value


def time_from(value: object, where: str) -> float | None:
    """RFC 3339 in seconds since the epoch; None for none, an empty text, or Go's zero time.

    What lies before 1970 is 1970, what would be after 9999 its last second.
    """
    if value is None or value == "":
        return None
    try:
        return _seconds(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused("this is no time; write it as 2026-11-26T09:00:00Z", where=where) from error


@lru_cache(maxsize=4096)  # Alerts of one request have few different times.
def _seconds(text: str) -> float | None:
    if type(text) is not str or _TIME.fullmatch(text) is None:
        raise ValueError(text)
    if text.startswith(_NO_TIME):
        return None
    return min(max(datetime.fromisoformat(text.upper()).timestamp(), 0.0), LATEST)


def start_from(at: float | None, received_at: float) -> float:
    """When an alert began. A time more than a day ahead is a clock that is wrong: it counts from when we heard of it.

    A smaller lead is kept as it is, so that what its sender says later still is about the same firing.
    """
    return received_at if at is None or at > received_at + DAY else at


def plain_text(value: Any) -> str | None:
    """Text, and numbers and truth values as text; None for anything else."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return None


def _shown(name: str) -> str:
    return _cut(name, 64) or '""'


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
