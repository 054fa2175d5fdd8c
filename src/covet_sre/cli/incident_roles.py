"""`covet-sre incident role|join|leave|participants`: who does what in an incident."""

from typing import Any

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option

_LIST = "/api/v1/incidents"

ROLES = ["commander", "resolver", "communications", "expert"]

_role_argument = click.argument("role", type=click.Choice(ROLES, case_sensitive=False))


def role_commands(incident: click.Group) -> None:
    """Put them into the group."""
    for command in (role, join, leave, participants):
        incident.add_command(command)


# ---------------------------------------------------------------- roles


@click.group()
def role() -> None:
    """The four roles of an incident: who commands, resolves, communicates, and knows most."""


@role.command("list")
@click.argument("identity", metavar="ID")
@output_option
@server_option
def list_(identity: str, output: str, server: str) -> None:
    """Print who holds which role, with the duties, and who was asked."""
    _print_roles(Client(server).get(f"{_LIST}/{in_path(identity)}/roles"), output)


@role.command()
@click.argument("identity", metavar="ID")
@_role_argument
@click.option("--person", default="", metavar="NAME", help="Who takes it; by default you.")
@click.option("--domain", default="", help="What an expert knows of.")
@actor_option
@output_option
@server_option
def take(identity: str, role: str, person: str, domain: str, actor: str, output: str, server: str) -> None:
    """Take ROLE, which nobody holds, or give it to somebody."""
    body = {"role": role.lower(), "person": person, "domain": domain, "actor": actor}
    _post_roles(server, identity, "", body, output)


@role.command()
@click.argument("identity", metavar="ID")
@_role_argument
@click.option("--person", default="", metavar="NAME", help="Whom to ask.")
@click.option("--on-call", "schedule", default="", metavar="SCHEDULE", help="Ask whoever is on call there instead.")
@click.option("--domain", default="", help="What an expert knows of.")
@click.option("--note", default="", help="What they must know to decide.")
@actor_option
@output_option
@server_option
def ask(
    identity: str, role: str, person: str, schedule: str, domain: str, note: str, actor: str, output: str, server: str
) -> None:
    """Ask somebody to take ROLE; they are told, and accept or decline."""
    body = {"role": role.lower(), "person": person, "schedule": schedule, "domain": domain, "note": note}
    _post_roles(server, identity, "/ask", body | {"actor": actor}, output)


@role.command()
@click.argument("identity", metavar="ID")
@click.argument("request", type=click.IntRange(1))
@actor_option
@output_option
@server_option
def accept(identity: str, request: int, actor: str, output: str, server: str) -> None:
    """Accept what you were asked, by the number that the list shows."""
    _post_roles(server, identity, "/answer", {"request": request, "accepts": True, "actor": actor}, output)


@role.command()
@click.argument("identity", metavar="ID")
@click.argument("request", type=click.IntRange(1))
@click.option("--why", default="", help="Why not: whoever asked is told.")
@actor_option
@output_option
@server_option
def decline(identity: str, request: int, why: str, actor: str, output: str, server: str) -> None:
    """Decline what you were asked, by the number that the list shows."""
    body = {"request": request, "accepts": False, "why": why, "actor": actor}
    _post_roles(server, identity, "/answer", body, output)


@role.command("hand-over")
@click.argument("identity", metavar="ID")
@_role_argument
@click.option("--person", "holder", default="", metavar="NAME", help="Who holds it; by default you.")
@click.option("--to", required=True, metavar="NAME", help="Who holds it from now on.")
@click.option("--note", required=True, help="What they must know.")
@actor_option
@output_option
@server_option
def hand_over(identity: str, role: str, holder: str, to: str, note: str, actor: str, output: str, server: str) -> None:
    """Hand ROLE over to somebody, with a note."""
    body = {"role": role.lower(), "person": holder or actor, "to": to, "note": note, "actor": actor}
    _post_roles(server, identity, "/hand-over", body, output)


@role.command("lay-down")
@click.argument("identity", metavar="ID")
@_role_argument
@click.option("--person", "holder", default="", metavar="NAME", help="Who holds it; by default you.")
@click.option("--why", default="", help="Why; everybody sees it.")
@actor_option
@output_option
@server_option
def lay_down(identity: str, role: str, holder: str, why: str, actor: str, output: str, server: str) -> None:
    """Hold ROLE no more. The Commander of an open incident hands it over instead."""
    body = {"role": role.lower(), "person": holder, "why": why, "actor": actor}
    _post_roles(server, identity, "/lay-down", body, output)


@role.command()
@click.argument("identity", metavar="ID")
@_role_argument
@click.argument("duty")
@click.option("--undo", is_flag=True, help="It is to be done after all.")
@actor_option
@output_option
@server_option
def duty(identity: str, role: str, duty: str, undo: bool, actor: str, output: str, server: str) -> None:
    """Tick DUTY of ROLE's checklist."""
    body = {"role": role.lower(), "duty": duty, "done": not undo, "actor": actor}
    _post_roles(server, identity, "/duties", body, output)


# ---------------------------------------------------------------- being there


@click.command()
@click.argument("identity", metavar="ID")
@actor_option
@output_option
@server_option
def join(identity: str, actor: str, output: str, server: str) -> None:
    """Take part in an incident."""
    found = Client(server).post(f"{_LIST}/{in_path(identity)}/participants", {"actor": actor})
    _print_participants(found, output)


@click.command()
@click.argument("identity", metavar="ID")
@actor_option
@output_option
@server_option
def leave(identity: str, actor: str, output: str, server: str) -> None:
    """Take part no more; roles are laid down with it."""
    found = Client(server).post(f"{_LIST}/{in_path(identity)}/participants/leave", {"actor": actor})
    _print_participants(found, output)


@click.command()
@click.argument("identity", metavar="ID")
@output_option
@server_option
def participants(identity: str, output: str, server: str) -> None:
    """Print who takes part, and as what."""
    _print_participants(Client(server).get(f"{_LIST}/{in_path(identity)}/participants"), output)


# ---------------------------------------------------------------- asking and printing


def _post_roles(server: str, identity: str, action: str, body: dict[str, Any], output: str) -> None:
    _print_roles(Client(server).post(f"{_LIST}/{in_path(identity)}/roles{action}", body), output)


def _print_roles(found: dict[str, Any], output: str) -> None:
    if output == "json":
        print_json(found)
        return
    from covet_sre.cli.people_table import print_roles

    print_roles(found)


def _print_participants(found: dict[str, Any], output: str) -> None:
    if output == "json":
        print_json(found)
        return
    from covet_sre.cli.people_table import print_participants

    print_participants(found)
