"""Our metrics as text, for Prometheus to read.

What never changes (names, labels, bucket bounds) is formatted once, and a series whose numbers are those of the last
scrape keeps its lines.
"""

from itertools import accumulate
from operator import add

from covet_sre_sdk.cells import Key, Totals
from covet_sre_sdk.families import EVENT_FAMILIES, IN_FLIGHT, QUEUE_LENGTH, EventFamily, GaugeFamily

_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


def escape_label(value: str) -> str:
    """Return a label value as both formats want it between double quotes."""
    return value.translate(_ESCAPES)


class Exposition:
    """Turns totals into text and remembers the lines. One thread at a time may use it."""

    def __init__(self) -> None:
        self._families = {family.counter: _FamilyLines(family) for family in EVENT_FAMILIES}

    def render(self, totals: Totals, *, open_metrics: bool) -> str:
        """Return the text format 0.0.4, or OpenMetrics 1.0 without its `# EOF`."""
        by_family: dict[str, dict[Key, list[float]]] = {name: {} for name in self._families}
        for key, numbers in totals.events.items():
            if key[0] in by_family:
                by_family[key[0]][key] = numbers
        parts: list[str] = []
        for name, lines in self._families.items():
            if by_family[name]:
                parts += lines.render(by_family[name], open_metrics=open_metrics)
        parts += _gauge(IN_FLIGHT, totals.in_flight)
        if (QUEUE_LENGTH.name,) in totals.gauges:  # never set: unknown, and not 0
            parts += _gauge(QUEUE_LENGTH, totals.gauges[(QUEUE_LENGTH.name,)])
        return "".join(parts)


class _FamilyLines:
    """The lines of one family, kept between scrapes."""

    def __init__(self, family: EventFamily) -> None:
        self._family = family
        self._counters: dict[Key, str] = {}
        self._histograms: dict[Key, _Histogram] = {}

    def render(self, cells: dict[Key, list[float]], *, open_metrics: bool) -> list[str]:
        family = self._family
        counter = family.counter.removesuffix("_total") if open_metrics else family.counter
        parts = [f"# HELP {counter} {family.counter_help}\n# TYPE {counter} counter\n"]
        prefixes = self._counters
        sums: dict[Key, list[float]] = {}
        for key, numbers in sorted(cells.items()):
            prefix = prefixes.get(key)
            if prefix is None:
                prefix = prefixes[key] = self._counter_prefix(key)
            parts.append(f"{prefix}{sum(numbers[:-1])}\n")
            group = key[1:-1]
            present = sums.get(group)
            sums[group] = numbers if present is None else list(map(add, present, numbers))
        parts.append(f"# HELP {family.histogram} {family.histogram_help}\n# TYPE {family.histogram} histogram\n")
        histograms = self._histograms
        for group, numbers in sums.items():
            histogram = histograms.get(group)
            if histogram is None:
                histogram = histograms[group] = _Histogram(family, group)
            parts.append(histogram.render(numbers))
        return parts

    def _counter_prefix(self, key: Key) -> str:
        return f"{key[0]}{{{_labels(self._family.labels, key[1:])}}} "


class _Histogram:
    """The lines of one histogram, formatted anew only when its numbers have moved."""

    __slots__ = ("_numbers", "_template", "_text")

    def __init__(self, family: EventFamily, group: Key) -> None:
        labels = _labels(family.labels[:-1], group).replace("%", "%%")
        bounds = [*map(repr, family.bounds), "+Inf"]
        buckets = [f'{family.histogram}_bucket{{{labels},le="{bound}"}} %s\n' for bound in bounds]
        sums = f"{family.histogram}_sum{{{labels}}} %s\n{family.histogram}_count{{{labels}}} %s\n"
        self._template = "".join(buckets) + sums
        self._numbers: list[float] = []
        self._text = ""

    def render(self, numbers: list[float]) -> str:
        if numbers != self._numbers:
            self._numbers = numbers
            cumulative = list(accumulate(numbers[:-1]))
            self._text = self._template % (*cumulative, numbers[-1], cumulative[-1])
        return self._text


def _labels(names: tuple[str, ...], values: Key) -> str:
    return ",".join(f'{name}="{escape_label(value)}"' for name, value in zip(names, values, strict=True))


def _gauge(family: GaugeFamily, value: float) -> list[str]:
    return [f"# HELP {family.name} {family.help}\n# TYPE {family.name} gauge\n{family.name} {value}\n"]
