"""What an import has made so far: documents with the place that each came from, and everything to be said about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from covet_sre.errors import Finding, InvalidFiles
from covet_sre.spec.findings import Findings, Spot, shown
from covet_sre.spec.importing import documents
from covet_sre.spec.importing.documents import SOURCE_NAME, Made, SloParts, Values
from covet_sre.spec.importing.names import our_name
from covet_sre.spec.reading import read_documents
from covet_sre.spec.writing import document_text, yaml_text


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
    _services: dict[str, tuple[str, Values]] = field(default_factory=dict[str, tuple[str, Values]])
    _sources: dict[str, Made] = field(default_factory=dict[str, Made])
    _made: list[Made] = field(default_factory=list[Made])
    _names: dict[tuple[str, str], Spot] = field(default_factory=dict[tuple[str, str], Spot])
    _renamed: set[str] = field(default_factory=set[str])

    def name(self, written: str, spot: Spot, *before: str) -> str:
        """A name for what is called `written`, with `before` in front; empty, with a finding, when there is none."""
        own = our_name(written)
        name = our_name(*before, written)
        if not own:
            remedy = "write a name with a letter or a digit"
            self.findings.error(spot, "value-wrong", f"is {shown(written)}", remedy)
            return ""
        if own != written and written not in self._renamed:
            self._renamed.add(written)
            problem = f"{shown(written)} cannot be a name here: it is called {name!r}"
            remedy = "names have 1 to 63 lower-case letters, digits and '-'; what it was called stays its displayName"
            self.findings.warning(spot, "import-renamed", problem, remedy)
        return name

    def service(self, written: str, spot: Spot, description: str = "") -> str:
        """The service of that name, declared when it is not yet; empty with a finding when it can have no name."""
        name = self.name(written, spot)
        if not name:
            return ""
        known = self._services.get(name)
        if known and known[0] != written:
            problem = f"the services {shown(known[0])} and {shown(written)} would both be called {name!r}"
            self.findings.error(spot, "reference-ambiguous", problem, "rename one of them")
            return ""
        if known is None or description:
            self._services[name] = written, documents.service(name, written, description)
        return name

    def source(self, name: str, document: Values, spot: Spot) -> None:
        """A DataSource that the files declare themselves."""
        if self._is_new("DataSource", name, spot):
            self._sources[name] = Made(document, "", spot)

    def add(self, made: Made) -> None:
        """Take a document in, or report that there is one of its name already."""
        metadata = made.document["metadata"]
        assert isinstance(metadata, dict)
        if self._is_new(str(made.document["kind"]), str(metadata["name"]), made.spot):
            self._made.append(made)

    def add_slo(self, parts: SloParts, spot: Spot) -> None:
        self.add(Made(documents.slo(parts), parts.service, spot))

    def files(self, head: Sequence[str]) -> dict[str, str]:
        """The files by name: one for each service, one for each DataSource. Empty when there are errors.

        The documents are read back before they are given out: what our own reader says about one is reported at
        the place that it was made of.
        """
        if not self._made and not self.findings.has_errors:
            return {}
        if not self._sources or any(f"metricSourceRef: {SOURCE_NAME}\n" in document_text(each.document) for each in self._made):
            declared = documents.prometheus_source(self.settings.prometheus_url)
            if self._made:
                self._sources.setdefault(SOURCE_NAME, Made(declared, "", self._made[0].spot))
        if not self.findings.has_errors:
            self._read_back()
        if self.findings.has_errors:
            return {}
        files = {f"{name}.data-source.yaml": yaml_text([made.document]) for name, made in self._sources.items()}
        for name, (_, declared) in self._services.items():
            of_service = [made.document for made in self._made if made.service == name]
            files[f"{name}.yaml"] = yaml_text([declared, *of_service], head)
        return files

    def _is_new(self, kind: str, name: str, spot: Spot) -> bool:
        first = self._names.setdefault((kind, name), spot)
        if first is spot:
            return True
        problem = f"two of kind {kind} would be called {name!r} (the first at {first.location})"
        self.findings.error(spot, "reference-ambiguous", problem, "rename one of them")
        return False

    def _read_back(self) -> None:
        parts = [*self._sources.values(), *self._made]
        texts = {f"made-{number}": document_text(made.document) for number, made in enumerate(parts)}
        texts |= {f"service {name}": document_text(declared) for name, (_, declared) in self._services.items()}
        try:
            found: Sequence[Finding] = read_documents(texts).warnings
        except InvalidFiles as invalid:
            found = invalid.findings
        for finding in found:
            _, _, number = finding.location.file.partition("made-")
            spot = parts[int(number)].spot if number else parts[-1].spot
            problem = f"imported, its {finding.field}: {finding.problem}" if finding.field else finding.problem
            told = Finding(finding.level, finding.code, spot.location, spot.field, problem, finding.remedy)
            self.findings.found.append(told)
