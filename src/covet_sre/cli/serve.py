"""`covet-sre serve`: the control plane over a folder of reliability files."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from covet_sre.app import Tls

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
@click.option(
    "--tls-certificate",
    type=click.Path(path_type=Path),
    envvar="COVET_SRE_TLS_CERTIFICATE",
    help="Serve https with this certificate (PEM, with its chain).",
)
@click.option("--tls-key", type=click.Path(path_type=Path), envvar="COVET_SRE_TLS_KEY", help="Its key (PEM).")
@click.option(
    "--tls-client-ca",
    type=click.Path(path_type=Path),
    envvar="COVET_SRE_TLS_CLIENT_CA",
    help="Certificates that clients show must be of these authorities (PEM).",
)
def serve(
    paths: tuple[Path, ...],
    host: str,
    port: int,
    database_url: str,
    public_address: str,
    allow_plain_http: bool,
    tls_certificate: Path | None,
    tls_key: Path | None,
    tls_client_ca: Path | None,
) -> None:
    """Measure the SLOs that the files in PATH declare; serve pages, API and metrics.

    Files are read again when they change and on SIGHUP; a broken change keeps the old ones.
    """
    # Imported here: the other commands need none of it.
    from covet_sre.app import Server, Settings, refuse_public_bind, shown_url, start_logging

    settings = Settings(
        paths,
        database_url,
        host,
        port,
        public_address=public_address,
        allows_plain_http=allow_plain_http,
        tls=_tls(tls_certificate, tls_key, tls_client_ca),
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
    click.echo(f"Covet SRE: http{'s' if settings.tls else ''}://{host}:{port}/", err=True)
    server.run()


def _tls(certificate: Path | None, key: Path | None, client_ca: Path | None) -> "Tls | None":
    """Raises UsageError and Refused."""
    from covet_sre.app import Tls

    if certificate is None or key is None:
        if certificate or key or client_ca:
            raise click.UsageError("--tls-certificate and --tls-key go together, and --tls-client-ca needs both")
        return None
    tls = Tls(certificate, key, client_ca)
    tls.check()
    return tls
