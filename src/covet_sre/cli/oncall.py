"""`covet-sre oncall`: who is on call."""

import click

from covet_sre.cli.acting import output_option, print_json
from covet_sre.cli.client import Client, server_option


@click.group()
def oncall() -> None:
    """Who is on call."""


@oncall.command()
@output_option
@server_option
def now(output: str, server: str) -> None:
    """Print who is on call now, of every schedule, until when, and who comes next."""
    from covet_sre.cli.output import printable

    items = Client(server).get("/api/v1/oncall")["items"]
    if output == "json":
        print_json({"items": items})
        return
    for duty in items:
        until = f", until {duty['until']}" if duty["until"] else ""
        then = f", then {duty['then']}" if duty["then"] else ""
        click.echo(printable(f"{duty['schedule']}: {duty['person'] or 'nobody'}{until}{then}"))
    if not items:
        click.echo("No schedule is declared: nobody is on call.")
