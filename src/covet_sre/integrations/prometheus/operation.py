"""How a Prometheus itself is doing: its version, targets that are down, rules that fail."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from covet_sre.errors import SourceMisanswered
from covet_sre.integrations.address import clipped
from covet_sre.integrations.prometheus.inspect import Inspection


@dataclass(frozen=True, slots=True)
class DownTarget:
    job: str
    instance: str
    error: str


@dataclass(frozen=True, slots=True)
class RuleState:
    """`error` is empty for a healthy rule. Times are of the rule's group."""

    name: str
    group: str
    error: str
    interval_seconds: float
    evaluation_seconds: float


class Operation:
    """Questions to one server. None where it does not answer that question, as Mimir does; other methods' errors
    are SourceError."""

    def __init__(self, inspection: Inspection) -> None:
        self._api = inspection.api

    def version(self) -> str | None:
        data = self._asked("/api/v1/status/buildinfo", {})
        return clipped(str(data["version"]), 60) if isinstance(data, dict) and data.get("version") else None

    def down_targets(self) -> tuple[list[DownTarget], int] | None:
        """Targets that are not up, and how many there are in all."""
        data = self._asked("/api/v1/targets", {"state": "active"})
        targets = _dictionaries(data.get("activeTargets")) if isinstance(data, dict) else None
        if targets is None:
            return None
        down = [
            DownTarget(_label(each, "job"), _label(each, "instance"), clipped(str(each.get("lastError", ""))))
            for each in targets
            if each.get("health") == "down"
        ]
        return down, len(targets)

    def rules(self, prefix: str) -> list[RuleState] | None:
        """The state of every rule in the groups that record or alert under names that begin so, or are named so."""
        data = self._asked("/api/v1/rules", {})
        groups = _dictionaries(data.get("groups")) if isinstance(data, dict) else None
        if groups is None:
            return None
        return [rule for group in groups for rule in _rules_of(group) if _is_ours(group, prefix)]

    def _asked(self, path: str, parameters: dict[str, str]) -> Any:
        try:
            return self._api.get(path, parameters)
        except SourceMisanswered:
            return None


def _rules_of(group: dict[str, Any]) -> Iterator[RuleState]:
    for rule in _dictionaries(group.get("rules")) or ():
        error = str(rule.get("lastError", "")) or ("it fails" if rule.get("health") == "err" else "")
        yield RuleState(
            clipped(str(rule.get("name", "")), 100),
            clipped(str(group.get("name", "")), 100),
            clipped(error),
            _number(group.get("interval")),
            _number(group.get("evaluationTime")),
        )


def _is_ours(group: dict[str, Any], prefix: str) -> bool:
    names = [group.get("name", ""), *(rule.get("name", "") for rule in _dictionaries(group.get("rules")) or ())]
    return any(str(name).startswith(prefix) for name in names)


def _label(target: dict[str, Any], name: str) -> str:
    return clipped(str(_dictionary(target.get("labels")).get(name, "")), 100)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _dictionary(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _dictionaries(value: object) -> list[dict[str, Any]] | None:
    if not isinstance(value, list):
        return None
    return [cast("dict[str, Any]", each) for each in cast("list[object]", value) if isinstance(each, dict)]
