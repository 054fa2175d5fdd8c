"""The text of a calendar as components and properties, each with the line on which it begins."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from icalendar.parser import Contentline

from covet_sre.errors import Refused

LARGEST_BYTES = 1024 * 1024
MOST_EVENTS = 10_000
_LONGEST_LINE = 65_536
_DEEPEST = 5

_REMEDY = "export the calendar again; what is wrong stands beside the line's number"


@dataclass(frozen=True, slots=True)
class Property:
    """`name` in upper case; `parameters` by name in upper case, `value` with its escapes resolved."""

    name: str
    parameters: Mapping[str, str]
    value: str
    line: int


@dataclass(slots=True)
class Component:
    """`trouble` is why a property of it could not be read: (line, why)."""

    name: str
    line: int
    properties: list[Property] = field(default_factory=list[Property])
    inner: list["Component"] = field(default_factory=list["Component"])
    trouble: tuple[int, str] | None = None

    def all_of(self, name: str) -> list[Property]:
        return [one for one in self.properties if one.name == name]

    def first(self, name: str) -> Property | None:
        return next((one for one in self.properties if one.name == name), None)

    def text(self, name: str) -> str:
        found = self.first(name)
        return found.value if found else ""


def calendars_in(content: bytes) -> list[Component]:
    """Every VCALENDAR of a text. Raises Refused, with the line, for what is no whole calendar, or too large.

    A property that cannot be read makes its component trouble, and leaves the others alone.
    """
    calendars: list[Component] = []
    open_ones: list[Component] = []
    events = 0
    for line, text in _unfolded(_text(content)):
        name, _, value = text.partition(":")
        word, kind = name.strip().upper(), value.strip().upper()
        if word == "BEGIN":
            if (kind == "VCALENDAR") is bool(open_ones) or len(open_ones) >= _DEEPEST:
                raise _broken(line, f"BEGIN:{kind[:40]} does not belong there")
            component = Component(kind, line)
            (open_ones[-1].inner if open_ones else calendars).append(component)
            open_ones.append(component)
            events += kind == "VEVENT"
            if events > MOST_EVENTS:
                raise Refused(f"the calendar has more than {MOST_EVENTS:,} events", remedy="export a shorter time")
        elif word == "END":
            if not open_ones or open_ones[-1].name != kind:
                raise _broken(line, f"END:{kind[:40]} ends nothing that began")
            open_ones.pop()
        elif not open_ones:
            raise _broken(line, "a calendar begins with BEGIN:VCALENDAR")
        else:
            _add(open_ones[-1], line, text)
    if open_ones:
        raise _broken(open_ones[-1].line, f"the {open_ones[-1].name} that begins here does not end: is the file whole?")
    if not calendars:
        raise Refused("it is empty", remedy=_REMEDY)
    return calendars


def _add(component: Component, line: int, text: str) -> None:
    try:
        name, parameters, value = Contentline(text).parts()
        given = {key.upper(): str(one) for key, one in parameters.items()}
        component.properties.append(Property(name.upper(), given, str(value), line))
    except (ValueError, IndexError, KeyError, TypeError):
        component.trouble = component.trouble or (line, "this line is no property of RFC 5545")


def _text(content: bytes) -> str:
    if len(content) > LARGEST_BYTES:
        raise Refused(f"the calendar is larger than {LARGEST_BYTES:,} bytes", remedy="export a shorter time")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _broken(line, "this is no UTF-8") from error
    if "\0" in text:
        raise _broken(text.count("\n", 0, text.index("\0")) + 1, "there is a NUL in it")
    return text


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Whole content lines, with the number of the first line of each. Blank lines are passed over."""
    begun, parts, length = 0, list[str](), 0
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if parts and line[:1] in (" ", "\t"):
            parts.append(line[1:])
            length += len(line)
            if length > _LONGEST_LINE:
                raise _broken(begun, f"this line has more than {_LONGEST_LINE:,} characters")
            continue
        if parts:
            yield begun, "".join(parts)
        begun, parts, length = number, [line] if line.strip() else [], len(line)
    if parts:
        yield begun, "".join(parts)


def _broken(line: int, why: str) -> Refused:
    return Refused(f"line {line}: {why}", remedy=_REMEDY)
