"""Reading what a target exposes, as text (0.0.4) or OpenMetrics: only the lines of the metrics that are wanted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from covet_sre.integrations.address import clipped

ACCEPT = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
"""OpenMetrics first, as Prometheus asks: it ends with `# EOF`, so that half an answer is known for what it is."""

_OPEN_METRICS = "application/openmetrics-text"
_NO_EXPOSITION = {"text/html", "application/xhtml+xml", "application/json", "application/xml", "text/xml"}
# Braces and quotes are consumed possessively, so that a hostile line cannot make the search back up.
_SAMPLE = re.compile(
    r"(?P<series>(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*+)[ \t]*+"
    r'(?:\{(?P<labels>(?:[^"}]|"(?:[^"\\]|\\.)*+")*+)\})?+)'
    r"(?(labels)[ \t]*+|(?<=[ \t]))(?P<value>[^ \t#]++)"
    r"(?P<rest>[ \t]++-?[0-9][0-9.eE+-]*+)?[ \t]*+(?:#.*)?\r?"
)
_LABEL = re.compile(r'[ \t]*+([a-zA-Z_][a-zA-Z0-9_]*+)[ \t]*+=[ \t]*+"((?:[^"\\]|\\.)*+)"[ \t]*+(,|$)')
_ESCAPE = re.compile(r'\\([\\"n])')
_LEADING_SPACE = re.compile(r"^[ \t]+", re.MULTILINE)


class NotAnExposition(ValueError):
    """What was answered is no exposition, or not a whole one. The message says in which way."""


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One sample. `series` is the line's text before the value; labels that are empty are left out."""

    series: str
    name: str
    labels: dict[str, str]
    value: float


def text_of(body: bytes, content_type: str, *, delimited: bool = True) -> str:
    """The exposition as text, once it is known to be one and to be whole. Raises NotAnExposition.

    `delimited` tells whether HTTP marked the body's end; where it did not, the last line must be complete.
    """
    if not body:
        raise NotAnExposition("its answer is empty")
    if content_type in _NO_EXPOSITION or body.lstrip()[:1] in (b"<", b"{"):
        page = "html" in content_type or body.lstrip()[:1] == b"<"
        raise NotAnExposition(f"it answers {'a page of HTML' if page else 'JSON'} where metrics are expected")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise NotAnExposition("its answer is not UTF-8") from wrong
    if not delimited and not text.endswith(("\n", "# EOF")):
        raise NotAnExposition("its answer breaks off in the middle of a line")
    if content_type == _OPEN_METRICS and text.rstrip("\n").rpartition("\n")[2] != "# EOF":
        raise NotAnExposition("its answer breaks off before `# EOF`")
    _expect_samples(text)
    return _LEADING_SPACE.sub("", text) if "\n " in text or "\n\t" in text or text[0] in " \t" else text


class WantedLines:
    """Picks the sample lines of some metrics out of an exposition."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self._starts = tuple(name + after for name in sorted(self.names) for after in "{ \t")

    def of(self, text: str) -> list[str]:
        starts = self._starts
        return [line for line in text.split("\n") if line.startswith(starts)]


def parse_sample(line: str) -> SampleLine:
    """Read one sample line; its timestamp and exemplar, if any, are not used. Raises NotAnExposition."""
    found = _SAMPLE.fullmatch(line)
    if found is None:
        raise NotAnExposition(f"it exposes a line that is no sample: {clipped(line, 120)}")
    return SampleLine(
        found["series"].rstrip(" \t"), found["name"], _labels(found["labels"] or "", line), parse_value(found["value"])
    )


def timed_value(line: str) -> tuple[str, float, float | None]:
    """A sample line's text before the value, its value, and its timestamp as it is written, None without one.

    For the same text before the value parse_sample gives the same name and labels. Raises NotAnExposition.
    """
    found = _SAMPLE.fullmatch(line)
    if found is None:
        raise NotAnExposition(f"it exposes a line that is no sample: {clipped(line, 120)}")
    written = found["rest"]
    return found["series"].rstrip(" \t"), parse_value(found["value"]), parse_value(written) if written else None


def parse_value(text: str) -> float:
    """A sample's value. NaN and infinities pass: whoever counts leaves them out. Raises NotAnExposition."""
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    raise NotAnExposition(f"it exposes a value that is no number: {clipped(text, 60)}")


def _labels(text: str, line: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    position = 0
    while position < len(text):
        found = _LABEL.match(text, position)
        if found is None:
            if not text[position:].strip(" \t"):
                break
            raise NotAnExposition(f"it exposes labels that cannot be read: {clipped(line, 120)}")
        name, value = found[1], found[2]
        if name in labels or name == "__name__":
            raise NotAnExposition(f"it exposes the label {name} twice in one line: {clipped(line, 120)}")
        labels[name] = (
            _ESCAPE.sub(lambda escape: "\n" if escape[1] == "n" else escape[1], value) if "\\" in value else value
        )
        position = found.end()
    return {name: value for name, value in labels.items() if value}


def _expect_samples(text: str) -> None:
    """The first line that is no comment must be a sample: other text with status 200 is no exposition."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)].strip(" \t\r")
        if line and not line.startswith("#"):
            parse_sample(line)
            return
        start = end + 1 if end >= 0 else len(text)
