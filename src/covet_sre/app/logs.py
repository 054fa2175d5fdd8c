"""How messages reach people and machines: one line each, whatever stands in them, and no secret."""

import contextlib
import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, TextIO, cast

import structlog

_SECRET_NAMES = re.compile(
    r"SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|PRIVATE|CREDENTIAL|ROUTING_?KEY|WEBHOOK", re.IGNORECASE
)
_SHORTEST_SECRET = 8
"""What is shorter stands in every second line by chance."""

HIDDEN = "***"

Event = MutableMapping[str, Any]


def start_logging(least: int | str = logging.NOTSET, secrets: Iterable[str] = (), file: TextIO | None = None) -> None:
    """Messages of at least that level to stderr: for people on a terminal, as JSON lines elsewhere.

    `secrets` never appear, nor what the environment holds under a name that says so.
    """
    level = logging.getLevelNamesMapping()[least.upper()] if isinstance(least, str) else least
    target = file or sys.stderr
    hide = Hiding([*secrets, *secrets_of(os.environ)])
    # Hidden before it is rendered: what a renderer makes of strings is its own, and may be coloured.
    for_people = (structlog.processors.format_exc_info, hide, _escaped, structlog.dev.ConsoleRenderer())
    for_machines = (structlog.processors.dict_tracebacks, hide, structlog.processors.JSONRenderer(default=repr))
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(for_people if target.isatty() else for_machines),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Enduring(target))),
    )


class Enduring:
    """A file for lines that may be lost: where the disk is full or the reader has left, nothing else must fail."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return self._file.write(text)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """Values of variables whose names say that they are secret, and passwords in addresses."""
    named = [value for name, value in environment.items() if _SECRET_NAMES.search(name) and not name.endswith("_FILE")]
    in_addresses = [found for value in environment.values() for found in re.findall(r"://[^/\s:@]*:([^/\s@]+)@", value)]
    return [value for value in (*named, *in_addresses) if len(value) >= _SHORTEST_SECRET]


class Hiding:
    """A processor that puts *** in the place of every secret, wherever in an event it stands."""

    def __init__(self, secrets: Iterable[str]) -> None:
        whole = {one for one in secrets if len(one) >= _SHORTEST_SECRET}
        # The longest first: one may be the beginning of another.
        listed = sorted(whole, key=lambda one: (-len(one), one))
        self._pattern = re.compile("|".join(map(re.escape, listed))) if listed else None

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        if self._pattern is not None:
            for key, value in list(event.items()):
                event[key] = self._hidden(value)
        return event

    def _hidden(self, value: object) -> object:
        assert self._pattern is not None
        match value:
            case str():
                return self._pattern.sub(HIDDEN, value)
            case dict():
                items = cast("dict[object, object]", value).items()
                return {self._hidden(key): self._hidden(one) for key, one in items}
            case list() | tuple() | set() | frozenset():
                return [self._hidden(one) for one in cast("Iterable[object]", value)]
            case None | bool() | int() | float():
                return value
            case _:
                # As the renderer would write it.
                return self._pattern.sub(HIDDEN, repr(value))


def _escaped(_logger: object, _method: str, event: Event) -> Event:
    """For terminals, which obey what they are shown: what is no plain character is written out."""
    return {escaped(str(key)): _plain(str(key), value) for key, value in event.items()}


def _plain(key: str, value: object) -> object:
    if key == "exception":
        # A traceback has lines, and no line of it says where the next begins.
        return "\n".join(map(escaped, str(value).split("\n")))
    return value if value is None or isinstance(value, bool | int | float) else escaped(str(value))


def escaped(text: str) -> str:
    r"""One line: control characters, separators and what is no Unicode as \x1b, \u2028."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
