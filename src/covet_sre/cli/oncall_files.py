"""`covet-sre oncall import` and `preview`: calendars and schedules that are looked at before anything changes."""

from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option
from covet_sre.cli.exits import FINDINGS
from covet_sre.errors import OutputError, Refused, SourceUnreachable

_ROOT = "/api/v1/oncall"
_LARGEST_BYTES = 1024 * 1024
_TIMEOUT_SECONDS = 20.0


@click.command("import")
@click.argument("source", metavar="FILE|URL")
@click.option("--schedule", required=True, metavar="NAME", help="The schedule that it is about.")
@click.option("--apply", is_flag=True, help="Make overrides of what is understood. Without it nothing changes.")
@click.option("--as-schedule", is_flag=True, help="Print a Schedule document that says the same, for the files.")
@click.option("--from", "start", metavar="TIME", help="Leave out what is before; now by default.")
@click.option("--to", "end", metavar="TIME", help="Leave out what is after; 366 days later by default.")
@actor_option
@output_option
@server_option
def import_(
    source: str,
    schedule: str,
    apply: bool,
    as_schedule: bool,
    start: str | None,
    end: str | None,
    actor: str,
    output: str,
    server: str,
) -> None:
    """Read an iCalendar file, or one at an address: what is understood of it, and what is not.

    The address is asked by this command, and not by the server. Exit status 1 when something was not understood.
    """
    body: dict[str, Any] = {"calendar": calendar_text(source), "apply": apply, "actor": actor}
    body |= {name: value for name, value in (("start", start), ("end", end)) if value}
    found = Client(server).post(f"{_ROOT}/schedules/{in_path(schedule)}/import", body)
    if output == "json":
        print_json(found)
    elif as_schedule:
        if not found["schedule"]:
            raise Refused("there is nothing of it that layers could say", remedy="use --apply: overrides say it better")
        click.echo(found["schedule"], nl=False)
    else:
        _print_import(found)
    if found["put_aside"] or any(not one["person"] for one in found["times"]):
        raise SystemExit(FINDINGS)


def calendar_text(source: str) -> str:
    """The text of a file or of what an address answers, bounded. Raises Refused, OutputError, SourceUnreachable."""
    if source.startswith(("http://", "https://", "webcal://")):
        content = _asked(source.replace("webcal://", "https://", 1))
    else:
        try:
            with Path(source).open("rb") as file:
                content = file.read(_LARGEST_BYTES + 1)
        except OSError as error:
            raise OutputError(
                f"it cannot be read: {error.strerror}", where=source, remedy="name another file"
            ) from error
    if len(content) > _LARGEST_BYTES:
        raise Refused(f"it is larger than {_LARGEST_BYTES:,} bytes", where=source, remedy="export a shorter time")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused(f"line {line}: this is no UTF-8", where=source, remedy="export it again") from error


def _asked(address: str) -> bytes:
    try:
        with urlopen(Request(address, headers={"accept": "text/calendar"}), timeout=_TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read(_LARGEST_BYTES + 1)
            return content
    except (URLError, OSError, ValueError) as error:
        raise SourceUnreachable(f"no answer: {error}", where=address, remedy="check the address") from error


def _print_import(found: dict[str, Any]) -> None:
    from covet_sre.cli.output import printable

    for one in found["times"]:
        whom = one["person"] or f"NOT CLEAR ({', '.join(one['candidates']) or 'nobody known'})"
        click.echo(printable(f"{one['start']}  {one['end']}  {whom}  {one['title']} (line {one['line']})"))
    for one in found["put_aside"]:
        click.echo(printable(f"! line {one['line']}: {one['why']}"))
    understood = sum(bool(one["person"]) for one in found["times"])
    done = "are overrides now" if found["applied"] else "would become overrides with --apply"
    click.echo(f"{understood} of {len(found['times'])} times {done}; {len(found['put_aside'])} events were put aside")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "start", metavar="TIME", help="When to begin; now by default.")
@click.option("--to", "end", metavar="TIME", help="When to end; 28 days later by default.")
@output_option
@server_option
def preview(file: Path, start: str | None, end: str | None, output: str, server: str) -> None:
    """Say what the Schedules in FILE would come to, and what would change. Nothing is kept.

    Exit status 1 when there are errors in it.
    """
    try:
        body = {"text": file.read_text()}
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"it cannot be read: {error}", where=str(file), remedy="name another file") from error
    body |= {name: value for name, value in (("start", start), ("end", end)) if value}
    found = Client(server).post(f"{_ROOT}/preview", body)
    if output == "json":
        print_json(found)
    else:
        _print_preview(found, str(file))
    if any(one["level"] == "error" for one in found["findings"]):
        raise SystemExit(FINDINGS)


def _print_preview(found: dict[str, Any], file: str) -> None:
    from covet_sre.cli.output import printable

    for one in found["findings"]:
        place = one["place"].replace("draft.yaml", file, 1)
        click.echo(printable(f"{one['level']}: {place}: {one['field']}: {one['problem']}; {one['remedy']}"))
    for schedule in found["schedules"]:
        new = ", which is new" if schedule["new"] else ""
        click.echo(printable(f"{schedule['name']}{new}, times of {schedule['time_zone']}"))
        for one in schedule["shifts"]:
            click.echo(printable(f"  {one['start']}  {one['end']}  {one['person']} ({one['layer']})"))
        for one in schedule["gaps"]:
            click.echo(f"  {one['start']}  {one['end']}  NOBODY")
        for one in schedule["changes"]:
            before, after = (", ".join(one[name]) or "nobody" for name in ("before", "after"))
            click.echo(printable(f"  changes: {one['start']} to {one['end']}: {before} -> {after}"))
