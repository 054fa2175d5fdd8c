"""Files that are written once and are people's to edit from then on: what is there already is never lost."""

from collections.abc import Mapping
from pathlib import Path

from covet_sre.cli.generated_folder import Change, GeneratedFolder
from covet_sre.errors import OutputError
from covet_sre.flows.generating import Kind

# Nothing in the folder counts as ours: imported files are edited, and nothing of them is ever removed.
_NOTHING = Kind(suffix="\0", mark="\0")


class ReceivingFolder(GeneratedFolder):
    """A folder that takes files in; `force` lets them take the place of others."""

    def __init__(self, folder: Path, *, force: bool) -> None:
        super().__init__(folder, _NOTHING)
        self._force = force

    def changes(self, files: Mapping[str, str]) -> list[Change]:
        """Every file that must be written. Raises OutputError when one is there with other contents, without force."""
        present = {name: self._present(name) for name in sorted(files)}
        changes = [Change(name, before, files[name].encode()) for name, before in present.items()]
        changes = [change for change in changes if change.before != change.after]
        kept = [change.name for change in changes if change.before is not None]
        if kept and not self._force:
            raise OutputError(
                f"{', '.join(kept)}: {'exists' if len(kept) == 1 else 'exist'} with other contents; none was written",
                where=str(self.folder),
                remedy="name another folder with -o, or overwrite with --force",
            )
        return changes
