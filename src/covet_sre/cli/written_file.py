"""Writing one file whole or not at all: beside its place, then renamed."""

import os
import tempfile
from pathlib import Path

from covet_sre.errors import OutputError


def write_whole(path: Path, text: str) -> None:
    """Raises OutputError, and then what was at `path` is as it was."""
    try:
        handle, name = tempfile.mkstemp(prefix=".covet-sre-", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}",
            where=str(path),
            remedy="check the folder and its permissions",
        ) from error
