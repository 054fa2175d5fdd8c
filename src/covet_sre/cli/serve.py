"""`covet-sre serve`: the control plane over a folder of reliability files."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from covet_sre.cli.configuration.options import configured, settings_options
from covet_sre.cli.configuration.reading import Configuration
from covet_sre.cli.configuration.settings import BY_NAME

if TYPE_CHECKING:
    from covet_sre.app import Tls

DEFAULT_PORT = cast("int", BY_NAME["port"].default)


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path(path_type=Path))
@settings_options()
def serve(paths: tuple[Path, ...], config: Path | None, **flags: str | None) -> None:
    """Measure the SLOs that the files in PATH declare; serve pages, API and metrics.

    Files are read again when they change and on SIGHUP; a broken change keeps the old ones. Every option can stand in
    a configuration file or in the environment, too: see covet-sre config show.
    """
    configuration = configured(config, {"paths": tuple(map(str, paths)), **flags})
    # Imported here: the other commands need none of it.
    from dataclasses import fields

    from covet_sre.app import Server, Settings, refuse_public_bind, shown_url, start_logging

    os.environ.update(configuration.environment())
    known = configuration.fields([field.name for field in fields(Settings)])
    settings = Settings(**cast("dict[str, Any]", {**known, "tls": _tls(configuration)}))
    refuse_public_bind(settings)
    if not settings.paths:
        raise click.UsageError("which files? Name a folder of reliability files: covet-sre serve reliability")
    start_logging(cast("str", configuration["log.level"]), configuration.secrets())
    server = Server(settings)
    for warning in server.declaration.warnings:
        click.echo(f"warning: {warning}", err=True)
    signal.signal(signal.SIGHUP, lambda _number, _frame: server.reload())
    objectives, files = len(server.declaration.objectives), ", ".join(map(str, settings.paths))
    click.echo(f"{objectives} objectives from {files}, ledger in {shown_url(settings.database_url)}", err=True)
    click.echo(f"Covet SRE: http{'s' if settings.tls else ''}://{settings.host}:{settings.port}/", err=True)
    server.run()


def _tls(configuration: Configuration) -> "Tls | None":
    """Raises UsageError and Refused."""
    from covet_sre.app import Tls

    places = [configuration[name] for name in ("tls.certificate", "tls.key", "tls.client_ca")]
    certificate, key, client_ca = cast("list[Path | None]", places)
    if certificate is None or key is None:
        if certificate or key or client_ca:
            raise click.UsageError("--tls-certificate and --tls-key go together, and --tls-client-ca needs both")
        return None
    tls = Tls(certificate, key, client_ca)
    tls.check()
    return tls
