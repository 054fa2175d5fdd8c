"""What an import has made so far: documents, the place that each came from, and everything to be said about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from covet_sre.errors import Finding, InvalidFiles
from covet_sre.spec.findings import Findings, Spot, shown
from covet_sre.spec.importing import documents
from covet_sre.spec.importing.documents import SOURCE_NAME, Made, SloParts, Values, name_of
from covet_sre.spec.importing.names import our_name
from covet_sre.spec.reading import read_documents
from covet_sre.spec.writing import document_text, yaml_text

# No service's file can have a name with a dot in it.
_SHARED_FILE = "shared.documents.yaml"
_SOURCE_FILE = "{}.data-source.yaml"
_FIRST_IN_FILE = ("Service", "SLO")


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """What the files to import don't say. `window_minutes` and `service` are None when nobody said it either."""

    prometheus_url: str
    window_minutes: int | None = None
    service: str | None = None


@dataclass(slots=True)
class Collection:
    """Documents are added one by one; `files` gives the whole."""

    settings: ImportSettings
    findings: Findings = field(default_factory=Findings)
    _made: dict[tuple[str, str], Made] = field(default_factory=dict[tuple[str, str], Made])
    _services: dict[str, str] = field(default_factory=dict[str, str])
    _renamed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _needed_sources: dict[str, Spot] = field(default_factory=dict[str, Spot])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was made."""
        return not self._made

    def name(self, written: str, spot: Spot, *before: str) -> str:
        """A name for what is called `written`, with `before` in front; empty, with a finding, when there is none."""
        own = our_name(written)
        name = our_name(*before, written)
        if not own:
            remedy = "write a name with a letter or a digit"
            self.findings.error(spot, "value-wrong", f"is {shown(written)}", remedy)
            return ""
        is_kept = own == written and name == "-".join((*before, own))
        if not is_kept and (name, written) not in self._renamed:
            self._renamed.add((name, written))
            problem = f"{shown(written)} cannot be a name here: it is called {name!r}"
            remedy = "names have 1 to 63 lower-case letters, digits and '-'; what it was called stays its displayName"
            self.findings.warning(spot, "import-renamed", problem, remedy)
        return name

    def service(self, written: str, spot: Spot) -> str:
        """The service of that name, declared when it is not yet; empty with a finding when it can have no name."""
        name = self.name(written, spot)
        if not name:
            return ""
        known = self._services.setdefault(name, written)
        if known != written:
            problem = f"the services {shown(known)} and {shown(written)} would both be called {name!r}"
            self.findings.error(spot, "reference-ambiguous", problem, "rename one of them")
            return ""
        if ("Service", name) not in self._made:
            self.add(documents.service(name, written), name, spot)
        return name

    def declare_service(self, document: Values, written: str, spot: Spot) -> None:
        """A Service that the files declare themselves, under the name that it is `written` with there."""
        self._services.setdefault(name_of(document), written)
        self.add(document, name_of(document), spot)

    def add_once(self, document: Values, spot: Spot) -> None:
        """Take a document in that belongs to no service alone, unless the very same is there."""
        known = self._made.get((str(document["kind"]), name_of(document)))
        if known is None or known.document != document:
            self.add(document, "", spot)

    def add(self, document: Values, service: str, spot: Spot) -> None:
        """Take a document in, or report that there is one of its name. `service` is empty when it belongs to none."""
        kind, name = str(document["kind"]), name_of(document)
        first = self._made.get((kind, name))
        if first is not None:
            problem = f"two of kind {kind} would be called {name!r} (the first at {first.spot.location})"
            self.findings.error(spot, "reference-ambiguous", problem, "rename one of them")
            return
        file = _SOURCE_FILE.format(name) if kind == "DataSource" else f"{service}.yaml" if service else _SHARED_FILE
        self._made[kind, name] = Made(document, file, spot)

    def add_slo(self, parts: SloParts, spot: Spot) -> None:
        """An SLO of one objective, read from the Prometheus of the settings."""
        self.needs_source(spot)
        self.add(documents.slo(parts), parts.service, spot)

    def needs_source(self, spot: Spot) -> None:
        """Something is read from the Prometheus of the settings."""
        if ("DataSource", SOURCE_NAME) not in self._made:
            self.add(documents.prometheus_source(self.settings.prometheus_url), "", spot)

    def needs_declared(self, name: str, spot: Spot) -> None:
        """Something is read from a source of that name, which the files should declare, anywhere in them."""
        self._needed_sources.setdefault(name, spot)

    def declare_missing_sources(self) -> None:
        """Give the sources that no file declares the Prometheus of the settings, and say so."""
        for name, spot in self._needed_sources.items():
            if ("DataSource", name) in self._made:
                continue
            url = self.settings.prometheus_url
            problem = f"these files declare no DataSource {name!r}: it is given the address {url}"
            remedy = "name the address with --prometheus, or import the file that declares it too"
            self.findings.warning(spot, "import-changed", problem, remedy)
            self.add(documents.prometheus_source(url, name), "", spot)

    def files(self, head: Sequence[str]) -> dict[str, str]:
        """The files by name: one for each service, one for each DataSource. Empty when there are errors.

        The documents are read back before they are given out: what our own reader says about one is reported at
        the place that it was made of.
        """
        if self._made and not self.findings.has_errors:
            self._read_back()
        if self.findings.has_errors:
            return {}
        by_file: dict[str, list[Values]] = {}
        for made in sorted(self._made.values(), key=_place_in_file):
            by_file.setdefault(made.file, []).append(made.document)
        return {
            file: yaml_text(of_file, [] if file.endswith(_SOURCE_FILE.format("")) else head)
            for file, of_file in by_file.items()
        }

    def _read_back(self) -> None:
        made = {f"{kind} {name}": each for (kind, name), each in self._made.items()}
        try:
            found: Sequence[Finding] = read_documents(
                {key: document_text(each.document) for key, each in made.items()}
            ).warnings
        except InvalidFiles as invalid:
            found = invalid.findings
        for finding in found:
            spot = made[finding.location.file].spot
            what = f"{finding.field}: " if finding.field else ""
            problem = f"imported, the {finding.location.file}: {what}{finding.problem}"
            told = Finding(finding.level, finding.code, spot.location, spot.field, problem, finding.remedy)
            self.findings.found.append(told)


def _place_in_file(made: Made) -> tuple[str, int]:
    kind = made.document["kind"]
    return made.file, _FIRST_IN_FILE.index(kind) if kind in _FIRST_IN_FILE else len(_FIRST_IN_FILE)
