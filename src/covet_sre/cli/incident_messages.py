"""`covet-sre incident communicate|update|promise|subscribe`: what others are told, and who wants to be."""

from typing import Any

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option

_LIST = "/api/v1/incidents"
_SUBSCRIPTIONS = "/api/v1/subscriptions"

MESSAGES = ["initial", "update", "resolution"]


def message_commands(incident: click.Group) -> None:
    """Put them into the group."""
    for command in (communicate, update, promise, subscribe, subscriptions, unsubscribe):
        incident.add_command(command)


# ---------------------------------------------------------------- saying


@click.command()
@click.argument("identity", metavar="ID")
@click.argument("kind", type=click.Choice(MESSAGES, case_sensitive=False))
@click.option("--set", "fields", multiple=True, metavar="FIELD=TEXT", help="Write this into a field. May be repeated.")
@click.option("--send", is_flag=True, help="Send it. Without this it is only printed.")
@click.option("--save", is_flag=True, help="Keep what is set, for others to go on.")
@click.option("--to", "audiences", multiple=True, metavar="AUDIENCE", help="Who hears it; by default the usual ones.")
@click.option("--public", default="", metavar="TEXT", help="The text of the status page.")
@click.option("--public-why", default="", metavar="TEXT", help="Why what looks internal may stand in it.")
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
    public_why: str,
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
        {
            **body,
            "audiences": list(audiences) or None,
            "public": public,
            "public_why": public_why,
            "confirmed": confirmed,
        },
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


# ---------------------------------------------------------------- asking and printing


def _written(fields: tuple[str, ...]) -> dict[str, str]:
    written: dict[str, str] = {}
    for one in fields:
        name, equals, text = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one!r} is no FIELD=TEXT", param_hint="--set")
        written[name] = text
    return written


def _draft(server: str, identity: str, kind: str) -> dict[str, Any]:
    return Client(server).get(f"{_LIST}/{in_path(identity)}/communications/draft?kind={kind.lower()}")


def _send(server: str, identity: str, body: dict[str, Any], output: str) -> None:
    _print_said(Client(server).post(f"{_LIST}/{in_path(identity)}/communications", body), output)


# ---------------------------------------------------------------- printing


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
