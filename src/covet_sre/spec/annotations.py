"""Our extensions on OpenSLO documents: annotations under `covet-sre/`, and what each may hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar, cast

from covet_sre.spec.covet_documents import LABEL_PATTERN
from covet_sre.spec.findings import Findings, Spot, did_you_mean
from covet_sre.spec.openslo import DURATION_PATTERN, NAME_PATTERN
from covet_sre.units import parse_duration

PREFIX = "covet-sre/"
RESERVED_PREFIX = "openslo.com/"
MAX_BREAKDOWN_LABELS = 3

Value = TypeVar("Value")


# Many SLOs have the same labels.
@lru_cache(maxsize=1024)
def _breakdown(text: str) -> tuple[str, ...]:
    labels = tuple(part.strip() for part in text.split(","))
    if len(labels) > MAX_BREAKDOWN_LABELS or len(set(labels)) < len(labels):
        raise ValueError(f"write 1 to {MAX_BREAKDOWN_LABELS} different labels, with commas between them")
    if not all(re.match(LABEL_PATTERN, label) for label in labels):
        raise ValueError("write names of labels with commas between them: route,code")
    return labels


def runbook_address(text: str) -> str:
    """The text itself. Raises ValueError if it is no address."""
    if not re.match(r"https?://[^\s/]+\S*\Z", text):
        raise ValueError("write an http or https address")
    return text


def _sentence(text: str) -> str:
    if not 0 < len(text.strip()) <= 300:
        raise ValueError("write one sentence, of 300 characters at most")
    return text.strip()


def _record_base(text: str) -> str:
    if not re.match(r"[a-zA-Z_][a-zA-Z0-9_]{0,100}\Z", text):
        raise ValueError("write letters, digits and underscores, for example db_latency")
    return text


def _weighting(text: str) -> bool:
    if text not in ("events", "time"):
        raise ValueError('write "events" or "time"')
    return text == "time"


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError('write "on" or "off"')
    return text == "on"


def _minutes(text: str) -> int:
    if not re.match(DURATION_PATTERN, text):
        raise ValueError("write a whole number above 0 and one of m (minutes), h, d, w, M (months), Q, Y")
    return parse_duration(text).minutes


def _name_of(kind: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.match(NAME_PATTERN, text):
            raise ValueError(f"write the name of {kind}")
        return text

    return read


def _names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if len(set(names)) < len(names) or not all(re.match(NAME_PATTERN, name) for name in names):
        raise ValueError("write names of services with commas between them: database,queue")
    return names


def _count(text: str) -> int:
    if not re.match(r"[0-9]{1,9}\Z", text):
        raise ValueError("write a whole number of events, 0 or more")
    return int(text)


def _confidence(text: str) -> float:
    if not re.match(r"0?\.[0-9]{1,9}\Z", text) or not 0.5 <= float(text) < 1:
        raise ValueError("write a number from 0.5 to below 1, for example 0.95")
    return float(text)


# Each annotation by the kind of document that may carry it, with the function that reads it.
KNOWN: Mapping[str, Mapping[str, Callable[[str], object]]] = {
    "Service": {
        "team": _name_of("a Team"),
        "escalation-policy": _name_of("an EscalationPolicy"),
        "runbook": runbook_address,
        "first-step": _sentence,
        "graphs": runbook_address,
        "logs": runbook_address,
        "traces": runbook_address,
        "depends-on": _names,
    },
    "SLO": {
        "breakdown": _breakdown,
        "runbook": runbook_address,
        "burn-rate-alerts": _switch,
        "recorded-as": _record_base,
        "weighting": _weighting,
    },
    "AlertCondition": {
        "short-window": _minutes,
        "sli": _name_of("an SLI"),
        "min-bad-events": _count,
        "confidence": _confidence,
    },
}


@dataclass(slots=True)
class Annotations:
    """The read annotations of one document, by their names without the prefix."""

    values: dict[str, object] = field(default_factory=dict[str, object])

    def get(self, name: str, default: Value) -> Value:
        """The value, or `default`; the functions in KNOWN give the value the default's type."""
        return cast("Value", self.values.get(name, default))


_NONE = Annotations()


def read_annotations(kind: str, written: Mapping[str, str], spot: Spot, findings: Findings) -> Annotations:
    """The annotations of a document of `kind`; `spot` is its metadata."""
    if not written:
        return _NONE
    known = KNOWN.get(kind, {})
    read = Annotations()
    for key, text in written.items():
        if key.startswith(RESERVED_PREFIX):
            here = spot / "annotations" / key
            findings.error(here, "field-unknown", "openslo.com/ is reserved", "use a prefix of your own")
        if not key.startswith(PREFIX):
            continue
        name = key.removeprefix(PREFIX)
        reader = known.get(name)
        if reader is None:
            elsewhere = [other for other, names in KNOWN.items() if name in names]
            remedy = (
                f"it belongs on {elsewhere[0]}" if elsewhere else did_you_mean(key, [PREFIX + each for each in known])
            )
            here = spot / "annotations" / key
            findings.error(here, "field-unknown", f"means nothing on {kind}", remedy)
            continue
        try:
            read.values[name] = reader(text)
        except ValueError as error:
            here = spot / "annotations" / key
            findings.error(here, "value-wrong", f"is {text[:60]!r}", str(error))
    return read
