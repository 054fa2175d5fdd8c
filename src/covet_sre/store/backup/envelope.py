"""A backup as a file: a tar archive, gzipped, of the manifest and one SQLite database. `tar xzf` opens it, too."""

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from covet_sre.errors import StoreError
from covet_sre.store.backup.manifest import Manifest, manifest_in, sha256_of
from covet_sre.store.copying import to_disk

MANIFEST, DATABASE = "manifest.json", "covet-sre.db"

_QUICK = 1
"""What takes most room is packed already: more effort gains little."""

_LARGEST_MANIFEST_BYTES = 1_000_000
_PIECE_BYTES = 1024 * 1024

_UNREADABLE = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, OSError)


class BackupBroken(StoreError):
    """A backup is damaged, was cut short, or is none. Take another one: `covet-sre db verify` tells which are whole."""

    code = "backup-broken"


def write_envelope(path: Path, manifest: Manifest, database: Path) -> None:
    """Write it under its name, whole and on the disk, or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=_QUICK) as archive:
            text = manifest.as_json().encode()
            about = tarfile.TarInfo(MANIFEST)
            about.size, about.mtime, about.mode = len(text), int(manifest.made_at), 0o600
            archive.addfile(about, io.BytesIO(text))
            about = tarfile.TarInfo(DATABASE)
            about.size, about.mtime, about.mode = database.stat().st_size, int(manifest.made_at), 0o600
            with database.open("rb") as content:
                archive.addfile(about, content)
        partial.chmod(0o600)
        to_disk(partial)
        partial.replace(path)
        to_disk(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def read_manifest(path: Path) -> Manifest:
    """The manifest alone. Raises BackupBroken."""
    with _opened(path) as archive:
        return _manifest(archive, path)


def unpack(path: Path, to: Path) -> Manifest:
    """Write the database of a backup to `to`, on the disk. Raises BackupBroken when one byte is not as it was."""
    to.unlink(missing_ok=True)
    with _opened(path) as archive:
        manifest = _manifest(archive, path)
        try:
            with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                written = _pour(_member(archive, path, DATABASE, manifest.database_bytes), file)
            _read_to_the_end(archive, path)
        except _UNREADABLE as error:
            raise _broken(path, str(error)) from error
    if written != manifest.database_bytes or sha256_of(to) != manifest.sha256:
        raise _broken(path, "the database in it is not the one that its manifest tells of")
    to_disk(to)
    return manifest


@contextmanager
def _opened(path: Path) -> Generator[tarfile.TarFile]:
    try:
        with tarfile.open(path, mode="r:gz") as archive:
            yield archive
    except FileNotFoundError as error:
        raise StoreError("there is no such file", where=str(path), remedy="name a backup") from error
    except _UNREADABLE as error:
        raise _broken(path, f"it cannot be read: {error}") from error


def _manifest(archive: tarfile.TarFile, path: Path) -> Manifest:
    try:
        return manifest_in(_member(archive, path, MANIFEST, _LARGEST_MANIFEST_BYTES).read(_LARGEST_MANIFEST_BYTES))
    except (ValueError, RecursionError) as error:
        raise _broken(path, f"its manifest cannot be read: {error}") from error


def _member(archive: tarfile.TarFile, path: Path, name: str, most_bytes: int) -> IO[bytes]:
    """The next member of the archive, which must be a file of this name: they stand in order."""
    about = archive.next()
    content = archive.extractfile(about) if about is not None and about.isreg() and about.name == name else None
    if about is None or content is None:
        raise _broken(path, f"{name} is missing in it")
    if about.size > most_bytes:
        raise _broken(path, f"{name} is larger than it should be")
    return content


def _read_to_the_end(archive: tarfile.TarFile, path: Path) -> None:
    """The checksum stands at the very end, behind what an archive is filled up with."""
    if archive.next() is not None:
        raise _broken(path, "there is more in it than there should be")
    while piece := archive.fileobj.read(_PIECE_BYTES):
        if any(piece):
            raise _broken(path, "there is something behind its end")


def _pour(source: IO[bytes], target: IO[bytes]) -> int:
    written = 0
    while piece := source.read(_PIECE_BYTES):
        written += target.write(piece)
    return written


def _broken(path: Path, problem: str) -> BackupBroken:
    return BackupBroken(problem, where=str(path), remedy="take another backup")
