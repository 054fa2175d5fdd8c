"""`covet-sre generate`: reliability files -> what other systems load."""

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from covet_sre.cli.exits import CHANGES_PENDING, FINDINGS

if TYPE_CHECKING:
    from covet_sre.cli.generated_folder import Change
    from covet_sre.flows.generating import Generator, Kind

# Where each target's generator is; it is imported when it is asked for.
TARGETS = {
    "prometheus": "covet_sre.integrations.prometheus.rules:RULES",
    "prometheus-operator": "covet_sre.integrations.prometheus.rules:OPERATOR",
    "promtool-tests": "covet_sre.integrations.prometheus.unit_tests:UNIT_TESTS",
    "grafana": "covet_sre.integrations.grafana:GRAFANA",
    "sloth": "covet_sre.spec.exporting.sloth:SLOTH",
    "openslo": "covet_sre.spec.exporting.openslo:OPENSLO",
    "self": "covet_sre.integrations.own:OWN",
}
_HANDBOOK = "covet_sre.integrations.prometheus.rules:HANDBOOK"


@click.command(epilog=f"TARGET is one of: {', '.join(TARGETS)}.")
@click.argument("target", type=click.Choice(list(TARGETS)), metavar="TARGET")
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output-folder",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the files belong; it is made.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 3 when DIR is not what the files give.")
@click.option("--strict", is_flag=True, help="Refuse what the target cannot express, and warnings: exit with 1.")
@click.option(
    "--profile",
    type=click.Choice(["covet-sre", "handbook"]),
    default="covet-sre",
    show_default=True,
    help="For prometheus: rules weighted by events, or the handbook's own expressions.",
)
def generate(target: str, paths: tuple[Path, ...], folder: Path, check: bool, strict: bool, profile: str) -> None:
    """Write what TARGET loads into DIR, from reliability files. Offline; the same files give the same output.

    `generate self` needs no PATH: it watches Covet SRE itself. Only files of the target are written, compared and
    removed; others in DIR are left alone.

    Exit status: 0; 1 for errors in the files or in writing, and with --strict for remarks; 3 with --check when DIR
    differs. With 1 and 3 nothing is written.
    """
    from covet_sre.cli.generated_folder import GeneratedFolder
    from covet_sre.cli.output import as_text
    from covet_sre.engine.collector import collector_resting
    from covet_sre.spec import read_paths

    if profile == "handbook" and target != "prometheus":
        raise click.UsageError(f"--profile handbook goes with prometheus, and not with {target}")
    if not paths and target != "self":
        raise click.UsageError("name the reliability files: covet-sre generate TARGET PATH... -o DIR")
    paths = paths or (_own_objectives(),)
    generator = _generator(_HANDBOOK if profile == "handbook" else TARGETS[target])
    _refuse_to_read_what_is_written(generator.kind, paths, folder)
    with collector_resting():
        declaration = read_paths(paths)
        generated = generator.generate(declaration)
    remarks = (*declaration.warnings, *generated.remarks)
    if remarks:
        click.echo(as_text(remarks), err=True)
    if remarks and strict:
        click.echo("covet-sre: nothing was written, because of --strict", err=True)
        sys.exit(FINDINGS)
    place = GeneratedFolder(folder, generator.kind)
    changes = place.changes(generated.files) if check else place.bring_to(generated.files)
    _tell(changes, folder, check=check)
    unchanged = len(generated.files) - sum(change.after is not None for change in changes)
    would = "would change" if check else "changed"
    click.echo(f"covet-sre: {len(changes)} {would}, {unchanged} unchanged in {folder}", err=True)
    if check and changes:
        sys.exit(CHANGES_PENDING)


def _own_objectives() -> Path:
    """The control plane's own objectives, as they are shipped."""
    from importlib.resources import files

    return Path(str(files("covet_sre") / "examples" / "self"))


def _generator(where: str) -> "Generator":
    module, attribute = where.split(":")
    generator: Generator = getattr(import_module(module), attribute)
    return generator


def _refuse_to_read_what_is_written(kind: "Kind", paths: tuple[Path, ...], folder: Path) -> None:
    """The next reading of PATH would take the generated YAML for reliability files."""
    if not any(suffix.endswith((".yaml", ".yml")) for suffix in kind.suffixes):
        return
    inside = [path for path in paths if path.is_dir() and folder.resolve().is_relative_to(path.resolve())]
    if inside:
        raise click.BadParameter(
            f"{folder} lies in {inside[0]}, which is read for reliability files: name a folder beside it",
            param_hint="-o",
        )


def _tell(changes: "list[Change]", folder: Path, *, check: bool) -> None:
    for change in changes:
        place = folder / change.name
        if check:
            click.echo("\n".join([f"{place}: {change.word}", *change.lines()]))
        else:
            click.echo(f"{'removed' if change.after is None else 'written'}: {place}")
