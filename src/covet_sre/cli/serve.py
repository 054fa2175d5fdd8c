"""`covet-sre serve`: the control plane over a folder of reliability files."""

import signal
from pathlib import Path

import click

DEFAULT_PORT = 8420
DEFAULT_DATABASE_URL = "sqlite:///covet-sre.db"


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path(path_type=Path))
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; any but loopback needs a user."
)
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
@click.option("--allow-plain-http", is_flag=True, help="Let passwords travel in clear, on a network nobody reads.")
def serve(
    paths: tuple[Path, ...], host: str, port: int, database_url: str, public_address: str, allow_plain_http: bool
) -> None:
    """Measure the SLOs that the files in PATH declare; serve pages, API and metrics.

    Files are read again when they change and on SIGHUP; a broken change keeps the old ones.
    """
    # Imported here: the other commands need none of it.
    from covet_sre.app import Server, Settings, refuse_public_bind, shown_url, start_logging

    settings = Settings(
        paths, database_url, host, port, public_address=public_address, allows_plain_http=allow_plain_http
    )
    refuse_public_bind(settings)
    if not paths:
        raise click.UsageError("which files? Name a folder of reliability files: covet-sre serve reliability")
    start_logging()
    server = Server(settings)
    for warning in server.declaration.warnings:
        click.echo(f"warning: {warning}", err=True)
    signal.signal(signal.SIGHUP, lambda _number, _frame: server.reload())
    objectives = len(server.declaration.objectives)
    click.echo(
        f"{objectives} objectives from {', '.join(map(str, paths))}, ledger in {shown_url(database_url)}", err=True
    )
    click.echo(f"Covet SRE: http://{host}:{port}/", err=True)
    server.run()
