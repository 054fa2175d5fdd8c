"""What the commands have in common that act in somebody's name."""

import json
from typing import Any

import click

SCHEMA_VERSION = 1

actor_option = click.option(
    "--actor", envvar="USER", default="somebody", metavar="NAME", help="Who does it; by default, who you are here."
)

output_option = click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)


def print_json(found: dict[str, Any]) -> None:
    """The server's answer with the version of its form."""
    click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **found}, indent=2, ensure_ascii=False))
