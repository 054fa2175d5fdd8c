"""`covet-sre schema`: the JSON Schema of reliability files, for editors."""

import json

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema (draft-07) of reliability files.

    For VS Code and others with yaml-language-server: save it, and begin each file with
    `# yaml-language-server: $schema=PATH`.
    """
    from covet_sre.spec import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
