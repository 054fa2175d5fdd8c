"""`covet-sre oncall`: who is on call, and what people decide about it."""

from typing import Any
from urllib.parse import urlencode

import click

from covet_sre.cli.acting import output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option
from covet_sre.cli.oncall_changes import handoff, override, swap
from covet_sre.cli.oncall_files import import_, preview
from covet_sre.cli.oncall_people import calendar, contacts

ROOT = "/api/v1/oncall"


@click.group()
def oncall() -> None:
    """Who is on call, overrides and swaps, hand-offs, contacts and calendars."""


@click.command()
@output_option
@server_option
def who(output: str, server: str) -> None:
    """Print who is on call now, of every schedule, until when, and who comes next."""
    from covet_sre.cli.output import printable

    items = Client(server).get(ROOT)["items"]
    if output == "json":
        print_json({"items": items})
        return
    for duty in items:
        also = f" and {', '.join(duty['people'][1:])}" if len(duty["people"]) > 1 else ""
        until = f", until {duty['until']}" if duty["until"] else ""
        then = f", then {duty['then']}" if duty["then"] else ""
        click.echo(printable(f"{duty['schedule']}: {duty['person'] or 'nobody'}{also}{until}{then}"))
    if not items:
        click.echo("No schedule is declared: nobody is on call.")


@click.command()
@click.argument("name")
@click.option("--from", "start", metavar="TIME", help="When to begin, RFC 3339 (2026-11-23T08:00Z); now by default.")
@click.option("--to", "end", metavar="TIME", help="When to end; 28 days later by default.")
@output_option
@server_option
def schedule(name: str, start: str | None, end: str | None, output: str, server: str) -> None:
    """Print the shifts of a schedule, its overrides, swaps and gaps, and what is wrong."""
    asked = {key: value for key, value in (("start", start), ("end", end)) if value}
    found = Client(server).get(f"{ROOT}/schedules/{in_path(name)}?{urlencode(asked)}")
    if output == "json":
        print_json(found)
        return
    for line in _schedule_lines(found):
        click.echo(line)


def _schedule_lines(found: dict[str, Any]) -> list[str]:
    from covet_sre.cli.output import printable

    lines = [f"{one['start']}  {one['end']}  {one['person']} ({one['layer']})" for one in found["shifts"]]
    lines += [f"{one['start']}  {one['end']}  NOBODY" for one in found["gaps"]]
    lines.sort()
    lines += [
        f"override {one['id'] or 'in the files'}: {one['adds'] or 'nobody'} for {one['removes'] or 'nobody'}, "
        f"{one['start']} to {one['end']} {one['author']}: {one['reason']}"
        for one in found["overrides"]
    ]
    lines += [
        f"swap {one['id']} {one['state']}: {one['asker']} asks {one['asked']}, {one['start']} to {one['end']}"
        for one in found["swaps"]
    ]
    lines += [f"! {one['title']}: {one['detail']}; {one['remedy']}" for one in found["problems"]]
    place = found["declared"]
    lines.append(f"declared in {place['file']}:{place['line']}, times of {found['time_zone']}")
    return [printable(line) for line in lines]


@click.command()
@output_option
@server_option
def load(output: str, server: str) -> None:
    """Print how often everybody was paged within 7, 30 and 90 days, at night and at weekends."""
    from covet_sre.cli.output import printable

    items = Client(server).get(f"{ROOT}/load")["items"]
    if output == "json":
        print_json({"items": items})
        return
    for one in items:
        told = ", ".join(
            f"{period['days']} d: {period['pages']} ({period['at_night']} night, {period['at_weekends']} weekend)"
            for period in one["periods"]
        )
        share = "" if one["fair_share"] is None else f"; {one['fair_share']:.1f} x a fair share"
        click.echo(printable(f"{one['person']}: {told}{share}"))
    if not items:
        click.echo("Nobody is in a rotation.")


# `now` was its first name, and is what fingers know.
oncall.add_command(who, "now")
for command in (who, schedule, load, override, swap, handoff, import_, preview, contacts, calendar):
    oncall.add_command(command)
