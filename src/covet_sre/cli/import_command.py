"""`covet-sre import`: files of other tools -> reliability files."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from covet_sre.cli.exits import FINDINGS
from covet_sre.cli.output import FORMATS, summary
from covet_sre.errors import Level

if TYPE_CHECKING:
    from covet_sre.spec.importing.collection import Collection

Command = Callable[..., Any]


class _Output(NamedTuple):
    """Where and how an import is written."""

    folder: Path
    force: bool
    strict: bool
    output: str
    prometheus: str


def _duration(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    from covet_sre.units import parse_duration

    try:
        return parse_duration(text).minutes if text is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


_PATHS = click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))


def _with_output(command: Command) -> Command:
    """The options that every format has."""
    for option in (
        click.option(
            "--output", type=click.Choice(list(FORMATS)), default="text", show_default=True, help="How to print."
        ),
        click.option("--strict", is_flag=True, help="Refuse warnings too: exit with 1, and write nothing."),
        click.option("--force", is_flag=True, help="Overwrite files that exist with other contents."),
        click.option(
            "--prometheus",
            metavar="URL",
            default="http://127.0.0.1:9090",
            show_default=True,
            help="Where the metrics are read, for the DataSource that is written.",
        ),
        click.option("-o", "--output-folder", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


@click.group(name="import")
def import_() -> None:
    """Write reliability files from files of other tools. They are yours to edit from then on.

    Unknown fields are errors, and nothing is written then. What is lost or means something else is a warning.

    Exit status: 0, warnings included; 1 for errors, and with --strict for warnings; 2 usage.
    """


@import_.command()
@_PATHS
@click.option("--window", callback=_duration, metavar="DURATION", help="The SLOs' period, as Sloth was given it (30d).")
@_with_output
def sloth(paths: tuple[Path, ...], window: int | None, **output: Any) -> None:
    """Sloth: prometheus/v1, PrometheusServiceLevel and alert windows."""
    _import("sloth", paths, window, None, _Output(**output))


@import_.command()
@_PATHS
@click.option("--service", metavar="NAME", help="The service of all SLOs; Pyrra knows none.")
@_with_output
def pyrra(paths: tuple[Path, ...], service: str | None, **output: Any) -> None:
    """Pyrra: ServiceLevelObjective of pyrra.dev/v1alpha1."""
    _import("pyrra", paths, None, service, _Output(**output))


@import_.command()
@_PATHS
@_with_output
def openslo(paths: tuple[Path, ...], **output: Any) -> None:
    """OpenSLO before and after v1: openslo/v1alpha and openslo.com/v2alpha."""
    _import("openslo", paths, None, None, _Output(**output))


@import_.command()
@click.option("--name", required=True, help="What the SLO is called.")
@click.option("--service", required=True, help="The service that it belongs to.")
@click.option("--error-query", required=True, metavar="PROMQL", help="Bad events over {{window}}.")
@click.option("--total-query", required=True, metavar="PROMQL", help="All events over {{window}}.")
@click.option("--objective", required=True, type=float, metavar="PERCENT", help="Share of good events: 99.9.")
@click.option("--window", callback=_duration, metavar="DURATION", help="The SLO's window (30d).")
@_with_output
def expressions(
    name: str, service: str, error_query: str, total_query: str, objective: float, window: int | None, **output: Any
) -> None:
    """A plain pair of PromQL expressions: bad events and all events."""
    from covet_sre.spec.importing.collection import Collection, ImportSettings
    from covet_sre.spec.importing.expressions import Pair
    from covet_sre.spec.importing.paths import import_expressions

    into = Collection(ImportSettings(output["prometheus"], window))
    pair = Pair(name, service, error_query, total_query, objective)
    _finish(import_expressions(pair, into), into, _Output(**output))


def _import(format_: str, paths: tuple[Path, ...], window: int | None, service: str | None, output: _Output) -> None:
    from covet_sre.engine.collector import collector_resting
    from covet_sre.spec.importing.collection import Collection, ImportSettings
    from covet_sre.spec.importing.paths import import_paths

    inside = [path for path in paths if path.is_dir() and output.folder.resolve().is_relative_to(path.resolve())]
    if inside:
        problem = f"{output.folder} lies in {inside[0]}, which is read: name a folder beside it"
        raise click.BadParameter(problem, param_hint="-o")
    into = Collection(ImportSettings(output.prometheus, window, service))
    with collector_resting():
        files = import_paths(format_, paths, into)
    _finish(files, into, output)


def _finish(files: dict[str, str], into: "Collection", output: _Output) -> None:
    """Print what was found, write the files, and end with the status."""
    from covet_sre.cli.received_files import ReceivingFolder

    findings = into.findings.worst_first()
    text = FORMATS[output.output](findings)
    if text:
        click.echo(text)
    if any(finding.level is Level.ERROR for finding in findings) or (output.strict and findings):
        because = ", because of --strict" if not into.findings.has_errors else ""
        click.echo(f"covet-sre: {summary(findings)}; nothing was written{because}", err=True)
        sys.exit(FINDINGS)
    changes = ReceivingFolder(output.folder, force=output.force).bring_to(files)
    for change in changes:
        click.echo(f"written: {output.folder / change.name}", err=True)
    unchanged = f", {len(files) - len(changes)} unchanged" if len(files) > len(changes) else ""
    click.echo(f"covet-sre: {summary(findings)}; {len(changes)} written{unchanged} in {output.folder}", err=True)
