"""This machine: versions, optional parts, secrets and proxies of the environment, and the database's place."""

import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.request import getproxies_environment, proxy_bypass

from covet_sre.cli.diagnosis.check import Check, Group
from covet_sre.flows.declaration import Declaration

HERE = Group("Here")
DATABASE = Group("Database")

LITTLE_BYTES = 1_000_000_000
TOO_LITTLE_BYTES = 100_000_000
LARGE_LOG_BYTES = 256 * 1024 * 1024
"""Four times what the log of a database that is folded in regularly may take."""

_CONNECT_SECONDS = 5.0
_EXTRAS = (("psycopg", "postgresql", "a PostgreSQL database"), ("covet", "demo", "covet-sre demo"))


def versions() -> Iterator[Check]:
    """Python, Covet SRE, and its optional parts."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield HERE.ok("version", f"covet-sre {version('covet-sre')} on Python {python}")
    for package, extra, purpose in _EXTRAS:
        try:
            yield HERE.ok(f"extra {extra}", f"{package} {version(package)}")
        except PackageNotFoundError:
            yield HERE.not_checked(f"extra {extra}", f"not installed; {purpose} needs covet-sre[{extra}]")


def proxies() -> Iterator[Check]:
    """Variables that would lead other programs away from what runs on this machine. Covet SRE uses no proxies."""
    named = {scheme: address for scheme, address in getproxies_environment().items() if scheme in ("http", "all")}
    if not named:
        yield HERE.ok("proxy", "no proxy in the environment")
    elif all(proxy_bypass(host) for host in ("127.0.0.1", "localhost")):
        yield HERE.ok("proxy", "a proxy is set, and not for loopback")
    else:
        variables = " and ".join(f"{scheme}_proxy" for scheme in sorted(named))
        told = f"{variables} would catch loopback too: other programs do not reach what runs on this machine"
        yield HERE.warning("proxy", told, "export NO_PROXY=127.0.0.1,localhost,::1")


def secrets(declaration: Declaration, environment: Mapping[str, str]) -> Iterator[Check]:
    """The variables that sources take their headers from."""
    for source in declaration.sources:
        for header, variable in source.headers_env:
            subject = f"secret {variable}"
            if environment.get(variable):
                yield HERE.ok(subject, f"set, for the header {header} of {source.name}")
            else:
                told = f"not set: {source.name} is asked without the header {header}"
                yield HERE.problem(subject, told, f"export {variable}=..., and start the server again")


def database(url: str, *, is_default: bool) -> Iterator[Check]:
    """Where the database is, without opening it: `serve` alone does."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except ArgumentError:
        yield DATABASE.problem("address", "this is no database URL", "write sqlite:///file.db or postgresql://...")
        return
    if parsed.drivername.startswith("sqlite"):
        if not parsed.database:
            yield DATABASE.warning("file", "it is in memory alone", "name a file: sqlite:///covet-sre.db")
        else:
            yield from _file(Path(parsed.database).expanduser().absolute(), is_default=is_default)
    elif parsed.drivername.startswith("postgres"):
        yield _postgresql(parsed.host or "", parsed.port or 5432)
    else:
        remedy = "write sqlite:///file.db or postgresql://user@host/database"
        yield DATABASE.problem("address", f"{parsed.drivername} is no database that is supported", remedy)


def _file(path: Path, *, is_default: bool) -> Iterator[Check]:
    folder = path.parent
    if not folder.is_dir():
        yield DATABASE.problem("file", f"{folder}: the folder does not exist", f"mkdir -p {folder}")
        return
    if not os.access(folder, os.W_OK):
        yield DATABASE.problem("file", f"{folder}: the folder cannot be written", f"chmod u+w {folder}")
    if not path.exists():
        if is_default:
            yield DATABASE.not_checked("file", f"{path} is not there yet: serve makes it")
        else:
            yield DATABASE.warning("file", f"{path} is not there yet", "check the address, or let serve make it")
    elif not os.access(path, os.R_OK | os.W_OK):
        yield DATABASE.problem("file", f"{path} cannot be read and written", f"chmod u+rw {path}")
    else:
        yield DATABASE.ok("file", f"{path}, {_size(path.stat().st_size)}")
    yield from _log(path.with_name(path.name + "-wal"))
    yield _space(folder)


def _log(path: Path) -> Iterator[Check]:
    try:
        size = path.stat().st_size
    except OSError:
        return
    if size > LARGE_LOG_BYTES:
        told = f"{path.name} has {_size(size)}: it is not folded into the file any more"
        yield DATABASE.warning("write-ahead log", told, "restart the server; look for a backup that reads for hours")
    else:
        yield DATABASE.ok("write-ahead log", f"{path.name}, {_size(size)}")


def _space(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    told = f"{_size(free)} free in {folder}"
    if free < TOO_LITTLE_BYTES:
        return DATABASE.problem("space", told, "make room: measuring stops when nothing can be written")
    if free < LITTLE_BYTES:
        return DATABASE.warning("space", told, "make room: a thousand objectives take some hundred MB a year")
    return DATABASE.ok("space", told)


def _postgresql(host: str, port: int) -> Check:
    try:
        version("psycopg")
    except PackageNotFoundError:
        return DATABASE.problem("driver", "psycopg is not installed", "pip install 'covet-sre[postgresql]'")
    if not host or host.startswith("/"):
        return DATABASE.not_checked("server", "it is reached by a socket; serve tells whether it answers")
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS).close()
    except OSError as error:
        told = f"{host}:{port}: no connection: {error.strerror or error}"
        failed = DATABASE.problem("server", told, "check that PostgreSQL runs, and the host and port of the URL")
        return Check(failed.group, failed.subject, failed.outcome, failed.told, failed.remedy, is_upstream=True)
    return DATABASE.ok("server", f"{host}:{port} takes connections")


def _size(size_bytes: int) -> str:
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
