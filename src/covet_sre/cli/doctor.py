"""`covet-sre doctor`: what is wrong with this installation, and the remedy."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from click.core import ParameterSource

from covet_sre.cli.client import DEFAULT_SERVER
from covet_sre.cli.configuration.options import configured, settings_options
from covet_sre.cli.configuration.reading import Configuration
from covet_sre.cli.exits import FINDINGS, OK, UPSTREAM

if TYPE_CHECKING:
    from covet_sre.cli.diagnosis.check import Check
    from covet_sre.flows.declaration import Declaration


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--prometheus", metavar="URL", help="Look here, whatever the files say.")
@click.option(
    "--server",
    default=DEFAULT_SERVER,
    show_default=True,
    envvar="COVET_SRE_SERVER",
    metavar="URL",
    help="The running server; where none is named, none need run.",
)
@settings_options(["database_url", "host", "public_address", "backup.folder"])
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def doctor(
    context: click.Context,
    paths: tuple[Path, ...],
    config: Path | None,
    prometheus: str | None,
    server: str,
    output: str,
    **flags: str | None,
) -> None:
    """Look at everything that Covet SRE depends on: this machine, its settings, the files in PATH, their sources and
    targets, the database, backups, the server.

    Nothing is changed, and nothing is sent to a target. The database is only read, and a file that a server has open
    is not.

    Exit status: 0, warnings included; 1 when there is a problem; 4 when a source, the server or the database server
    cannot be reached.
    """
    from covet_sre.cli.diagnosis.check import Outcome
    from covet_sre.cli.diagnosis.report import as_json, as_text, summary

    _refuse_no_addresses({"--prometheus": prometheus, "--server": server})
    settings = configured(config, {"paths": tuple(map(str, paths)), **flags})
    is_usual = context.get_parameter_source("server") is ParameterSource.DEFAULT
    checks = list(_checks(settings, prometheus, server, is_usual=is_usual))
    if output == "json":
        click.echo(as_json(checks))
    else:
        colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        click.echo(as_text(checks, colours=colours, encoding=sys.stdout.encoding or "ascii"), color=colours)
    click.echo(f"covet-sre: {summary(checks)}", err=True)
    if any(check.is_upstream for check in checks):
        sys.exit(UPSTREAM)
    sys.exit(FINDINGS if any(check.outcome is Outcome.PROBLEM for check in checks) else OK)


def _refuse_no_addresses(addresses: dict[str, str | None]) -> None:
    from covet_sre.integrations.address import Address

    for option, address in addresses.items():
        try:
            if address is not None:
                Address.parse(address)
        except ValueError as error:
            raise click.UsageError(f"{option}: {error}") from error


def _checks(settings: Configuration, prometheus: str | None, server: str, *, is_usual: bool) -> "Iterator[Check]":
    from covet_sre.app import wall_clock
    from covet_sre.cli.diagnosis import kept, machine, setting_up
    from covet_sre.cli.diagnosis.check import Group
    from covet_sre.cli.diagnosis.server import server_checks
    from covet_sre.cli.diagnosis.sources import prometheus_checks, source_checks
    from covet_sre.integrations.address import without_credentials

    yield from machine.versions()
    yield from machine.proxies()
    yield from setting_up.settings(settings)
    declaration, of_files = _files(cast("tuple[Path, ...]", settings["paths"]))
    yield from machine.secrets(declaration, os.environ)
    yield from of_files
    if prometheus is not None:
        group = Group(f"Prometheus {without_credentials(prometheus)}")
        yield from prometheus_checks(group, prometheus, declaration, wall_clock, {})
    else:
        for source in declaration.sources:
            yield from source_checks(source, declaration, wall_clock, os.environ)
    yield from setting_up.targets(declaration, os.environ, wall_clock)
    url = str(settings["database_url"])
    yield from machine.database(url, is_default=settings.values["database_url"].origin == "default")
    yield from kept.schema(url, wall_clock)
    folder, every_seconds = settings["backup.folder"], cast("float", settings["backup.every"])
    place = folder if isinstance(folder, Path) else None
    yield from kept.backups(place, every_seconds, wall_clock, is_in_use=kept.is_in_use(url))
    yield from server_checks(server, is_default=is_usual, clock=wall_clock)


def _files(paths: Sequence[Path]) -> "tuple[Declaration, list[Check]]":
    """What the files declare, as far as they can be read, and the checks on them."""
    from covet_sre.cli.diagnosis.check import Group
    from covet_sre.engine.collector import collector_resting
    from covet_sre.errors import InvalidFiles
    from covet_sre.flows.declaration import Declaration
    from covet_sre.spec import read_paths

    group = Group("Files")
    if not paths:
        return Declaration(), [group.not_checked("files", "no PATH was given: sources are not known without them")]
    try:
        with collector_resting():
            declaration = read_paths(paths)
    except InvalidFiles as invalid:
        return Declaration(), list(group.of_findings(invalid.findings))
    services, objectives = len(declaration.services), len(declaration.objectives)
    counted = f"{services} service{'s' * (services != 1)}, {objectives} objective{'s' * (objectives != 1)}"
    return declaration, [group.ok("files", counted), *group.of_findings(declaration.warnings)]
