"""`covet-sre notify`: does a notification arrive?"""

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option


@click.group()
def notify() -> None:
    """The ways in which people are told."""


@notify.command()
@click.argument("target")
@actor_option
@output_option
@server_option
def test(target: str, actor: str, output: str, server: str) -> None:
    """Send a test notification to TARGET now, and print what it said.

    Exit status: 0; 1 when the target did not take it, with what it said; 4 when the server does not answer.
    """
    from covet_sre.cli.output import printable

    told = Client(server).post(f"/api/v1/targets/{in_path(target)}/test", {"actor": actor})
    if output == "json":
        print_json(told)
    else:
        click.echo(printable(f"{told['target']}: {told['said']}"))
