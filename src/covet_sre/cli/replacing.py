"""Replacing and removing several files of a folder: all of them, or none."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# A hidden name without the suffix of anything: no other program takes it for one of its files.
_PREFIX = ".covet-sre-"


def is_temporary(path: Path) -> bool:
    """Whether it is a file that stands beside another for a moment."""
    return path.name.startswith(_PREFIX)


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

    def clean(self) -> None:
        for temporary in (self.new, self.old):
            if temporary is not None:
                temporary.unlink(missing_ok=True)


def replace_all(folder: Path, wanted: Mapping[str, bytes | None]) -> None:
    """Give each file its content, or remove it (None). `folder` is made.

    Everything is written and flushed beside its place first, so that a full disk is met before anything has changed.
    Raises OSError; every file is then as it was before, or is named in the error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps: list[_Step] = []
    done: list[_Step] = []
    try:
        for name, content in wanted.items():
            steps.append(_prepared(folder / name, content))
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
        for step in steps:
            step.clean()


def _prepared(place: Path, content: bytes | None) -> _Step:
    new = None if content is None else _written(place, content)
    try:
        return _Step(place, new, _kept(place))
    except BaseException:
        if new is not None:
            new.unlink(missing_ok=True)
        raise


def _written(place: Path, content: bytes) -> Path:
    """A file beside the place, with the permissions of the one that it replaces."""
    handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=place.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(_mode(place))
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return beside


def _mode(place: Path) -> int:
    try:
        return place.stat().st_mode & 0o777
    except FileNotFoundError:
        # There is no other way to ask than to set it.
        mask = os.umask(0o077)
        os.umask(mask)
        return 0o666 & ~mask


def _kept(place: Path) -> Path | None:
    """A second name for what is there now: it needs no space. A copy where there are no hard links."""
    handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=place.parent)
    os.close(handle)
    beside = Path(name)
    beside.unlink()
    try:
        _link_or_copy(place, beside)
    except FileNotFoundError:
        return None
    return beside


def _link_or_copy(place: Path, beside: Path) -> None:
    try:
        os.link(place, beside, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(place, beside, follow_symlinks=False)
