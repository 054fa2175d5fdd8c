"""`covet-sre oncall contacts` and `calendar`: how people are told, and where their shifts can be read."""

from typing import Any

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option
from covet_sre.errors import Refused

_ROOT = "/api/v1/oncall"


@click.group()
def contacts() -> None:
    """How a person is told: by what, in which order, after how long."""


@contacts.command("show")
@click.argument("person")
@output_option
@server_option
def show_contacts(person: str, output: str, server: str) -> None:
    """Print a person's contacts, whether they are verified, and the person's own rules."""
    _print(Client(server).get(f"{_ROOT}/people/{in_path(person)}"), output)


@contacts.command("set")
@click.argument("person")
@click.option("--page", multiple=True, metavar="TARGET[:MINUTES]", help="For a page, in order; repeated.")
@click.option("--low", multiple=True, metavar="TARGET[:MINUTES]", help="For what can wait, likewise.")
@click.option("--email", default="", metavar="ADDRESS", help="Where it differs from the files'.")
@click.option("--slack", default="", metavar="ID", help="A Slack member id, where it differs from the files'.")
@actor_option
@output_option
@server_option
def set_contacts(
    person: str,
    page: tuple[str, ...],
    low: tuple[str, ...],
    email: str,
    slack: str,
    actor: str,
    output: str,
    server: str,
) -> None:
    """Change a person's own rules as a whole; without any --page or --low the files count for those."""
    client, path = Client(server), f"{_ROOT}/people/{in_path(person)}"
    revision = client.get(path)["revision"]
    body = {
        "page": [_step(one) for one in page],
        "low": [_step(one) for one in low],
        "email": email,
        "slack": slack,
        "revision": revision,
        "actor": actor,
    }
    _print(client.put(f"{path}/contacts", body), output)


@contacts.command("verify")
@click.argument("person")
@click.argument("target")
@click.option("--code", default="", help="The code that came. Without it, one is sent.")
@actor_option
@server_option
def verify_contact(person: str, target: str, code: str, actor: str, server: str) -> None:
    """Have a code sent to a contact, or enter it."""
    path = f"{_ROOT}/people/{in_path(person)}/contacts/{in_path(target)}"
    if code:
        Client(server).post(f"{path}/verify", {"code": code, "actor": actor})
        click.echo(f"{target} reaches {person}: it is verified.")
    else:
        Client(server).post(f"{path}/code", {"actor": actor})
        click.echo(f"A code is on its way to {target}. Enter it with --code within 15 minutes.")


@click.group()
def calendar() -> None:
    """Secret addresses at which calendar programs read shifts."""


@calendar.command("add")
@click.argument("subject", type=click.Choice(["person", "schedule"]))
@click.argument("name")
@actor_option
@output_option
@server_option
def add_calendar(subject: str, name: str, actor: str, output: str, server: str) -> None:
    """Make an address. It is printed this once."""
    made = Client(server).post(f"{_ROOT}/calendars", {"subject": subject, "name": name, "actor": actor})
    if output == "json":
        print_json(made)
    else:
        click.echo(made["address"])


@calendar.command("list")
@output_option
@server_option
def list_calendars(output: str, server: str) -> None:
    """Print which addresses were made, without their secret parts."""
    from covet_sre.cli.output import printable

    items = Client(server).get(f"{_ROOT}/calendars")["items"]
    if output == "json":
        print_json({"items": items})
        return
    for one in items:
        click.echo(printable(f"{one['id']}  {one['subject']} {one['name']}, made {one['made']} by {one['author']}"))
    if not items:
        click.echo("No calendar address.")


@calendar.command("revoke")
@click.argument("identity", metavar="ID")
@server_option
def revoke_calendar(identity: str, server: str) -> None:
    """Nobody reads at that address any more."""
    Client(server).delete(f"{_ROOT}/calendars/{in_path(identity)}")
    click.echo("revoked")


def _step(text: str) -> dict[str, Any]:
    target, colon, minutes = text.partition(":")
    try:
        return {"target": target, "after_seconds": float(minutes) * 60 if colon else 0.0}
    except ValueError as error:
        raise Refused(f"{text!r} has no minutes after its colon", remedy="write it like pager:2") from error


def _print(found: dict[str, Any], output: str) -> None:
    from covet_sre.cli.output import printable

    if output == "json":
        print_json(found)
        return
    if found["unreachable"]:
        click.echo(printable(f"! {found['unreachable']}"))
    for one in found["contacts"]:
        state = (
            f"does not work: {one['trouble']}" if one["trouble"] else "verified" if one["verified"] else "not verified"
        )
        click.echo(printable(f"{one['target']} ({one['kind']} {one['address']}): {state}"))
    for urgency, title in (("page", "a page"), ("low", "what can wait")):
        steps = [f"{one['target']} after {one['after_seconds'] / 60:g} min" for one in found[urgency]]
        click.echo(printable(f"{title}: {', '.join(steps) or 'by the files'}"))
