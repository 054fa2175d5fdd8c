"""`covet-sre init`: look at a Prometheus, and propose reliability files."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from covet_sre.cli.exits import FINDINGS, OK
from covet_sre.errors import CovetSreError, Finding, InvalidFiles, Level, OutputError

if TYPE_CHECKING:
    from covet_sre.cli.discovering import Discovery, Verdict
    from covet_sre.integrations.prometheus.inspect import Inspection
    from covet_sre.spec.discovery.plan import PlannedService
    from covet_sre.spec.discovery.services import FoundService


@click.command()
@click.option("--prometheus", "address", required=True, metavar="URL", help="Where to look for services.")
@click.option(
    "-o",
    "--output-folder",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the files go; it is made if it is not there.",
)
@click.option("--service", "wanted", multiple=True, metavar="NAME", help="Only this one; may be given several times.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
def init(address: str, folder: Path, wanted: tuple[str, ...], force: bool) -> None:
    """Look at a Prometheus, and write commented reliability files for the services found there into DIR.

    Services are found by the metrics of the usual instrumentations. Objectives are proposed from up to 30 days of
    history. Nothing is written over without --force.

    Exit status: 0; 1 when nothing was found, a file is in the way, or the metrics have errors; 4 when the Prometheus
    does not answer.
    """
    from covet_sre.cli.discovering import Discovery
    from covet_sre.cli.output import as_text
    from covet_sre.integrations.prometheus.inspect import Inspection

    try:
        inspection = Inspection.at(address)
    except ValueError as error:
        raise click.UsageError(f"--prometheus: {error}") from error
    try:
        discovery = Discovery(inspection)
        found, left_out = discovery.services()
        for sentence in left_out:
            click.echo(f"covet-sre: left out: {sentence}", err=True)
        chosen = _chosen(found, wanted)
        planned = discovery.plan(chosen)
        if not planned:
            _tell_of_nothing(discovery, inspection.api.shown_address)
            sys.exit(FINDINGS)
        files, findings = _proposed(planned, inspection, _typed(inspection.api.shown_address, folder, wanted))
    finally:
        inspection.close()
    _write(files, folder, force=force)
    if findings:
        click.echo(as_text(findings), err=True)
    _tell(planned, discovery, folder, findings)
    sys.exit(FINDINGS if any(finding.level is Level.ERROR for finding in findings) else OK)


def _chosen(found: "Sequence[FoundService]", wanted: Sequence[str]) -> "list[FoundService]":
    """Those that were asked for, by the name in the files or by the label's own value."""
    if not wanted:
        return list(found)
    unknown = [name for name in wanted if not any(name in (each.name, each.value) for each in found)]
    if unknown:
        from covet_sre.spec.findings import listed

        names = [each.name for each in found]
        there = f"found: {listed(names)}" if names else "no service was found at all"
        raise CovetSreError(f"there is no service {unknown[0][:100]!r}", remedy=there)
    return [each for each in found if each.name in wanted or each.value in wanted]


def _proposed(
    planned: "Sequence[PlannedService]", inspection: "Inspection", made_by: str
) -> tuple[Mapping[str, str], list[Finding]]:
    """The files, read back before anybody sees them, and what is wrong with the metrics. Raises SourceError."""
    from covet_sre.app import wall_clock
    from covet_sre.cli.discovering import Verdict
    from covet_sre.cli.progress import shown_progress
    from covet_sre.spec import read_documents
    from covet_sre.spec.discovery.plan import with_targets
    from covet_sre.spec.discovery.writing import files_of

    address = inspection.api.shown_address
    try:
        draft = read_documents(files_of(planned, address, (), made_by))
        with shown_progress("Reading history") as progress:
            verdict = Verdict(draft, inspection, wall_clock, progress)
        days = verdict.days()
        final = [with_targets(service, days) for service in planned]
        files = files_of(final, address, _connection(verdict), made_by)
        declaration = read_documents(files)
    except InvalidFiles as invalid:
        raise CovetSreError(
            f"what would be written is not valid: {invalid.findings[0]}", remedy="please report this with the message"
        ) from invalid
    return files, [*declaration.warnings, *verdict.findings(declaration)]


def _connection(verdict: "Verdict") -> list[str]:
    """Lines of connectionDetails that were measured."""
    from covet_sre.units import format_minutes

    lines: list[str] = []
    interval, kept = verdict.scrape_interval_seconds(), verdict.metrics.retention_minutes
    if interval is not None:
        written = f"{round(interval)}s" if interval >= 1 else f"{max(1, round(interval * 1000))}ms"
        lines.append(f"scrapeInterval: {written} # as measured")
    if kept is not None:
        lines.append(f"# It keeps {format_minutes(kept)} of samples; the ledger of covet-sre keeps 400 days of counts.")
    return lines


def _write(files: Mapping[str, str], folder: Path, *, force: bool) -> None:
    from covet_sre.cli.generated_folder import GeneratedFolder
    from covet_sre.flows.generating import Kind

    in_the_way = [name for name in sorted(files) if (folder / name).exists() or (folder / name).is_symlink()]
    if in_the_way and not force:
        more = f", and {len(in_the_way) - 1} more of these files" if len(in_the_way) > 1 else ""
        raise OutputError(
            f"it is there already{more}; nothing was written",
            where=str(folder / in_the_way[0]),
            remedy="name another folder with -o, or write over them with --force",
        )
    # What is there belongs to its author: no file ends in a slash, so none is taken for ours and removed.
    GeneratedFolder(folder, Kind(suffix="/", mark="")).bring_to(files)
    for name in files:
        click.echo(f"written: {folder / name}")


def _typed(address: str, folder: Path, wanted: Sequence[str]) -> str:
    import shlex

    words = ["covet-sre", "init", "--prometheus", address, "-o", str(folder)]
    return shlex.join([*words, *(word for name in wanted for word in ("--service", name))])


def _tell(
    planned: "Sequence[PlannedService]", discovery: "Discovery", folder: Path, findings: Sequence[Finding]
) -> None:
    for each in discovery.insufficient():
        click.echo(f"covet-sre: not enough: {each.metric}: {each.reason}; {each.remedy}", err=True)
    services, objectives = len(planned), sum(len(service.objectives) for service in planned)
    counted = f"{services} service{'s' * (services != 1)}, {objectives} objective{'s' * (objectives != 1)}"
    click.echo(f"covet-sre: {counted} in {folder}", err=True)
    if not any(finding.level is Level.ERROR for finding in findings):
        click.echo(f"Next: read them, then try `covet-sre slo status {folder}`", err=True)


def _tell_of_nothing(discovery: "Discovery", address: str) -> None:
    from covet_sre.spec.discovery.catalogue import known_metrics

    for each in discovery.insufficient():
        click.echo(f"covet-sre: not enough: {each.metric}: {each.reason}; {each.remedy}", err=True)
    looked_for = "\n  ".join(known_metrics())
    click.echo(
        f"covet-sre: {address}: no service was found among {len(discovery.names):,} metrics. "
        f"Looked for, with a sample in the last five minutes:\n  {looked_for}\n"
        "Check that the service is scraped, or instrument it (covet-sre-sdk for any ASGI application), or write the "
        "files by hand: docs/reliability-files.md",
        err=True,
    )
