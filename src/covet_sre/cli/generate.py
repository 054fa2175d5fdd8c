"""`covet-sre generate`: reliability files -> what other systems load."""

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from covet_sre.cli.exits import CHANGES_PENDING, FINDINGS, OK

if TYPE_CHECKING:
    from covet_sre.cli.generated_folder import Change
    from covet_sre.flows.generating import Generator

# Where each target's generator is; it is imported when it is asked for.
TARGETS = {
    "prometheus": "covet_sre.integrations.prometheus.rules:RULES",
    "sloth": "covet_sre.spec.exporting.sloth:SLOTH",
    "openslo": "covet_sre.spec.exporting.openslo:OPENSLO",
}


@click.command()
@click.argument("target", type=click.Choice(list(TARGETS)), metavar="TARGET")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("-o", "--output-folder", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit with 3 when DIR is not what the files give.")
@click.option("--strict", is_flag=True, help="Exit with 1 when the target cannot express something, or for warnings.")
def generate(target: str, paths: tuple[Path, ...], folder: Path, check: bool, strict: bool) -> None:
    """Write what TARGET loads into DIR, from reliability files. Offline; the same files give the same output.

    Only files of the target are written, compared and removed; others in DIR are left alone.

    Exit status: 0; 1 for errors in the files, and with --strict for remarks; 3 with --check when DIR differs.
    """
    from covet_sre.cli.generated_folder import GeneratedFolder
    from covet_sre.cli.output import as_text
    from covet_sre.engine.collector import collector_resting
    from covet_sre.spec import read_paths

    generator = _generator(target)
    with collector_resting():
        declaration = read_paths(paths)
        generated = generator.generate(declaration)
    remarks = (*declaration.warnings, *generated.remarks)
    if remarks:
        click.echo(as_text(remarks), err=True)
    place = GeneratedFolder(folder, generator.kind)
    changes = place.changes(generated.files) if check else place.bring_to(generated.files)
    _tell(changes, folder, len(generated.files), check=check)
    if check and changes:
        sys.exit(CHANGES_PENDING)
    sys.exit(FINDINGS if strict and remarks else OK)


def _generator(target: str) -> "Generator":
    module, attribute = TARGETS[target].split(":")
    generator: Generator = getattr(import_module(module), attribute)
    return generator


def _tell(changes: "list[Change]", folder: Path, files: int, *, check: bool) -> None:
    for change in changes:
        if check:
            click.echo(f"{folder / change.name}: {change.word}")
            click.echo("\n".join(change.lines()))
        else:
            click.echo(f"{'removed' if change.after is None else 'written'}: {folder / change.name}")
    unchanged = files - sum(change.after is not None for change in changes)
    click.echo(f"covet-sre: {len(changes)} changed, {unchanged} unchanged in {folder}", err=True)
