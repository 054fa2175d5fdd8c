"""`covet-sre oncall override`, `swap`, `handoff`: changing who is on call."""

import sys
from typing import Any

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option

_ROOT = "/api/v1/oncall"

from_option = click.option("--from", "start", required=True, metavar="TIME", help="When it begins (2026-11-23T08:00Z).")
to_option = click.option("--to", "end", required=True, metavar="TIME", help="When it is over; no longer part of it.")


@click.group()
def override() -> None:
    """Changes of a schedule for a time."""


@override.command("add")
@click.argument("schedule")
@click.option("--by", "adds", default="", metavar="NAME", help="Who is on call instead, or as well.")
@click.option("--replace", "removes", default="", metavar="NAME", help="Who is not on call then.")
@from_option
@to_option
@click.option("--reason", required=True, help="Why; everybody sees it.")
@actor_option
@output_option
@server_option
def add_override(schedule: str, output: str, server: str, **given: str) -> None:
    """Put --by on call instead of --replace; with --by alone as well, with --replace alone nobody instead."""
    made = Client(server).post(f"{_ROOT}/schedules/{in_path(schedule)}/overrides", given)
    _print(made, output, f"{made['id']}  {made['adds'] or 'nobody'} for {made['removes'] or 'nobody'}, {_span(made)}")


@override.command("remove")
@click.argument("identity", metavar="ID")
@output_option
@server_option
def remove_override(identity: str, output: str, server: str) -> None:
    """Take an override back. What it has changed until now stays."""
    _print(Client(server).delete(f"{_ROOT}/overrides/{in_path(identity)}"), output, "removed")


@click.group()
def swap() -> None:
    """Shifts that people take over from one another, when both agree."""


@swap.command("ask")
@click.argument("schedule")
@click.option("--asker", required=True, metavar="NAME", help="Who gives the time away.")
@click.option("--asked", required=True, metavar="NAME", help="Who is asked to take it.")
@from_option
@to_option
@click.option("--back-from", "back_start", metavar="TIME", help="For a trade: what the asker takes in return.")
@click.option("--back-to", "back_end", metavar="TIME", help="When that is over.")
@click.option("--reason", default="", help="Why.")
@actor_option
@output_option
@server_option
def ask_swap(schedule: str, output: str, server: str, **given: str | None) -> None:
    """Ask somebody to take a shift, or a part of one, or to trade two. Nothing changes until they accept."""
    body = {name: value for name, value in given.items() if value is not None}
    made = Client(server).post(f"{_ROOT}/schedules/{in_path(schedule)}/swaps", body)
    _print(made, output, f"{made['id']}  {made['asker']} asks {made['asked']}, {_span(made)}")


@swap.command("accept")
@click.argument("identity", metavar="ID")
@click.option("--word", "answer", default="", help="A word with it.")
@actor_option
@output_option
@server_option
def accept_swap(identity: str, answer: str, actor: str, output: str, server: str) -> None:
    """Take the shift that one was asked to take."""
    _answer(identity, {"accepts": True, "answer": answer, "actor": actor}, output, server)


@swap.command("decline")
@click.argument("identity", metavar="ID")
@click.option("--word", "answer", default="", help="A word with it.")
@actor_option
@output_option
@server_option
def decline_swap(identity: str, answer: str, actor: str, output: str, server: str) -> None:
    """Say no: everything stays as it is."""
    _answer(identity, {"accepts": False, "answer": answer, "actor": actor}, output, server)


@swap.command("cancel")
@click.argument("identity", metavar="ID")
@actor_option
@output_option
@server_option
def cancel_swap(identity: str, actor: str, output: str, server: str) -> None:
    """Ask no more."""
    done = Client(server).delete(f"{_ROOT}/swaps/{in_path(identity)}", actor=actor)
    _print(done, output, f"{done['id']}  {done['state']}")


@click.command()
@click.argument("schedule")
@click.option("--write", "text", metavar="TEXT", help="Write the note; `-` reads it from standard input.")
@actor_option
@output_option
@server_option
def handoff(schedule: str, text: str | None, actor: str, output: str, server: str) -> None:
    """Print the hand-off note of a schedule and what is open, or write one for whoever comes next."""
    from covet_sre.cli.output import printable

    client, path = Client(server), f"{_ROOT}/schedules/{in_path(schedule)}"
    note = client.get(path)["hand_off"]
    if text is not None:
        body = {"text": sys.stdin.read() if text == "-" else text, "revision": note["revision"], "actor": actor}
        note = client.put(f"{path}/handoff", body)
    if output == "json":
        print_json(note)
        return
    head = f"{note['author']}, {note['written']}:\n{note['text']}" if note["text"] else "Nobody has written a note."
    for line in f"{head}\n\n{note['open_now']}".splitlines():
        click.echo(printable(line))


def _answer(identity: str, body: dict[str, Any], output: str, server: str) -> None:
    done = Client(server).post(f"{_ROOT}/swaps/{in_path(identity)}/answer", body)
    _print(done, output, f"{done['id']}  {done['state']}")


def _print(found: dict[str, Any], output: str, line: str) -> None:
    from covet_sre.cli.output import printable

    if output == "json":
        print_json(found)
    else:
        click.echo(printable(line))


def _span(found: dict[str, Any]) -> str:
    return f"{found['start']} to {found['end']}"
