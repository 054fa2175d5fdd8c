"""The settings as they are in force, and where each comes from: flag, environment, file or default."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from covet_sre.cli.configuration.kinds import Place, Several
from covet_sre.cli.configuration.positions import Position, positions
from covet_sre.cli.configuration.settings import BY_NAME, PREFIX, SETTINGS, Setting
from covet_sre.errors import Finding, InvalidConfiguration, Level, Location

USUAL_PLACES = (Path("covet-sre.toml"), Path("/etc/covet-sre/covet-sre.toml"))
FILE_VARIABLE = PREFIX + "CONFIG"

_AT = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class Value:
    """A setting's value and its origin, as a person would name it."""

    setting: Setting
    value: object
    origin: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every setting by name. `file` is None where there is none."""

    values: Mapping[str, Value]
    file: Path | None

    def __getitem__(self, name: str) -> object:
        return self.values[name].value

    def secrets(self) -> tuple[str, ...]:
        """The values of all secrets that are set: what must not be logged."""
        return tuple(str(one.value) for one in self.values.values() if one.setting.is_secret and one.value)

    def environment(self) -> dict[str, str]:
        """By variable, what parts of the server read from the environment and was given elsewhere."""
        return {
            one.setting.variable: str(one.value)
            for one in self.values.values()
            if one.setting.goes_by_environment and one.value and not one.origin.startswith("environment ")
        }

    def fields(self, names: Sequence[str]) -> dict[str, object]:
        """The values whose field is among `names`, by field."""
        return {one.setting.field: one.value for one in self.values.values() if one.setting.field in names}


def read_configuration(file: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]) -> Configuration:
    """`flags` by field, those that were given. Raises InvalidConfiguration with every finding, and nothing is in force.

    `file` None: what COVET_SRE_CONFIG names, else the first of the usual places that is there.
    """
    place = file or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    place = place or next((path for path in USUAL_PLACES if path.is_file()), None)
    reading = _Reading(place, environment, flags)
    values = {setting.name: reading.value(setting) for setting in SETTINGS}
    if reading.findings:
        raise InvalidConfiguration(tuple(reading.findings))
    return Configuration(values, place)


class _Reading:
    def __init__(self, place: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]) -> None:
        self._place, self._environment, self._flags = place, environment, flags
        self.findings: list[Finding] = []
        self._positions: Mapping[str, Position] = {}
        self._written = dict(self._keys_in(place)) if place is not None else {}
        self._refuse_unknown()

    def value(self, setting: Setting) -> Value:
        if setting.is_secret:
            return self._secret(setting)
        if (given := self._flags.get(setting.field)) not in (None, ()):
            return self._read(setting, given, setting.flag or "argument")
        if setting.variable in self._environment:
            return self._read(setting, self._environment[setting.variable], f"environment {setting.variable}")
        if setting.name in self._written:
            read = self._read(setting, self._written[setting.name], self._where(setting.name))
            return Value(setting, self._beside_file(setting, read.value), read.origin)
        return Value(setting, setting.default, "default")

    def _read(self, setting: Setting, given: object, origin: str) -> Value:
        try:
            return Value(setting, setting.kind.read(given), origin)
        except ValueError as error:
            location = self._location(setting.name) if origin.startswith("file ") else Location(origin)
            shown = repr(given) if len(repr(given)) < 80 else "what stands there"
            self._find("setting-impossible", location, setting.name, f"{shown} cannot be", str(error))
            return Value(setting, setting.default, origin)

    def _secret(self, setting: Setting) -> Value:
        file_variable, file_key = setting.variable + "_FILE", setting.name + "_file"
        if self._environment.get(setting.variable):
            return Value(setting, self._environment[setting.variable], f"environment {setting.variable}")
        if self._environment.get(file_variable):
            path = Path(self._environment[file_variable])
            return self._from_file(setting, path, f"environment {file_variable}", Location(file_variable))
        if file_key in self._written:
            try:
                path = Place().read(self._written[file_key])
            except ValueError as error:
                self._find("setting-impossible", self._location(file_key), file_key, "it is no path", str(error))
                return Value(setting, "", "default")
            if path is not None:
                beside = cast("Path", self._beside(path))
                return self._from_file(setting, beside, self._where(file_key), self._location(file_key))
        return Value(setting, "", "default")

    def _from_file(self, setting: Setting, path: Path, origin: str, location: Location) -> Value:
        try:
            return Value(setting, path.read_text().rstrip("\r\n"), origin)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            self._find("secret-unreadable", location, setting.name, f"{path}: {reason}", "allow reading it, or mend it")
            return Value(setting, "", origin)

    def _keys_in(self, place: Path) -> Iterator[tuple[str, object]]:
        try:
            text = place.read_text(encoding="utf-8")
            read = tomllib.loads(text)
        except OSError as error:
            told = f"it cannot be read: {error.strerror}"
            self._find("configuration-unreadable", Location(str(place)), "", told, "name another file with --config")
            return
        except UnicodeDecodeError:
            told = "it is no UTF-8"
            self._find("configuration-unreadable", Location(str(place)), "", told, "save it as UTF-8")
            return
        except tomllib.TOMLDecodeError as error:
            at = _AT.search(str(error))
            location = Location(str(place), int(at[1]), int(at[2])) if at else Location(str(place))
            told = _AT.sub("", str(error)).strip()
            self._find("configuration-unreadable", location, "", f"this is no TOML: {told}", "mend it there")
            return
        self._positions = positions(text)
        yield from _flat(read)

    def _refuse_unknown(self) -> None:
        known = {setting.name for setting in SETTINGS if not setting.is_secret}
        known |= {setting.name + "_file" for setting in SETTINGS if setting.is_secret}
        for name in self._written:
            if name in known:
                continue
            if name in BY_NAME:
                told, remedy = "a secret does not stand in this file", f"write it to a file, and name that: {name}_file"
                self._find("secret-in-file", self._location(name), name, told, remedy)
                continue
            remedy = _meant(name, known)
            self._find("setting-unknown", self._location(name), name, "there is no such setting", remedy)

    def _beside_file(self, setting: Setting, value: object) -> object:
        match setting.kind:
            case Place():
                return self._beside(cast("Path | None", value))
            case Several(of=Place()):
                return tuple(self._beside(one) for one in cast("tuple[Path, ...]", value))
            case _:
                return value

    def _beside(self, path: Path | None) -> Path | None:
        """A path in the file is relative to the file."""
        return path if path is None or self._place is None else self._place.parent / path

    def _location(self, name: str) -> Location:
        while name not in self._positions and "." in name:
            name = name.rpartition(".")[0]
        at = self._positions.get(name, Position(0, 0))
        return Location(str(self._place), at.line, at.column)

    def _where(self, name: str) -> str:
        return f"file {self._location(name)}"

    def _find(self, code: str, location: Location, field: str, problem: str, remedy: str) -> None:
        self.findings.append(Finding(Level.ERROR, code, location, field, problem, remedy))


def _flat(read: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for key, value in read.items():
        name = f"{before}{key}"
        is_section = any(setting.name.startswith(f"{name}.") for setting in SETTINGS)
        if isinstance(value, dict) and is_section:
            yield from _flat(cast("Mapping[str, object]", value), f"{name}.")
        else:
            yield name, value


def _meant(name: str, known: set[str]) -> str:
    # Imported here: only a mistake needs it.
    from covet_sre.spec.findings import did_you_mean

    return did_you_mean(name.replace("-", "_"), sorted(known))
