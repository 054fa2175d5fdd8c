"""Files and folders of other tools -> reliability files, by the module of their format."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from covet_sre.errors import Location
from covet_sre.spec.findings import Document, Findings
from covet_sre.spec.importing import openslo_alpha, pyrra, sloth
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.expressions import Pair, import_pair
from covet_sre.spec.reading import SUFFIXES
from covet_sre.spec.yaml_documents import MAX_FILE_BYTES, read_yaml


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
    files = list(dict.fromkeys(_files(paths, findings)))
    for file in files:
        text = _text(file, findings)
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


def _files(paths: Sequence[Path], findings: Findings) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            files = sorted(
                each
                for each in path.rglob("*")
                if each.name.endswith(SUFFIXES)
                and not any(part.startswith(".") for part in each.relative_to(path).parts)
            )
            if not files:
                problem = f"the folder has no files that end in {' or '.join(SUFFIXES)}"
                findings.file_error(Location(str(path)), "file-missing", problem, "name the folder that has them")
            yield from files
        elif path.exists():
            yield path
        else:
            findings.file_error(Location(str(path)), "file-missing", "there is no such file", "check the path")


def _text(path: Path, findings: Findings) -> str | None:
    location = Location(str(path))
    try:
        # A device or a pipe would never end.
        if not path.is_file():
            findings.file_error(location, "file-unreadable", "is no regular file", "name files and folders")
            return None
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
        findings.file_error(location, "file-unreadable", problem, "check its permissions")
        return None
    if len(content) > MAX_FILE_BYTES:
        problem = f"is larger than {MAX_FILE_BYTES >> 20} MiB"
        findings.file_error(location, "yaml-limit", problem, "split it into several files")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        here = Location(str(path), line, error.start - content.rfind(b"\n", 0, error.start))
        findings.file_error(here, "yaml-characters", "is no UTF-8 text", "save the file as UTF-8")
    return None
