"""A folder of generated files: how it differs from what it should hold, and bringing it there without half-written files."""

import difflib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from covet_sre.errors import OutputError
from covet_sre.flows.generating import Kind

# A file of ours says so at its beginning.
_MARK_WITHIN_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is not as it should be. `before` None: it is missing; `after` None: nothing asks for it any more."""

    name: str
    before: str | None
    after: str | None

    @property
    def word(self) -> str:
        if self.before is None:
            return "missing"
        return "no longer generated" if self.after is None else "different"

    def lines(self) -> Iterator[str]:
        """A unified difference: what is there (-), and what should be (+)."""
        before = (self.before or "").splitlines()
        after = (self.after or "").splitlines()
        yield from difflib.unified_diff(before, after, f"{self.name} (on disk)", f"{self.name} (generated)", lineterm="")


class GeneratedFolder:
    """The files of one target in a folder; all others are left alone."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder, self._kind = folder, kind

    def changes(self, files: Mapping[str, str]) -> list[Change]:
        """Every file that must be written or removed. Raises OutputError when the folder cannot be read."""
        found: list[Change] = []
        for name in sorted({*files, *self._ours()}):
            before, after = self._present(name), files.get(name)
            if before != after:
                found.append(Change(name, before, after))
        return found

    def bring_to(self, files: Mapping[str, str]) -> list[Change]:
        """Write what differs and remove what nothing asks for. Each file is written beside its place, then renamed.

        Raises OutputError; files that were not renamed by then are as they were before.
        """
        changes = self.changes(files)
        beside: list[tuple[Path, Path]] = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for change in changes:
                if change.after is not None:
                    beside.append((self._written_beside(change.after), self.folder / change.name))
            while beside:
                beside[-1][0].replace(beside[-1][1])
                beside.pop()
            for change in changes:
                if change.after is None:
                    (self.folder / change.name).unlink()
        except OSError as error:
            raise self._refusal(error, "written") from error
        finally:
            for temporary, _ in beside:
                temporary.unlink(missing_ok=True)
        return changes

    def _ours(self) -> list[str]:
        try:
            names = [path.name for path in self.folder.iterdir() if path.name.endswith(self._kind.suffix)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._refusal(error, "read") from error
        return [name for name in names if self._kind.mark in (self._present(name) or "")[:_MARK_WITHIN_BYTES]]

    def _present(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refusal(error, "read") from error

    def _written_beside(self, text: str) -> Path:
        handle, name = tempfile.mkstemp(prefix=".covet-sre-", dir=self.folder)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
            temporary.chmod(0o644)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return temporary

    def _refusal(self, error: OSError, what: str) -> OutputError:
        place = str(error.filename or self.folder)
        return OutputError(
            f"cannot be {what}: {error.strerror or error}",
            where=place,
            remedy="name another folder with -o, or check its permissions and the space that is left",
        )
