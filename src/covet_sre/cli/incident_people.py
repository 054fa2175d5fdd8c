"""`covet-sre incident role|join|leave|communicate|update|subscribe`: who does what, and what others are told."""

from typing import Any

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option

_LIST = "/api/v1/incidents"
_SUBSCRIPTIONS = "/api/v1/subscriptions"

ROLES = ["commander", "resolver", "communications", "expert"]
MESSAGES = ["initial", "update", "resolution"]

_role_argument = click.argument("role", type=click.Choice(ROLES, case_sensitive=False))


def people_commands(incident: click.Group) -> None:
    """Put them into the group."""
    for command in (
        role,
        join,
        leave,
        participants,
        communicate,
        update,
        promise,
        subscribe,
        subscriptions,
        unsubscribe,
    ):
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


# ---------------------------------------------------------------- saying


@click.command()
@click.argument("identity", metavar="ID")
@click.argument("kind", type=click.Choice(MESSAGES, case_sensitive=False))
@click.option("--set", "fields", multiple=True, metavar="FIELD=TEXT", help="Write this into a field. May be repeated.")
@click.option("--send", is_flag=True, help="Send it. Without this it is only printed.")
@click.option("--save", is_flag=True, help="Keep what is set, for others to go on.")
@click.option("--to", "audiences", multiple=True, metavar="AUDIENCE", help="Who hears it; by default the usual ones.")
@click.option("--public", default="", metavar="TEXT", help="The text of the status page.")
@click.option("--confirmed", is_flag=True, help="It may go though mandatory fields are placeholders.")
@actor_option
@output_option
@server_option
def communicate(
    identity: str,
    kind: str,
    fields: tuple[str, ...],
    send: bool,
    save: bool,
    audiences: tuple[str, ...],
    public: str,
    confirmed: bool,
    actor: str,
    output: str,
    server: str,
) -> None:
    """Write one of the handbook's three messages, filled from what is known; with --send, send it.

    Without --send the message is printed as it would look, with what is missing and who would hear it.
    """
    written = _written(fields)
    body: dict[str, Any] = {"kind": kind.lower(), "fields": written, "actor": actor}
    if not send and not save:
        _print_draft(_draft(server, identity, kind), written, output)
        return
    body["version"] = _draft(server, identity, kind)["version"]
    if save:
        _print_draft(Client(server).post(f"{_LIST}/{in_path(identity)}/communications/draft", body), {}, output)
        return
    _send(
        server,
        identity,
        {**body, "audiences": list(audiences) or None, "public": public, "confirmed": confirmed},
        output,
    )


@click.command()
@click.argument("identity", metavar="ID")
@click.argument("status")
@click.option("--next", "next_steps", required=True, metavar="TEXT", help="What is done next.")
@click.option("--eta", default="", metavar="TIME", help="When the next update comes: 30m, or 19:30 in UTC.")
@click.option("--actions", default="", metavar="TEXT", help="What was done; by default what the timeline says.")
@click.option("--to", "audiences", multiple=True, metavar="AUDIENCE", help="Who hears it; by default the usual ones.")
@actor_option
@output_option
@server_option
def update(
    identity: str,
    status: str,
    next_steps: str,
    eta: str,
    actions: str,
    audiences: tuple[str, ...],
    actor: str,
    output: str,
    server: str,
) -> None:
    """Send a status update: STATUS is where things stand."""
    fields = {"status": status, "next_steps": next_steps, "eta": eta, "actions": actions}
    body: dict[str, Any] = {
        "kind": "update",
        "fields": {name: text for name, text in fields.items() if text},
        "version": _draft(server, identity, "update")["version"],
        "audiences": list(audiences) or None,
        "actor": actor,
    }
    _send(server, identity, body, output)


@click.command()
@click.argument("identity", metavar="ID")
@click.argument("at", metavar="TIME")
@click.option("--why", default="", help="Why not before.")
@actor_option
@output_option
@server_option
def promise(identity: str, at: str, why: str, actor: str, output: str, server: str) -> None:
    """Promise the next update for TIME: 30m, or 19:30 in UTC."""
    body = {"at": at, "why": why, "actor": actor}
    found = Client(server).post(f"{_LIST}/{in_path(identity)}/communications/promise", body)
    _print_said(found, output)


# ---------------------------------------------------------------- hearing


@click.command()
@click.option("--target", required=True, metavar="NAME", help="The declared target that carries it.")
@click.option("--address", default="", help="Your e-mail address, or your Slack member id.")
@click.option("--service", "services", multiple=True, metavar="NAME", help="Only of this service. May be repeated.")
@click.option("--at-least", type=click.Choice(["P0", "P1", "P2", "P3"]), default="P3", show_default=True)
@click.option("--message", "messages", multiple=True, type=click.Choice(MESSAGES), help="Only these; by default all.")
@actor_option
@output_option
@server_option
def subscribe(
    target: str,
    address: str,
    services: tuple[str, ...],
    at_least: str,
    messages: tuple[str, ...],
    actor: str,
    output: str,
    server: str,
) -> None:
    """Hear of incidents without working on them."""
    body = {
        "target": target,
        "address": address,
        "services": list(services),
        "at_least": at_least,
        "messages": list(messages or MESSAGES),
        "actor": actor,
    }
    _print_subscriptions([Client(server).post(_SUBSCRIPTIONS, body)], output)


@click.command()
@click.option("--person", default="", metavar="NAME", help="Only theirs.")
@output_option
@server_option
def subscriptions(person: str, output: str, server: str) -> None:
    """Print who wants to hear of incidents."""
    _print_subscriptions(Client(server).items(_SUBSCRIPTIONS, person=person), output)


@click.command()
@click.argument("subscription", metavar="SUBSCRIPTION")
@output_option
@server_option
def unsubscribe(subscription: str, output: str, server: str) -> None:
    """End a subscription, by the id that the list shows."""
    ended = Client(server).delete(f"{_SUBSCRIPTIONS}/{in_path(subscription)}")
    if output == "json":
        print_json(ended)
    else:
        click.echo(f"{ended['person']} hears no more by {ended['target']}.")


# ---------------------------------------------------------------- asking the server


def _written(fields: tuple[str, ...]) -> dict[str, str]:
    written: dict[str, str] = {}
    for one in fields:
        name, equals, text = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r} is no FIELD=TEXT", param_hint="--set")
        written[name] = text
    return written


def _post_roles(server: str, identity: str, action: str, body: dict[str, Any], output: str) -> None:
    _print_roles(Client(server).post(f"{_LIST}/{in_path(identity)}/roles{action}", body), output)


def _draft(server: str, identity: str, kind: str) -> dict[str, Any]:
    return Client(server).get(f"{_LIST}/{in_path(identity)}/communications/draft?kind={kind.lower()}")


def _send(server: str, identity: str, body: dict[str, Any], output: str) -> None:
    _print_said(Client(server).post(f"{_LIST}/{in_path(identity)}/communications", body), output)


# ---------------------------------------------------------------- printing


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


def _print_draft(found: dict[str, Any], written: dict[str, str], output: str) -> None:
    if output == "json":
        print_json(found)
        return
    from covet_sre.cli.people_table import print_draft

    print_draft(found, written)


def _print_said(found: dict[str, Any], output: str) -> None:
    if output == "json":
        print_json(found)
        return
    from covet_sre.cli.people_table import print_said

    print_said(found)


def _print_subscriptions(found: list[dict[str, Any]], output: str) -> None:
    if output == "json":
        print_json({"items": found})
        return
    from covet_sre.cli.people_table import print_subscriptions

    print_subscriptions(found)
