"""Series that were sighted -> services: one for each value of the labels that name it, with a name for files."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from covet_sre.slo.indicator import Matcher, MatchOp, Selector
from covet_sre.spec.discovery.instrumentation import Instrumentation, Kind

LONGEST_NAME = 38
"""Of a service, so that its name and the longest suffix make an SLO's name of at most 63 characters."""

LONGEST_VALUE = 1000
"""A label value that is longer fits no query that files may hold."""

_NO_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Sighting:
    """Some series of one kind, with the labels that may name their service; those that are empty are left out."""

    instrumentation: Instrumentation
    kind: Kind
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FoundIndicator:
    """One kind of events of one service. `suffix` makes the SLO's name unique within the service."""

    instrumentation: Instrumentation
    kind: Kind
    suffix: str
    matchers: tuple[Matcher, ...]

    @property
    def all_events(self) -> Selector:
        """For a histogram, its buckets: the bound is still to be chosen."""
        return Selector(self.kind.metric, in_order(self.matchers))


@dataclass(frozen=True, slots=True)
class FoundService:
    """`name` is what files call it (RFC 1123), `value` what the label says."""

    name: str
    value: str
    label: str
    indicators: tuple[FoundIndicator, ...]


def naming_labels(instrumentation: Instrumentation) -> tuple[str, ...]:
    """Labels to ask for. A target's own label is renamed to exported_X where the scraper sets X itself."""
    return tuple(each for label in instrumentation.service_labels for each in (f"exported_{label}", label))


def services_of(sightings: Iterable[Sighting]) -> tuple[list[FoundService], list[str]]:
    """The services by name, and what had to be left out, in sentences."""
    found: dict[tuple[tuple[str, str], ...], list[FoundIndicator]] = {}
    claimed: set[tuple[object, ...]] = set()
    left_out: dict[str, None] = {}
    for sighting in sightings:
        identity = _identity(sighting)
        if problem := _unusable(sighting, identity):
            left_out[problem] = None
            continue
        indicators = found.setdefault(identity, [])
        entry, kind = sighting.instrumentation, sighting.kind
        claim = (identity, kind.metric)
        is_told_already = any(
            (each.instrumentation.slug, each.kind.suffix) == (entry.slug, kind.suffix) for each in indicators
        )
        if claim in claimed or is_told_already:
            claimed.add(claim)
            continue
        claimed.add(claim)
        taken = {each.suffix for each in indicators}
        suffix, number = kind.suffix, 2
        while suffix in taken:
            suffix, number = f"{kind.suffix}-{number}", number + 1
        named = {label for label, _ in identity}
        matchers = (
            *(Matcher(label, MatchOp.EQUAL, value) for label, value in identity),
            *(matcher for matcher in kind.within if matcher.label not in named),
        )
        indicators.append(FoundIndicator(entry, kind, suffix, matchers))
    return _named({identity: each for identity, each in found.items() if each}), list(left_out)


def in_order(matchers: Sequence[Matcher]) -> tuple[Matcher, ...]:
    """As selectors hold them; each once."""
    return tuple(sorted(set(matchers), key=lambda each: (each.label, each.op.value, each.value)))


def _identity(sighting: Sighting) -> tuple[tuple[str, str], ...]:
    """The labels that tell the service from others, the naming one first."""
    entry, labels = sighting.instrumentation, sighting.labels
    present: list[tuple[str, str]] = []
    for label in entry.service_labels:
        for name in (f"exported_{label}", label):
            if labels.get(name):
                present.append((name, labels[name]))
                break
    # A default that names nothing is still part of the identity, after what does.
    return tuple(sorted(present, key=lambda pair: pair[1] in entry.says_nothing))


def _unusable(sighting: Sighting, identity: tuple[tuple[str, str], ...]) -> str:
    metric = sighting.kind.metric
    if not identity:
        wanted = " or ".join(sighting.instrumentation.service_labels)
        return f"{metric} has series without a label {wanted}: no service can be told from others."
    for label, value in identity:
        if len(value) > LONGEST_VALUE:
            return f"{metric} has a label {label} of {len(value):,} characters, which is no name of a service."
        if any("\ud800" <= character <= "\udfff" for character in value):
            return f"{metric} has a label {label} that is no valid Unicode."
    return ""


def _named(found: Mapping[tuple[tuple[str, str], ...], list[FoundIndicator]]) -> list[FoundService]:
    services: list[FoundService] = []
    taken: set[str] = set()
    for identity, indicators in sorted(found.items()):
        values = [value for _, value in identity]
        name = _free_name(values, taken)
        taken.add(name)
        services.append(FoundService(name, values[0], identity[0][0], tuple(indicators)))
    return sorted(services, key=lambda each: each.name)


def _free_name(values: Sequence[str], taken: set[str]) -> str:
    for count in range(1, len(values) + 1):
        name = service_name("-".join(values[:count]))
        if name not in taken:
            return name
    first, number = service_name(values[0]), 2
    while f"{first}-{number}" in taken:
        number += 1
    return f"{first}-{number}"


def service_name(value: str) -> str:
    """Any text as an RFC 1123 label: lower-case letters, digits and '-', at most 38 characters.

    >>> service_name("Söder Shop/checkout")
    'soder-shop-checkout'
    """
    plain = unicodedata.normalize("NFKD", value[: 10 * LONGEST_NAME]).encode("ascii", "ignore").decode().lower()
    return _NO_NAME.sub("-", plain).strip("-")[:LONGEST_NAME].strip("-") or "service"
