"""What a setting's value may be, and how it is written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

_DURATION = re.compile(r"(\d+)(s|m|h|d)")
_PASSWORD = re.compile(r"(?i)([?&][^=&]*pass[^=&]*=)[^&]*")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Kind(Protocol):
    """Reads a value as a file (TOML) or a flag and the environment (text) give it."""

    @property
    def metavar(self) -> str: ...

    def read(self, value: object) -> object:
        """Raises ValueError with what is accepted."""
        ...

    def show(self, value: object) -> str:
        """As it would be written in the file."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    metavar: str = "TEXT"
    may_be_empty: bool = True

    def read(self, value: object) -> str:
        if not isinstance(value, str) or "\x00" in value:
            raise ValueError("write a text")
        if not value and not self.may_be_empty:
            raise ValueError("it may not be empty")
        return value

    def show(self, value: object) -> str:
        return _quoted(str(value))


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """It may hold a password, which is never shown."""

    metavar: str = "URL"

    def read(self, value: object) -> str:
        if not isinstance(value, str) or "://" not in value:
            raise ValueError("write sqlite:///file.db or postgresql://user@host/database")
        return value

    def show(self, value: object) -> str:
        return _quoted(without_password(str(value)))


def without_password(url: str) -> str:
    """`postgresql://user:***@host/database`; a password in the query is hidden, too."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    user = f"{user.partition(':')[0]}:***" if ":" in user else user
    return f"{scheme}{separator}{user}{at}{host}{slash}" + _PASSWORD.sub(r"\1***", path)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number, both ends included."""

    least: int
    most: int
    metavar: str = "NUMBER"

    def read(self, value: object) -> int:
        told = f"write a whole number, {self.least} to {self.most}"
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError(told)
        try:
            number = int(value)
        except ValueError:
            raise ValueError(told) from None
        if not self.least <= number <= self.most:
            raise ValueError(told)
        return number

    def show(self, value: object) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Switch:
    """Yes or no."""

    metavar: str = ""

    def read(self, value: object) -> bool:
        words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in words:
            return words[value.lower()]
        raise ValueError("write true or false")

    def show(self, value: object) -> str:
        return str(value).lower()


@dataclass(frozen=True, slots=True)
class Choice:
    words: tuple[str, ...]
    metavar: str = "WORD"

    def read(self, value: object) -> str:
        if isinstance(value, str) and value in self.words:
            return value
        raise ValueError(f"write one of {', '.join(self.words)}")

    def show(self, value: object) -> str:
        return _quoted(str(value))


@dataclass(frozen=True, slots=True)
class Span:
    """A time: whole seconds, minutes, hours or days (`90s`, `15m`, `12h`, `30d`); kept in seconds."""

    least_seconds: float = 1.0
    metavar: str = "DURATION"

    def read(self, value: object) -> float:
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError("write a whole number and one of s, m, h, d: 15m")
        seconds = float(int(found[1]) * _UNIT_SECONDS[found[2]])
        if seconds < self.least_seconds:
            raise ValueError(f"write {self.show(self.least_seconds)[1:-1]} or more")
        return seconds

    def show(self, value: object) -> str:
        seconds = int(cast("float", value))
        unit = next(unit for unit in "dhms" if seconds % _UNIT_SECONDS[unit] == 0)
        return f'"{seconds // _UNIT_SECONDS[unit]}{unit}"'


@dataclass(frozen=True, slots=True)
class Place:
    """A file or a folder; in the configuration file, relative to that file. None where there is none."""

    metavar: str = "PATH"

    def read(self, value: object) -> Path | None:
        if not isinstance(value, str) or "\x00" in value:
            raise ValueError("write a path")
        return Path(value).expanduser() if value else None

    def show(self, value: object) -> str:
        return _quoted(str(value or ""))


@dataclass(frozen=True, slots=True)
class Several:
    """A list of one kind; in the environment and after a flag, separated by commas."""

    of: Kind
    metavar: str = "A,B,..."

    def read(self, value: object) -> tuple[object, ...]:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list | tuple):
            raise ValueError("write a list")
        return tuple(self.of.read(one) for one in cast("Sequence[object]", value))

    def show(self, value: object) -> str:
        return f"[{', '.join(self.of.show(one) for one in cast('Sequence[object]', value))}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
