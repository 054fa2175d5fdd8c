"""`covet-sre user`: who may sign in, and with which roles."""

from collections.abc import Sequence
from typing import Any

import click

from covet_sre.cli.acting import output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option

_USERS = "/api/v1/users"

database_option = click.option(
    "--database-url",
    default=None,
    metavar="URL",
    help="Work on this database directly, while no server has it open: for the first user.",
)
role_option = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    metavar="ROLE",
    help="admin, service-owner, responder or viewer; for one team or service: 'responder team:core'. May be repeated.",
)


@click.group()
def user() -> None:
    """Users and their roles. The first one ends the time in which nobody has to sign in."""


@user.command()
@click.argument("name")
@role_option
@click.option("--display-name", default="")
@click.option("--email", default="", help="With it, the first sign-in at the identity provider finds this account.")
@click.option("--no-password", is_flag=True, help="They sign in at the identity provider only.")
@database_option
@output_option
@server_option
def add(
    name: str,
    roles: tuple[str, ...],
    display_name: str,
    email: str,
    no_password: bool,
    database_url: str | None,
    output: str,
    server: str,
) -> None:
    """Add a user. The password is asked for, or read from standard input, and never an argument."""
    password = "" if no_password else _asked_password()
    if database_url is not None:
        from covet_sre.app.offline import offline_accounts
        from covet_sre.flows.access.grants import read_grant

        with offline_accounts(database_url) as accounts:
            made = accounts.add_user(
                name, [read_grant(one) for one in roles], password=password, display_name=display_name, email=email
            )
        click.echo(f"{made.identity}: {'; '.join(map(str, made.grants))}")
        return
    body = {"name": name, "grants": [*roles], "password": password, "display_name": display_name, "email": email}
    _print([Client(server).post(_USERS, body)], output)


@user.command("list")
@output_option
@server_option
def list_(output: str, server: str) -> None:
    """Print all users with their roles."""
    _print(Client(server).get(_USERS)["items"], output)


@user.command()
@click.argument("name")
@role_option
@output_option
@server_option
def grant(name: str, roles: tuple[str, ...], output: str, server: str) -> None:
    """Give a user these roles, in place of those that they have."""
    _print([Client(server).patch(f"{_USERS}/{in_path(name)}", {"grants": [*roles]})], output)


@user.command()
@click.argument("name")
@output_option
@server_option
def disable(name: str, output: str, server: str) -> None:
    """Disable a user: every session and token of theirs ends. What they did stays on record."""
    _print([Client(server).patch(f"{_USERS}/{in_path(name)}", {"disabled": True})], output)


@user.command()
@click.argument("name")
@output_option
@server_option
def enable(name: str, output: str, server: str) -> None:
    """Let a disabled user sign in again."""
    _print([Client(server).patch(f"{_USERS}/{in_path(name)}", {"disabled": False})], output)


@user.command()
@click.argument("name")
@database_option
@server_option
def password(name: str, database_url: str | None, server: str) -> None:
    """Set a user's password. It is asked for, or read from standard input. Everywhere they are signed out."""
    new = _asked_password()
    if database_url is not None:
        from covet_sre.app.offline import offline_accounts
        from covet_sre.flows.access.accounts import UserChange

        with offline_accounts(database_url) as accounts:
            accounts.change_user(name, UserChange(password=new))
    else:
        Client(server).patch(f"{_USERS}/{in_path(name)}", {"password": new})
    click.echo(f"{name} has a new password.")


def _asked_password() -> str:
    import sys

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password, at least 12 characters", hide_input=True, confirmation_prompt=True))


def _print(items: Sequence[dict[str, Any]], output: str) -> None:
    from covet_sre.cli.output import printable

    if output == "json":
        print_json({"items": [*items]})
        return
    for each in items:
        ways = " and ".join(each["signs_in_by"]) or "nothing yet"
        state = "disabled; " if each["disabled"] else ""
        click.echo(printable(f"{each['name']}: {state}{'; '.join(each['grants']) or 'no role'} (signs in by {ways})"))
    if not items:
        click.echo("Nobody has an account: on loopback nobody has to sign in.")
