"""`covet-sre validate`: reliability files, and with --prometheus the series that they name."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from covet_sre.cli.exits import FINDINGS, OK, fail
from covet_sre.cli.output import FORMATS, summary
from covet_sre.errors import Finding, InvalidFiles, Level, SourceError

if TYPE_CHECKING:
    from covet_sre.flows.declaration import Declaration


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--output", type=click.Choice(list(FORMATS)), default="text", show_default=True, help="How to print.")
@click.option("--prometheus", metavar="URL", help="Check too that the series exist there, and what they did.")
def validate(paths: tuple[Path, ...], output: str, prometheus: str | None) -> None:
    """Check reliability files: PATH is a file, or a folder with everything below it that ends in .yaml or .yml.

    Findings go to stdout, worst first; what is counted goes to stderr.

    Exit status: 0, warnings included; 1 when a finding is an error; 2 usage; 4 when the Prometheus does not answer.
    """
    from covet_sre.engine.collector import collector_resting
    from covet_sre.spec import read_paths

    unreached: SourceError | None = None
    counted = ""
    try:
        with collector_resting():
            declaration = read_paths(paths)
        findings = declaration.warnings
        services, objectives = len(declaration.services), len(declaration.objectives)
        counted = f", in {services} service{'s' * (services != 1)} and {objectives} objective{'s' * (objectives != 1)}"
        if prometheus:
            try:
                findings = (*_against(declaration, prometheus), *findings)
            except SourceError as error:
                unreached = error
    except InvalidFiles as invalid:
        findings = invalid.findings
    findings = sorted(findings, key=lambda finding: finding.level is not Level.ERROR)
    text = FORMATS[output](findings)
    if text:
        click.echo(text)
    click.echo(f"covet-sre: {summary(findings)}{counted}", err=True)
    if unreached:
        fail(unreached)
    sys.exit(FINDINGS if any(finding.level is Level.ERROR for finding in findings) else OK)


def _against(declaration: "Declaration", address: str) -> list[Finding]:
    """Compare with a Prometheus. Raises SourceError when it does not answer."""
    from covet_sre.app import wall_clock
    from covet_sre.cli.progress import shown_progress
    from covet_sre.cli.prometheus_facts import findings_against
    from covet_sre.integrations.prometheus.inspect import Inspection

    try:
        inspection = Inspection.at(address)
    except ValueError as error:
        raise click.UsageError(f"--prometheus: {error}") from error
    try:
        with shown_progress("Asking Prometheus") as progress:
            return findings_against(declaration, inspection, wall_clock, progress)
    finally:
        inspection.close()
