"""A folder of generated files: how it differs from what it should hold, and bringing it there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from covet_sre.cli.difference import difference
from covet_sre.cli.replacing import is_temporary, replace_all
from covet_sre.errors import OutputError
from covet_sre.flows.generating import Kind

# A file of ours says so at its beginning.
_MARK_WITHIN_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is not as it should be.

    `before` None: it is missing; `after` None: nothing asks for it any more.
    """

    name: str
    before: bytes | None
    after: bytes | None

    @property
    def word(self) -> str:
        if self.before is None:
            return "missing"
        return "no longer generated" if self.after is None else "different"

    def lines(self) -> Iterator[str]:
        """What differs in a file that is there and should be: what it holds (-), and what it should (+)."""
        if self.before is not None and self.after is not None:
            yield from difference(*(content.decode("utf-8", "replace") for content in (self.before, self.after)))


class GeneratedFolder:
    """The files of one target in a folder; all others are left alone."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder, self._suffixes = folder, kind.suffixes
        # `generate prometheus` is not `generate prometheus-operator`.
        self._mark = re.compile(re.escape(kind.mark.encode()) + rb"(?![\w-])")

    def changes(self, files: Mapping[str, str]) -> list[Change]:
        """Every file that must be written or removed.

        Raises OutputError when the folder cannot be read, or somebody else's file stands where one should be written.
        """
        found: list[Change] = []
        for name in sorted({*files, *self._ours()}):
            before, after = self._present(name), files[name].encode() if name in files else None
            if before == after:
                continue
            if before is not None and not self._is_ours(before):
                raise OutputError(
                    "was not made by this command, which would overwrite it",
                    where=str(self.folder / name),
                    remedy="rename or remove it, or name another folder with -o",
                )
            found.append(Change(name, before, after))
        return found

    def bring_to(self, files: Mapping[str, str]) -> list[Change]:
        """Write what differs and remove what nothing asks for: all of it, or nothing. Raises OutputError."""
        changes = self.changes(files)
        try:
            replace_all(self.folder, {change.name: change.after for change in changes})
        except OSError as error:
            raise self._refusal(error, "written") from error
        return changes

    def _ours(self) -> list[str]:
        """What can be told to be ours: what cannot be read, or is no file, is not."""
        try:
            named = [path for path in self.folder.iterdir() if path.name.endswith(self._suffixes)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._refusal(error, "read") from error
        return [path.name for path in named if self._is_ours(_beginning(path))]

    def _is_ours(self, content: bytes) -> bool:
        return self._mark.search(content[:_MARK_WITHIN_BYTES]) is not None

    def _present(self, name: str) -> bytes | None:
        path = self.folder / name
        try:
            # A pipe would never end.
            if path.exists() and not path.is_file():
                raise OutputError(
                    "is there already, and is no file", where=str(path), remedy="remove it, or use another folder"
                )
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refusal(error, "read") from error

    def _refusal(self, error: OSError, what: str) -> OutputError:
        # Of a failed rename the second name is that of the file; what stands beside it for a moment concerns nobody.
        place = Path(str(error.filename2 or error.filename or self.folder))
        return OutputError(
            f"cannot be {what}: {error.strerror or error}",
            where=str(self.folder if is_temporary(place) else place),
            remedy="name another folder with -o, or check its permissions and the space that is left",
        )


def _beginning(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(_MARK_WITHIN_BYTES)
    except OSError:
        return b""
