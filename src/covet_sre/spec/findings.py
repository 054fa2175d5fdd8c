"""Findings: where something is wrong, what it is, and what to do about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple, cast

from covet_sre.errors import Finding, Level, Location

Step = str | int
Path = tuple[Step, ...]


class Place(NamedTuple):
    """Where a value stands: its key's line and column, from 1, and the places inside it."""

    line: int
    column: int
    children: "dict[Step, Place]"


class Document:
    """One YAML document of a file: plain values, and their places."""

    __slots__ = ("_place", "_value", "file")

    def __init__(self, file: str, value: object, place: Place) -> None:
        self.file = file
        self._value = value
        self._place: Place | None = place

    @property
    def value(self) -> object:
        return self._value

    @property
    def place(self) -> Place:
        assert self._place is not None
        return self._place

    def location_of(self, path: Path) -> Location:
        """The nearest place that exists: a missing field is reported at what should hold it."""
        place = self.place
        for step in path:
            inner = place.children.get(step)
            if inner is None:
                break
            place = inner
        return Location(self.file, place.line, place.column)

    @property
    def kind(self) -> str | None:
        """The text under `kind`, if there is one."""
        kind = cast("dict[str, object]", self.value).get("kind") if isinstance(self.value, dict) else None
        return kind if isinstance(kind, str) else None


class Spot:
    """A value in a document, by its path from the document's root.

    Readers make dozens of each document and ask hardly any for its path: each only knows the one that it is in.
    """

    __slots__ = ("_above", "_step", "document")

    def __init__(self, document: Document, above: "Spot | None" = None, step: Step = "") -> None:
        self.document = document
        self._above = above
        self._step = step

    def __truediv__(self, step: Step) -> "Spot":
        return Spot(self.document, self, step)

    @property
    def path(self) -> Path:
        steps: list[Step] = []
        spot = self
        while spot._above is not None:
            steps.append(spot._step)
            spot = spot._above
        return tuple(reversed(steps))

    @property
    def location(self) -> Location:
        """Where it stands, or the nearest place around it."""
        return self.document.location_of(self.path)

    @property
    def field(self) -> str:
        """`spec.objectives[0].target`."""
        text = ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
        return text

    def has(self, step: Step) -> bool:
        """Whether the value is written in the document (and not only a default)."""
        place = self.document.place
        for part in (*self.path, step):
            inner = place.children.get(part)
            if inner is None:
                return False
            place = inner
        return True


@dataclass(slots=True)
class Findings:
    """Everything that was found so far."""

    found: list[Finding] = field(default_factory=list[Finding])

    def error(self, spot: Spot, code: str, problem: str, remedy: str) -> None:
        self.found.append(Finding(Level.ERROR, code, spot.location, spot.field, problem, remedy))

    def warning(self, spot: Spot, code: str, problem: str, remedy: str) -> None:
        self.found.append(Finding(Level.WARNING, code, spot.location, spot.field, problem, remedy))

    def file_error(self, location: Location, code: str, problem: str, remedy: str) -> None:
        self.found.append(Finding(Level.ERROR, code, location, "", problem, remedy))

    @property
    def has_errors(self) -> bool:
        return any(finding.level is Level.ERROR for finding in self.found)

    def worst_first(self) -> tuple[Finding, ...]:
        """Errors before warnings; what hides other findings (broken YAML, then broken shapes) before the rest."""
        return tuple(sorted(dict.fromkeys(self.found), key=_rank))


# A file that cannot be read hides everything in it, a document of the wrong shape its own meaning.
_CODES_THAT_HIDE = ("file", "yaml", "kind", "field", "type", "reference")


def _rank(finding: Finding) -> tuple[bool, int, str, int, int, str]:
    group = finding.code.partition("-")[0]
    hiding = _CODES_THAT_HIDE.index(group) if group in _CODES_THAT_HIDE else len(_CODES_THAT_HIDE)
    place = finding.location
    return finding.level is not Level.ERROR, hiding, place.file, place.line, place.column, finding.field


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """A remedy: the nearest known word, or all of them."""
    words = [str(word) for word in known]
    lowered = {word.lower(): word for word in words}
    near = get_close_matches(written.lower()[:100], lowered, n=1, cutoff=0.6)
    if near:
        return f"did you mean {lowered[near[0]]!r}?"
    return f"known here: {listed(words)}" if words else "remove it"


def listed(words: Sequence[str], most: int = 20) -> str:
    """`a, b, c`, and how many more."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def shown(value: object, most: int = 60) -> str:
    """A value as a message quotes it: short, on one line."""
    text = repr(value) if isinstance(value, str | int | float | bool) else type(value).__name__
    return text if len(text) <= most else f"{text[: most - 1]}…"
