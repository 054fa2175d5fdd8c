"""`covet-sre serve`: the control plane over a folder of reliability files."""

import signal
from pathlib import Path

import click

DEFAULT_PORT = 8420
DEFAULT_DATABASE_URL = "sqlite:///covet-sre.db"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; only loopback for now.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--database-url",
    default=DEFAULT_DATABASE_URL,
    show_default=True,
    envvar="COVET_SRE_DATABASE_URL",
    help="sqlite:///file.db or postgresql://user@host/database",
)
@click.option(
    "--public-address",
    default="",
    envvar="COVET_SRE_PUBLIC_ADDRESS",
    help="Where people reach the pages, for the links in notifications; by default the address that it listens on.",
)
def serve(paths: tuple[Path, ...], host: str, port: int, database_url: str, public_address: str) -> None:
    """Measure the SLOs that the files in PATH declare; serve pages, API and metrics.

    Files are read again when they change and on SIGHUP; a broken change keeps the old ones.
    """
    if host not in ("127.0.0.1", "localhost", "::1"):
        raise click.UsageError(
            f"{host} would be reachable from other machines, and there is no sign-in yet: "
            "listen on 127.0.0.1, and put a proxy with sign-in in front"
        )
    # Imported here: the other commands need none of it.
    from covet_sre.app import Server, Settings, start_logging

    start_logging()
    server = Server(Settings(paths, database_url, host, port, public_address=public_address))
    for warning in server.declaration.warnings:
        click.echo(f"warning: {warning}", err=True)
    signal.signal(signal.SIGHUP, lambda _number, _frame: server.reload())
    objectives = len(server.declaration.objectives)
    click.echo(f"{objectives} objectives from {', '.join(map(str, paths))}, ledger in {database_url}", err=True)
    click.echo(f"Covet SRE: http://{host}:{port}/", err=True)
    server.run()
