"""`covet-sre token`: what programs show instead of signing in."""

from collections.abc import Sequence
from typing import Any

import click

from covet_sre.cli.acting import output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option

_TOKENS = "/api/v1/tokens"


@click.group()
def token() -> None:
    """API tokens. Commands show the one in COVET_SRE_TOKEN."""


@token.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, help="What it may do at most: read, respond, ingest ..."
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE",
    help="A program's own role: 'responder team:core'. Without one the token acts for the user who makes it.",
)
@click.option("--days", default=90.0, show_default=True, help="For how long it counts; 366 at most.")
@output_option
@server_option
def make(name: str, scopes: tuple[str, ...], roles: tuple[str, ...], days: float, output: str, server: str) -> None:
    """Make a token and print it: this once, it is kept as a hash."""
    body: dict[str, Any] = {"name": name, "scopes": [*scopes], "days": days}
    if roles:
        body["grants"] = [*roles]
    made = Client(server).post(_TOKENS, body)
    if output == "json":
        print_json(made)
    else:
        click.echo(made["token"])
        click.echo(f"{made['identity']} {made['name']}: counts until {made['expires_at']}; shown this once", err=True)


@token.command("list")
@output_option
@server_option
def list_(output: str, server: str) -> None:
    """Print all tokens, or your own."""
    _print(Client(server).get(_TOKENS)["items"], output)


@token.command()
@click.argument("identity")
@output_option
@server_option
def revoke(identity: str, output: str, server: str) -> None:
    """Revoke a token, by the first word of its line in the list."""
    _print([Client(server).delete(f"{_TOKENS}/{in_path(identity)}")], output)


def _print(items: Sequence[dict[str, Any]], output: str) -> None:
    from covet_sre.cli.output import printable

    if output == "json":
        print_json({"items": [*items]})
        return
    for each in items:
        until = f"revoked {each['revoked_at']}" if each["revoked_at"] else f"until {each['expires_at']}"
        whose = f"for {each['owner']}" if each["owner"] else f"as {'; '.join(each['grants'])}"
        click.echo(printable(f"{each['identity']}  {each['name']}: {', '.join(each['scopes'])} {whose}, {until}"))
    if not items:
        click.echo("No token.")
