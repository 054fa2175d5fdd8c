"""What the tests of imports share: a text of a format in, findings and what was made out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from covet_sre.errors import Finding, Level
from covet_sre.flows.declaration import Declaration
from covet_sre.slo.objective import Objective
from covet_sre.spec import read_documents
from covet_sre.spec.importing.collection import Collection, ImportSettings
from covet_sre.spec.importing.paths import import_paths


@dataclass(frozen=True)
class Outcome:
    """The files that an import made, and everything that it said."""

    files: dict[str, str]
    findings: tuple[Finding, ...]

    @property
    def declaration(self) -> Declaration:
        """What the files declare; the test fails where the import was refused."""
        assert not self.errors, [str(each) for each in self.errors]
        return read_documents(self.files)

    @property
    def objective(self) -> Objective:
        [only] = self.declaration.objectives
        return only

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level is Level.ERROR]

    def one_error(self) -> Finding:
        [only] = self.errors
        return only

    def warned(self, code: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.code == code and finding.level is Level.WARNING]


Import = Callable[..., Outcome]


@pytest.fixture
def import_text(tmp_path: Path) -> Import:
    """`import_text("sloth", text, more, window_minutes=...)`: each text is a file of its own."""

    def run(name: str, *texts: str, **settings: object) -> Outcome:
        paths = [tmp_path / f"{number}.yaml" for number, _ in enumerate(texts)]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        into = Collection(ImportSettings("http://127.0.0.1:9090", **settings))  # type: ignore[arg-type]
        files = import_paths(name, paths, into)
        assert not (files and into.findings.has_errors), "nothing is given out beside an error"
        return Outcome(files, into.findings.worst_first())

    return run
