"""`covet-sre silence`: keep alerts quiet for a time, with a name and a reason."""

import re
from typing import Any

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option

_LIST = "/api/v1/silences"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


@click.group()
def silence() -> None:
    """Silences and maintenance windows. What they keep quiet is still kept, and can be read."""


@silence.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that ended within a day.")
@output_option
@server_option
def list_(every: bool, output: str, server: str) -> None:
    """Print the silences that hold or are to come."""
    items = [each for each in Client(server).get(_LIST)["items"] if every or each["state"] != "expired"]
    if output == "json":
        print_json({"items": items})
        return
    for each in items:
        click.echo(_line(each))
    if not items:
        click.echo("No silence.")


@silence.command()
@click.argument("matchers", nargs=-1, required=True, metavar="MATCHER...")
@click.option("--for", "duration", metavar="DURATION", help="How long it holds: 30m, 2h, 1d. Or --until.")
@click.option("--until", metavar="TIME", help="When it ends, RFC 3339 (2026-11-23T08:00Z).")
@click.option("--from", "start", metavar="TIME", help="When it begins; now when it is left out.")
@click.option("--reason", required=True, help="Why; everybody sees it.")
@click.option("--maintenance", is_flag=True, help="A maintenance window: planned work.")
@actor_option
@output_option
@server_option
def add(
    matchers: tuple[str, ...],
    duration: str | None,
    until: str | None,
    start: str | None,
    reason: str,
    maintenance: bool,
    actor: str,
    output: str,
    server: str,
) -> None:
    """Keep the alerts quiet that fit every MATCHER: service=api, 'severity!=critical', 'route=~"/orders.*"'."""
    if (duration is None) is (until is None):
        raise click.UsageError("a silence needs an end: give either --for or --until")
    body: dict[str, Any] = {"matchers": list(matchers), "author": actor, "reason": reason}
    body["kind"] = "maintenance" if maintenance else "silence"
    if duration is not None:
        body["duration_seconds"] = _seconds(duration)
    body |= {name: value for name, value in (("ends", until), ("starts", start)) if value is not None}
    _print(Client(server).post(_LIST, body), output)


@silence.command()
@click.argument("identity", metavar="ID")
@actor_option
@output_option
@server_option
def expire(identity: str, actor: str, output: str, server: str) -> None:
    """End a silence now. It stays on record; what still fires is looked at anew."""
    _print(Client(server).delete(f"{_LIST}/{in_path(identity)}", author=actor), output)


def _print(item: dict[str, Any], output: str) -> None:
    if output == "json":
        print_json(item)
    else:
        click.echo(_line(item))


def _line(item: dict[str, Any]) -> str:
    from covet_sre.cli.output import printable

    what = "maintenance" if item["kind"] == "maintenance" else "silence"
    matchers = " ".join(item["matchers"])
    return printable(
        f"{item['id']}  {item['state']} {what} until {item['ends']}  {matchers}  {item['author']}: {item['reason']}"
    )


def _seconds(duration: str) -> float:
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhdw])", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise click.BadParameter(f"{duration!r} is no duration; write it like 30m, 2h or 1d12h", param_hint="--for")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
