"""`covet-sre db`: upgrade, back up, verify and restore what is kept."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import DEFAULT_SERVER, Client
from covet_sre.cli.configuration.options import configured, settings_options
from covet_sre.cli.exits import FINDINGS

if TYPE_CHECKING:
    from covet_sre.store.backup import Backup, Verified

SCHEMA_VERSION = 1

_BACKUP = "/api/v1/operating/backup"

_server = click.option(
    "--server",
    envvar="COVET_SRE_SERVER",
    metavar="URL",
    help="Ask this server; by default the database is opened, and where a server has it open, that one is asked.",
)


@click.group()
def db() -> None:
    """What is kept: upgrade, back up, verify, restore."""


@db.command()
@settings_options(["database_url", "backup.folder"])
def upgrade(config: Path | None, database_url: str | None, backup_folder: str | None) -> None:
    """Bring the database to the schema of this version; `serve` does so by itself.

    What is there is copied first: an SQLite file beside itself, PostgreSQL into the backup folder.
    """
    from covet_sre.store import open_store
    from covet_sre.store.upgrade import CURRENT

    settings = configured(config, {"database_url": database_url, "backup_folder": backup_folder})
    folder = settings["backup.folder"]
    open_store(str(settings["database_url"]), folder if isinstance(folder, Path) else None).close()
    click.echo(f"covet-sre: the schema is {CURRENT}", err=True)


@db.command()
@click.option(
    "-o",
    "--output-file",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the backup goes; by default covet-sre-TIME.tar.gz here.",
)
@settings_options(["database_url"])
@_server
def backup(config: Path | None, file: Path | None, database_url: str | None, server: str | None) -> None:
    """Make a backup, and verify it. A running server goes on meanwhile, and is asked for it.

    Exit status: 0; 1 when it cannot be made or is damaged; 4 when the server does not answer.
    """
    from covet_sre.app import wall_clock
    from covet_sre.errors import OutputError, StoreBusy
    from covet_sre.store.backup import file_name

    now = wall_clock()
    place = file or Path(file_name(now))
    if not place.absolute().parent.is_dir():
        raise OutputError("the folder does not exist", where=str(place), remedy=f"mkdir -p {place.parent}")
    if server:
        Client(server).download(_BACKUP, place)
    else:
        settings = configured(config, {"database_url": database_url})
        url = str(settings["database_url"])
        try:
            _made(url, place, now)
        except StoreBusy:
            _server_of(url, f"http://127.0.0.1:{settings['port']}").download(_BACKUP, place)
    _tell_verified(place)


@db.command()
@click.argument("what", metavar="FILE|URL")
@output_option
@_server
def verify(what: str, output: str, server: str | None) -> None:
    """Look through a backup or a database: pages, row counts, the audit record, timelines, what is shown of incidents.

    FILE is a backup or an SQLite file; URL a database. What a server has open is looked through by that server.

    Exit status: 0; 1 with what is damaged; 4 when the server does not answer.
    """
    found = _looked_through(what, server)
    damages: list[dict[str, str]] = found["damages"]
    if output == "json":
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **found}, indent=2, ensure_ascii=False))
    else:
        from covet_sre.cli.output import printable

        for damage in damages:
            click.echo(printable(f"{what}: {damage['where']}: {damage['problem']}"))
        for line in _told(found.get("manifest")):
            click.echo(line)
    number = len(damages)
    click.echo(_summary(number), err=True)
    sys.exit(FINDINGS if damages else 0)


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a database that has content; the old one is kept aside.")
@click.option(
    "--reconcile",
    "reconcile",
    default="30m",
    show_default=True,
    metavar="DURATION",
    help="For how long incidents that were open page only once, from the first start on.",
)
@settings_options(["database_url"])
@actor_option
def restore(config: Path | None, file: Path, force: bool, reconcile: str, database_url: str | None, actor: str) -> None:
    """Put a backup in the place of a database, whole or not at all. Stop its servers first.

    Into SQLite or PostgreSQL, whichever it was made from. Afterwards each incident that was open pages at most once,
    until somebody types `covet-sre db reconciled` or the time is over: what it says may be old.
    """
    from covet_sre.app import wall_clock
    from covet_sre.cli.configuration.kinds import Span, without_password
    from covet_sre.store.backup import Wish
    from covet_sre.store.backup import restore as put_back

    try:
        seconds = Span(1.0).read(reconcile)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--reconcile") from error
    url = str(configured(config, {"database_url": database_url})["database_url"])
    who = actor or os.environ.get("USER", "") or "the command line"
    done = put_back(file, url, Wish(wall_clock(), who, force, seconds))
    for line in _told(json.loads(done.manifest.as_json())):
        click.echo(line)
    if done.aside:
        click.echo(f"covet-sre: what was there is kept in {done.aside}", err=True)
    click.echo(f"covet-sre: restored {file} into {without_password(url)}", err=True)


@db.command()
@actor_option
@click.option("--server", default=DEFAULT_SERVER, show_default=True, envvar="COVET_SRE_SERVER", metavar="URL")
@output_option
def reconciled(actor: str, server: str, output: str) -> None:
    """After a restore: what it says has been looked into, and escalation goes on as usual."""
    answer = Client(server).post("/api/v1/operating/reconciled", {"actor": actor})
    if output == "json":
        print_json(answer)
    else:
        click.echo("covet-sre: escalation goes on as usual", err=True)


def _made(url: str, place: Path, now: float) -> "Backup":
    """Of a database that no server has open, as it is: its schema is not touched."""
    from covet_sre.store.backup import make_backup
    from covet_sre.store.copying import copy_database
    from covet_sre.store.opening import open_backend

    _refuse_missing(url)
    backend = open_backend(url)
    try:
        return make_backup(lambda path: copy_database(backend, path), place, now, backend.where)
    finally:
        backend.close()


def _refuse_missing(url: str) -> None:
    """SQLite would make the file that it is asked to open."""
    from covet_sre.errors import StoreError

    path = Path(url.removeprefix("sqlite:///")).expanduser()
    if url.startswith("sqlite") and not path.exists():
        raise StoreError("there is no such file", where=str(path), remedy="name it: --database-url sqlite:///FILE")


def _server_of(url: str, address: str) -> Client:
    """The server that has this very database open. Raises Refused where another one answers there."""
    from covet_sre.errors import Refused

    client, path = Client(address), str(Path(url.removeprefix("sqlite:///")).expanduser().resolve())
    found = client.get("/api/v1/operating")["database"]
    if found != path:
        raise Refused(
            f"the server there has another database open ({found}, and not {path})",
            where=address,
            remedy="name the right one: --server http://127.0.0.1:PORT",
        )
    return client


def _tell_verified(place: Path) -> None:
    from covet_sre.store.backup import verify_file

    found = verify_file(place)
    for damage in found.damages:
        click.echo(f"{place}: {damage}", err=True)
    if found.damages or found.manifest is None:
        sys.exit(FINDINGS)
    for line in _told(json.loads(found.manifest.as_json())):
        click.echo(line)
    size = place.stat().st_size
    click.echo(f"covet-sre: {place}, {size} bytes, verified; its manifest is {found.manifest.digest}", err=True)


def _looked_through(what: str, server: str | None) -> dict[str, Any]:
    from covet_sre.errors import StoreBusy

    if server:
        return Client(server).post("/api/v1/operating/verify", {})
    if "://" not in what:
        from covet_sre.store.backup import verify_file

        return _as_found(verify_file(Path(what)))
    from covet_sre.store.backup import verify_database
    from covet_sre.store.opening import open_backend

    _refuse_missing(what)
    try:
        backend = open_backend(what)
    except StoreBusy:
        return _server_of(what, DEFAULT_SERVER).post("/api/v1/operating/verify", {})
    try:
        return _as_found(verify_database(backend))
    finally:
        backend.close()


def _as_found(verified: "Verified") -> dict[str, Any]:
    manifest = json.loads(verified.manifest.as_json()) if verified.manifest else None
    damages = [{"where": one.where, "problem": one.problem} for one in verified.damages]
    return {"ok": not damages, "damages": damages, "manifest": manifest}


def _told(manifest: dict[str, Any] | None) -> list[str]:
    """What is in it, in a few lines."""
    if manifest is None:
        return []
    rows, heads = manifest["rows"], manifest["heads"]
    return [
        f"schema       {manifest['schema']}",
        f"rows         {sum(rows.values())} in {len(rows)} tables; {rows.get('incident', 0)} incidents",
        f"audit        {heads['audit_position']} acts, ends in {heads['audit_digest'][:16] or '-'}",
        f"timelines    {heads['timelines']}, together {heads['timelines_digest'][:16]}",
    ]


def _summary(damages: int) -> str:
    return f"covet-sre: {damages} damage{'s' * (damages != 1)}" if damages else "covet-sre: whole"
