"""`covet-sre incident`: from a terminal, the same as on the pages."""

from typing import Any

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option
from covet_sre.cli.incident_messages import message_commands
from covet_sre.cli.incident_roles import role_commands

_LIST = "/api/v1/incidents"

SEVERITIES = ["P0", "P1", "P2", "P3"]


@click.group()
def incident() -> None:
    """Incidents: what is open, what happened, and what you do about it."""


# ---------------------------------------------------------------- reading


@incident.command("list")
@click.option("--state", type=click.Choice(["open", "closed", "all"]), default="open", show_default=True)
@click.option("--service", default="", metavar="NAME", help="Only of this service.")
@click.option("--severity", type=click.Choice(SEVERITIES, case_sensitive=False), help="Only of this severity.")
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True, help="The newest so many.")
@output_option
@server_option
def list_(state: str, service: str, severity: str | None, most: int, output: str, server: str) -> None:
    """Print incidents, the newest first.

    Exit status: 0; 4 when the server does not answer.
    """
    asked = {"state": "" if state == "all" else state, "service": service, "severity": severity or ""}
    items = Client(server).items(_LIST, most, **asked)
    if output == "json":
        print_json({"items": items})
        return
    from covet_sre.cli.incident_table import print_incidents

    print_incidents(items, "open " if state == "open" else "")


@incident.command()
@click.argument("identity", metavar="ID")
@click.option("--log", is_flag=True, help="Every entry of the timeline, not only those that tell the story.")
@output_option
@server_option
def show(identity: str, log: bool, output: str, server: str) -> None:
    """Print one incident: its state, what happened, its alerts, who was told."""
    found = Client(server).get(f"{_LIST}/{in_path(identity)}")
    if output == "json":
        print_json(found)
        return
    from covet_sre.cli.incident_table import print_incident

    print_incident(found, every_entry=log)


# ---------------------------------------------------------------- acting


@incident.command()
@click.argument("service")
@click.option("--severity", type=click.Choice(SEVERITIES, case_sensitive=False), required=True)
@click.option("--title", required=True, help="What users notice, in a few words.")
@click.option("--impact", metavar="TIME", help="Since when users are hurt, RFC 3339 (2026-11-23T08:00Z).")
@actor_option
@output_option
@server_option
def declare(service: str, severity: str, title: str, impact: str | None, actor: str, output: str, server: str) -> None:
    """Declare an incident of SERVICE by hand; its people are told as if an alert had opened it."""
    body = {"service": service, "severity": severity, "title": title, "actor": actor}
    made = Client(server).post(_LIST, body | ({"impact": impact} if impact else {}))
    _print_item(made, output)


@incident.command()
@click.argument("identity", metavar="ID")
@actor_option
@output_option
@server_option
def ack(identity: str, actor: str, output: str, server: str) -> None:
    """Acknowledge: you take care, and nobody else is asked any more."""
    _act(server, identity, "acknowledge", {"via": "cli", "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.argument("text")
@actor_option
@output_option
@server_option
def note(identity: str, text: str, actor: str, output: str, server: str) -> None:
    """Write TEXT on the timeline."""
    _act(server, identity, "notes", {"text": text, "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.argument("severity", type=click.Choice(SEVERITIES, case_sensitive=False))
@click.option("--why", required=True, help="Why it is more or less urgent than it was.")
@actor_option
@output_option
@server_option
def severity(identity: str, severity: str, why: str, actor: str, output: str, server: str) -> None:
    """Change the severity; a higher one asks people anew."""
    _act(server, identity, "severity", {"severity": severity, "why": why, "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.argument("person")
@actor_option
@output_option
@server_option
def assign(identity: str, person: str, actor: str, output: str, server: str) -> None:
    """Say that PERSON works on it."""
    _act(server, identity, "assign", {"person": person, "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.option("--begin", is_flag=True, help="Work on it begins; without this, users are no longer hurt.")
@click.option("--how", default="", help="What helped.")
@actor_option
@output_option
@server_option
def mitigate(identity: str, begin: bool, how: str, actor: str, output: str, server: str) -> None:
    """Users are no longer hurt, though the cause may still be there."""
    _act(server, identity, "mitigate", {"how": how, "done": not begin, "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.option("--how", required=True, help="What resolved it: the next one who meets this reads it.")
@actor_option
@output_option
@server_option
def resolve(identity: str, how: str, actor: str, output: str, server: str) -> None:
    """The service is well again."""
    _act(server, identity, "resolve", {"how": how, "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.option("--why", default="", help="Why nothing more is to be done.")
@actor_option
@output_option
@server_option
def close(identity: str, why: str, actor: str, output: str, server: str) -> None:
    """Nothing more is to be done."""
    _act(server, identity, "close", {"why": why, "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.option("--why", required=True, help="What shows that it is not over.")
@actor_option
@output_option
@server_option
def reopen(identity: str, why: str, actor: str, output: str, server: str) -> None:
    """It is not over after all."""
    _act(server, identity, "reopen", {"why": why, "actor": actor}, output)


@incident.command("false-alarm")
@click.argument("identity", metavar="ID")
@click.option("--why", required=True, help="What the alerts mistook for trouble.")
@actor_option
@output_option
@server_option
def false_alarm(identity: str, why: str, actor: str, output: str, server: str) -> None:
    """There was nothing wrong."""
    _act(server, identity, "false-alarm", {"why": why, "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.argument("moment", type=click.Choice(["impact", "detected", "acknowledged", "mitigated", "resolved"]))
@click.argument("at", metavar="TIME")
@click.option("--reason", required=True, help="How it is known.")
@actor_option
@output_option
@server_option
def correct(identity: str, moment: str, at: str, reason: str, actor: str, output: str, server: str) -> None:
    """Correct one of the times to TIME, RFC 3339; the old one stays on the timeline."""
    _act(server, identity, "times", {"moment": moment, "at": at, "reason": reason, "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.argument("alerts", nargs=-1, required=True, metavar="ALERT...")
@click.option("--why", required=True, help="Why they do not belong here.")
@actor_option
@output_option
@server_option
def split(identity: str, alerts: tuple[str, ...], why: str, actor: str, output: str, server: str) -> None:
    """Take alerts, by their keys, out of an incident into one of their own."""
    _act(server, identity, "split", {"alerts": list(alerts), "why": why, "actor": actor}, output)


@incident.command()
@click.argument("identity", metavar="ID")
@click.option("--into", required=True, metavar="ID", help="The incident in which it goes on.")
@click.option("--why", required=True, help="Why they are one.")
@actor_option
@output_option
@server_option
def merge(identity: str, into: str, why: str, actor: str, output: str, server: str) -> None:
    """Have everything of this incident go on in another one."""
    _act(server, identity, "merge", {"into": into, "why": why, "actor": actor}, output)


def _act(server: str, identity: str, action: str, body: dict[str, Any], output: str) -> None:
    _print_item(Client(server).post(f"{_LIST}/{in_path(identity)}/{action}", body), output)


def _print_item(item: dict[str, Any], output: str) -> None:
    if output == "json":
        print_json(item)
        return
    from covet_sre.cli.incident_table import sentence

    click.echo(sentence(item))


role_commands(incident)
message_commands(incident)
