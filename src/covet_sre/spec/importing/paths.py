"""Files and folders of other tools -> reliability files, by the module of their format."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from covet_sre.errors import Location
from covet_sre.spec.files import files_below, text_of
from covet_sre.spec.findings import Document
from covet_sre.spec.importing import openslo_alpha, pyrra, sloth
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.expressions import Pair, import_pair
from covet_sre.spec.yaml_documents import read_yaml


class Format(NamedTuple):
    """How one format is imported, and what is said at the head of the files."""

    take: Callable[[list[Document], Collection], None]
    head: Sequence[str]


FORMATS = {
    "sloth": Format(sloth.import_sloth, sloth.HEAD),
    "pyrra": Format(pyrra.import_pyrra, pyrra.HEAD),
    "openslo": Format(openslo_alpha.import_openslo, openslo_alpha.HEAD),
}


def import_paths(name: str, paths: Sequence[Path], into: Collection) -> dict[str, str]:
    """Read files, and folders with everything below them that ends in .yaml or .yml, as the format `name`.

    The files to write, by their names; empty when something is wrong, which `into.findings` tells.
    """
    findings, documents = into.findings, list[Document]()
    files = list(dict.fromkeys(files_below(paths, findings)))
    for file in files:
        text = text_of(file, findings)
        if text is not None:
            documents += read_yaml(text, str(file), findings)
    if files and not documents and not findings.has_errors:
        remedy = "name a file that has some"
        findings.file_error(Location(str(files[0])), "file-empty", "no documents were found", remedy)
    format_ = FORMATS[name]
    format_.take(documents, into)
    if documents and into.is_empty and not findings.has_errors:
        remedy = "name the files that have the SLOs too"
        findings.file_error(
            Location(str(files[0])), "file-empty", "no SLOs and nothing else to import were found", remedy
        )
    return into.files((_made_by(name, ", ".join(map(str, files))), *format_.head))


def import_expressions(pair: Pair, into: Collection) -> dict[str, str]:
    """The same of two expressions."""
    import_pair(pair, into)
    return into.files((_made_by("expressions", f"{pair.error_query} and {pair.total_query}"),))


def _made_by(name: str, what: str) -> str:
    shown = what if len(what) <= 200 else f"{what[:199]}…"
    return f"Made by covet-sre import {name} of {shown}. It is yours to edit: nothing makes it anew."
