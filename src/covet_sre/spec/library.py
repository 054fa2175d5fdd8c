"""Everything that the files declare, by kind and name: where references are resolved."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from pydantic import BaseModel

from covet_sre.spec.covet_documents import ErrorBudgetPolicy
from covet_sre.spec.findings import Document, Findings, Spot, did_you_mean, listed, shown
from covet_sre.spec.heartbeat_documents import ExpectedHeartbeat, SentHeartbeat
from covet_sre.spec.notification_documents import NotificationTarget
from covet_sre.spec.oncall_documents import BusinessHours, EscalationPolicy, Schedule, Team
from covet_sre.spec.openslo import (
    SLI,
    SLO,
    AlertCondition,
    AlertNotificationTarget,
    AlertPolicy,
    DataSource,
    Service,
)
from covet_sre.spec.severity_documents import InhibitRule, SeverityPolicy
from covet_sre.spec.shape import check
from covet_sre.spec.stakeholder_documents import StakeholderList
from covet_sre.spec.status_documents import StatusPage

KINDS: dict[str, dict[str, type[BaseModel]]] = {
    "openslo/v1": {
        model.__name__: model
        for model in (Service, DataSource, SLI, SLO, AlertPolicy, AlertCondition, AlertNotificationTarget)
    },
    "covet-sre/v1": {
        model.__name__: model
        for model in (
            ErrorBudgetPolicy,
            Team,
            Schedule,
            EscalationPolicy,
            BusinessHours,
            SeverityPolicy,
            InhibitRule,
            ExpectedHeartbeat,
            SentHeartbeat,
            NotificationTarget,
            StakeholderList,
            StatusPage,
        )
    },
}

MAX_COMPARISONS = 100_000
"""Of wrong references with right names in one reading; after them, references to nothing are found without a hint."""

Declared = TypeVar("Declared", bound=BaseModel)


@dataclass(slots=True)
class Entry(Generic[Declared]):
    """A declared thing. `model` is None when the document has the wrong shape: it exists, and was reported."""

    name: str
    spot: Spot
    model: Declared | None


@dataclass(slots=True)
class Library:
    """The documents by kind and name. `is_whole` is false when a file could not be read to its end."""

    findings: Findings
    is_whole: bool = True
    _comparisons: int = 0
    _entries: dict[str, dict[str, Entry[BaseModel]]] = field(default_factory=dict[str, dict[str, Entry[BaseModel]]])

    def add(self, document: Document, *, keeps_model: bool = True) -> Entry[BaseModel] | None:
        """Take a document in, and give it; None, with a finding, when it can't be referred to.

        Without `keeps_model` only its name is kept, for references: the caller looks at the model once.
        """
        spot = Spot(document)
        written = document.value
        if not isinstance(written, dict):
            self.findings.error(
                spot, "kind-missing", f"the document is {shown(written)}", "write a mapping with apiVersion"
            )
            return None
        value = cast("dict[str, object]", written)
        model = self._model(value, spot)
        if model is None:
            return None
        kind = model.__name__
        metadata = value.get("metadata")
        name = cast("dict[str, object]", metadata).get("name") if isinstance(metadata, dict) else None
        entry = Entry(str(name), spot, check(model, value, spot, self.findings))
        if not isinstance(name, str):
            return None
        names = self._entries.setdefault(kind, {})
        if name in names:
            first = names[name].spot.location
            self.findings.error(
                spot / "metadata" / "name",
                "reference-ambiguous",
                f"{kind} {name!r} is declared twice (first at {first})",
                "rename or remove one of them",
            )
            return None
        names[name] = entry if keeps_model else Entry(name, spot, None)
        return entry

    def declare(self, model: type[BaseModel], name: str, spot: Spot) -> bool:
        """Keep a name for references, without a model; False if it is declared already."""
        names = self._entries.setdefault(model.__name__, {})
        if name in names:
            return False
        names[name] = Entry(name, spot, None)
        return True

    def has(self, model: type[BaseModel], name: str) -> bool:
        """Whether a document of this kind and name is declared, of whatever shape."""
        return name in self._entries.get(model.__name__, {})

    def all_of(self, model: type[Declared]) -> Iterator[tuple[Entry[Declared], Declared]]:
        """Every well-shaped document of a kind, in the order of the files."""
        for entry in self._entries.get(model.__name__, {}).values():
            if entry.model is not None:
                yield cast("Entry[Declared]", entry), cast("Declared", entry.model)

    def names(self, model: type[BaseModel]) -> list[str]:
        return list(self._entries.get(model.__name__, {}))

    def find(self, model: type[Declared], name: str, spot: Spot) -> Entry[Declared] | None:
        """The named document; None, with a finding at `spot`, when nothing of that name is declared."""
        kind = model.__name__
        names = self._entries.get(kind, {})
        entry = names.get(name)
        if entry is None:
            version = next(version for version, kinds in KINDS.items() if kind in kinds)
            declare = f"declare it: {{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}}}, spec: ...}}"
            self.report_unknown(f"{kind} {shown(name)}", name, names, spot, declare)
            return None
        return cast("Entry[Declared]", entry)

    def report_unknown(self, what: str, name: str, known: Collection[str], spot: Spot, declare: str) -> None:
        """A reference to nothing, with the nearest of the names that are known."""
        # What is missing may stand in the part of a file that could not be read.
        if self.is_whole:
            remedy = f"{did_you_mean(name, known)}; or {declare}" if self._may_compare(known) else declare
            self.findings.error(spot, "reference-unknown", f"there is no {what}", remedy)

    def _may_compare(self, names: Collection[str]) -> bool:
        """Whether a reference to nothing is still compared with all names: each time costs 20 us a name."""
        self._comparisons += len(names)
        return bool(names) and self._comparisons <= MAX_COMPARISONS

    def _model(self, value: dict[str, object], spot: Spot) -> type[BaseModel] | None:
        version, kind = value.get("apiVersion"), value.get("kind")
        if not isinstance(version, str) or version not in KINDS:
            here = spot / "apiVersion" if "apiVersion" in value else spot
            problem = f"apiVersion is {shown(version)}" if "apiVersion" in value else "the document has no apiVersion"
            self.findings.error(here, "kind-unknown", problem, _version_remedy(version, value))
            return None
        kinds = KINDS[version]
        if isinstance(kind, str) and kind in kinds:
            return kinds[kind]
        here = spot / "kind" if "kind" in value else spot
        elsewhere = [other for other, known in KINDS.items() if isinstance(kind, str) and kind in known]
        remedy = f"{kind} belongs to apiVersion: {elsewhere[0]}" if elsewhere else did_you_mean(str(kind), kinds)
        problem = f"{version} has no kind {shown(kind)}" if "kind" in value else "the document has no kind"
        self.findings.error(here, "kind-unknown", problem, remedy if "kind" in value else f"add it: {listed([*kinds])}")
        return None


def _version_remedy(version: object, value: dict[str, object]) -> str:
    if version in ("openslo/v1alpha", "openslo/v1beta1", "openslo.com/v2alpha"):
        return "only openslo/v1 is read: rewrite the document for it"
    if "slos" in value or "groups" in value:
        return "this looks like another tool's file: keep only openslo/v1 and covet-sre/v1 documents in these folders"
    near = did_you_mean(version, KINDS) if isinstance(version, str) else ""
    return near if near.startswith("did") else f"write apiVersion: {' or '.join(KINDS)}"
