"""Replacing and removing several files of a folder: all of them, or none."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# A hidden folder for a moment: no other program takes what is in it for one of its files.
_PREFIX = ".covet-sre-"


def is_temporary(path: Path) -> bool:
    """Whether it stands beside the files for a moment only."""
    return path.name.startswith(_PREFIX) or path.parent.name.startswith(_PREFIX)


@dataclass(frozen=True, slots=True)
class _Step:
    """One file: what will take its place (None: nothing), and what was there (None: nothing)."""

    place: Path
    new: Path | None
    old: Path | None

    def do(self) -> None:
        if self.new is None:
            self.place.unlink()
        else:
            self.new.replace(self.place)

    def undo(self) -> bool:
        """Whether the place is again as it was."""
        try:
            if self.old is None:
                self.place.unlink(missing_ok=True)
            else:
                self.old.replace(self.place)
        except OSError:
            return False
        return True


def replace_all(folder: Path, wanted: Mapping[str, bytes | None]) -> None:
    """Give each file its content, or remove it (None). `folder` is made.

    Everything is written in a folder beside the files first, so that a full disk is met before anything has changed.
    Raises OSError; every file is then as it was before, or is named in the error.
    """
    if not wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    done: list[_Step] = []
    try:
        steps = [_prepared(folder / name, content, beside) for name, content in wanted.items()]
        for step in steps:
            done.append(step)
            step.do()
    except BaseException as error:
        lost = [str(step.place) for step in reversed(done) if not step.undo()]
        if lost and isinstance(error, OSError):
            reason = f"{error.strerror or error}; and {', '.join(lost)} could not be put back as before"
            raise OSError(error.errno, reason, error.filename) from error
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _prepared(place: Path, content: bytes | None, beside: Path) -> _Step:
    """Write the new content, with the permissions of what it replaces, and keep a second name for that."""
    new = None
    if content is not None:
        new = beside / f"{place.name}.new"
        new.write_bytes(content)
    try:
        mode = place.stat().st_mode & 0o777
    except FileNotFoundError:
        return _Step(place, new, None)
    if new is not None:
        new.chmod(mode)
    old = beside / f"{place.name}.old"
    try:
        os.link(place, old, follow_symlinks=False)
    except OSError:  # There are file systems without hard links.
        shutil.copy2(place, old, follow_symlinks=False)
    return _Step(place, new, old)
