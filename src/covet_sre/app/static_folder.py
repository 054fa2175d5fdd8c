"""A folder of files that a web server serves: brought to what it should hold, each file whole at every moment."""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from covet_sre.errors import OutputError

_LIST = ".covet-sre-status.json"
"""Which files are ours: no other file is ever changed or removed."""

_PATH = re.compile(r"(?:[a-z0-9][a-z0-9_-]*/){0,4}[a-z0-9][a-z0-9_-]*\.[a-z]{2,4}")


def bring_to(folder: Path, files: Mapping[str, bytes], last: str = "index.html") -> int:
    """Write what differs, remove what was ours and is wanted no more; how many files changed.

    `last` is replaced after everything that it refers to is there. Raises OutputError: every file is whole then, as it
    was or as it should be.
    """
    for name in files:
        if not _PATH.fullmatch(name):
            raise OutputError(f"{name!r} is no name of a file of ours", where=str(folder), remedy="please report this")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ours = _ours(folder)
        _look_for_others(folder, files, ours)
        _keep_list(folder, ours | set(files))
        ordered = sorted(files, key=lambda name: (name == last, name.endswith(".html"), name))
        changed = sum(_replaced(folder / name, files[name]) for name in ordered)
        for name in sorted(ours - set(files)):
            (folder / name).unlink(missing_ok=True)
            changed += 1
        _keep_list(folder, set(files))
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}",
            where=str(error.filename or folder),
            remedy="check the folder, its permissions and the space that is left",
        ) from error
    return changed


def _ours(folder: Path) -> set[str]:
    try:
        listed = json.loads((folder / _LIST).read_text())
    except FileNotFoundError:
        return set()
    except (ValueError, UnicodeDecodeError):
        listed = None
    if not isinstance(listed, list) or not all(isinstance(one, str) and _PATH.fullmatch(one) for one in listed):
        raise OutputError("is no list of ours", where=str(folder / _LIST), remedy="remove it, or name another folder")
    return set(listed)


def _look_for_others(folder: Path, files: Mapping[str, bytes], ours: set[str]) -> None:
    for name in files:
        if name not in ours and (folder / name).exists():
            raise OutputError(
                "was not made by Covet SRE, which would overwrite it",
                where=str(folder / name),
                remedy="rename or remove it, or name another folder",
            )


def _keep_list(folder: Path, names: set[str]) -> None:
    _replaced(folder / _LIST, json.dumps(sorted(names)).encode())


def _replaced(place: Path, content: bytes) -> bool:
    """Whether it had to be."""
    with suppress(OSError):
        if place.read_bytes() == content:
            return False
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".covet-sre-", dir=place.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return True
