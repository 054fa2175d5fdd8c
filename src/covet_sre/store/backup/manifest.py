"""What a backup says of itself: of which version it is, how much is in it, and the heads of its chains."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from covet_sre.store.copying import columns_of, tables_in

FORMAT = 1

_SCHEMA = "SELECT version_num FROM alembic_version"
_AUDIT_HEAD = "SELECT position, digest FROM audit ORDER BY position DESC LIMIT 1"
_TIMELINE_HEADS = (
    "SELECT incident, position, digest FROM timeline AS last "
    "WHERE position = (SELECT max(position) FROM timeline WHERE incident = last.incident) ORDER BY incident"
)


@dataclass(frozen=True, slots=True)
class Heads:
    """The ends of all chains: a cut shows against them.

    `audit_digest` is the last entry's; `timelines_digest` is SHA-256 over a line `incident position digest` for each
    timeline, in the order of the incidents' code points.
    """

    audit_position: int
    audit_digest: str
    timelines: int
    timelines_digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`made_at` is in seconds since the epoch; `rows` are counted by table; `sha256` is of the unpacked database."""

    format: int
    product_version: str
    schema: str
    made_at: float
    made_from: str
    database_bytes: int
    sha256: str
    rows: Mapping[str, int]
    heads: Heads

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2, sort_keys=True)

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest: whoever notes it elsewhere can tell this backup from any other."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()


def manifest_in(text: str | bytes) -> Manifest:
    """The manifest of a JSON document. Raises ValueError for anything else, and for a newer format."""
    manifest = TypeAdapter(Manifest).validate_json(text)
    if manifest.format != FORMAT:
        raise ValueError(f"its format is {manifest.format}, and this release reads {FORMAT}")
    return manifest


def described(path: Path, made_at: float, made_from: str, product_version: str) -> Manifest:
    """What a copy holds. Raises sqlite3.Error where it is no database of ours."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        tables = tables_in(connection)
        rows = {table: int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]) for table in tables}
        (schema,) = connection.execute(_SCHEMA).fetchone()
        heads = heads_of(connection, tables)
    return Manifest(
        FORMAT, product_version, str(schema), made_at, made_from, path.stat().st_size, sha256_of(path), rows, heads
    )


def heads_of(connection: sqlite3.Connection, tables: list[str]) -> Heads:
    """The ends of the chains that are there; a chain that the schema does not have yet is empty."""
    audit = connection.execute(_AUDIT_HEAD).fetchone() if "audit" in tables else None
    position, digest = audit or (0, "")
    timelines, all_heads = 0, hashlib.sha256()
    if "timeline" in tables and "digest" in columns_of(connection, "timeline"):
        for incident, last, head in connection.execute(_TIMELINE_HEADS):
            timelines += 1
            all_heads.update(f"{incident} {last} {head}\n".encode("utf-8", "surrogatepass"))
    return Heads(int(position), str(digest), timelines, all_heads.hexdigest())


def sha256_of(path: Path) -> str:
    """In hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
