"""`covet-sre status-page`: what the public is told, from a terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from covet_sre.cli.acting import actor_option, output_option, print_json
from covet_sre.cli.client import Client, in_path, server_option

_PAGE = "/api/v1/status-page"

STATES = ["operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage"]
STATUSES = ["investigating", "identified", "monitoring", "resolved", "postmortem"]
MAINTENANCE = ["scheduled", "in_progress", "verifying", "completed"]
IMPACTS = ["none", "minor", "major", "critical"]

confirm_option = click.option(
    "--confirm-internal-names", "confirmed", default="", metavar="REASON", help="Why what looks internal may be told."
)
quiet_option = click.option("--quiet", is_flag=True, help="Do not tell the subscribers.")
component_option = click.option(
    "--component", "components", multiple=True, metavar="ID=STATE", help="What is affected, and how. May be repeated."
)
text_option = click.option("--text", required=True, help="What the public reads.")


@click.group("status-page")
def status_page() -> None:
    """The public status page: what it shows, and what people tell on it."""


@status_page.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output-folder", "folder", required=True, metavar="DIR", type=click.Path(file_okay=False, path_type=Path)
)
@click.option(
    "--database-url",
    default=None,
    metavar="URL",
    help="Out of this database, while no server runs; PATHs are the files.",
)
@server_option
def render(paths: tuple[Path, ...], folder: Path, database_url: str | None, server: str) -> None:
    """Write the page as static files into DIR: from the server, or offline from a database and the files in PATH.

    Files there that are not of this command are never changed.
    """
    from covet_sre.app.static_folder import bring_to

    if database_url is not None:
        if not paths:
            raise click.UsageError("which files? Name a folder of reliability files beside --database-url")
        from covet_sre.app.offline_status import offline_site

        site = dict(offline_site(paths, database_url))
    else:
        if paths:
            raise click.UsageError("files are named beside --database-url; a server has its own")
        site = {name: text.encode() for name, text in Client(server).get(f"{_PAGE}/files")["files"].items()}
    changed = bring_to(folder, site)
    click.echo(f"{len(site)} files in {folder}, {changed} changed", err=True)


@status_page.command()
@output_option
@server_option
def show(output: str, server: str) -> None:
    """Print how everything stands for the public."""
    found = Client(server).get(_PAGE)
    if output == "json":
        print_json(found)
        return
    from covet_sre.cli.output import printable

    click.echo(printable(f"{found['title']} ({found['address']}): {found['indicator']}"))
    for each in found["components"]:
        hand = f", set by {each['by_hand']['author']}" if each["by_hand"] else ""
        uptime = "no data" if each["uptime"] is None else f"{each['uptime']:.3%}"
        click.echo(printable(f"{each['id']:24} {each['state']:22} {uptime}{hand}"))
    for each in [*found["incidents"], *found["maintenances"]]:
        if each["status"] not in ("resolved", "postmortem", "completed"):
            click.echo(printable(f"{each['id']}  {each['status']}: {each['title']}"))


# ---------------------------------------------------------------- components


@status_page.group()
def component() -> None:
    """Components, and their states by hand."""


@component.command("set")
@click.argument("identity", metavar="ID")
@click.argument("state", type=click.Choice(STATES))
@click.option("--reason", required=True, help="Why, for colleagues; the public does not see it.")
@click.option("--until", metavar="TIME", help="When it ends by itself, RFC 3339.")
@actor_option
@output_option
@server_option
def set_(identity: str, state: str, reason: str, until: str | None, actor: str, output: str, server: str) -> None:
    """Set the state of component ID by hand: it holds before everything that is measured."""
    client = Client(server)
    body = {"version": _component(client, identity)["version"], "state": state, "reason": reason, "actor": actor}
    made = client.post(f"{_PAGE}/components/{in_path(identity)}", body | ({"until": until} if until else {}))
    _print(made, output, f"{made['id']} {made['state']}")


@component.command()
@click.argument("identity", metavar="ID")
@actor_option
@output_option
@server_option
def clear(identity: str, actor: str, output: str, server: str) -> None:
    """From now on the state of component ID is what is measured and told."""
    client = Client(server)
    version = str(_component(client, identity)["version"])
    made = client.delete(f"{_PAGE}/components/{in_path(identity)}", actor=actor, version=version)
    _print(made, output, f"{made['id']} {made['state']}")


# ---------------------------------------------------------------- incidents


@status_page.group()
def incident() -> None:
    """Public incidents: text of their own, beside the internal ones."""


@incident.command("list")
@output_option
@server_option
def list_(output: str, server: str) -> None:
    """Print the public incidents of the last year, the latest first."""
    items = Client(server).get(_PAGE)["incidents"]
    if output == "json":
        print_json({"items": items})
        return
    from covet_sre.cli.output import printable

    for each in items:
        about = f" (about {each['incident']})" if each["incident"] else ""
        click.echo(printable(f"{each['id']}  {each['status']:14} {each['impact']:9} {each['title']}{about}"))
    if not items:
        click.echo("No public incident.")


@incident.command()
@click.argument("title")
@text_option
@click.option("--status", type=click.Choice(STATUSES[:-1]), default="investigating", show_default=True)
@click.option("--impact", type=click.Choice(IMPACTS), default="minor", show_default=True)
@component_option
@click.option("--about", default="", metavar="INCIDENT", help="The internal incident that it is about; never shown.")
@quiet_option
@confirm_option
@actor_option
@output_option
@server_option
def publish(
    title: str,
    text: str,
    status: str,
    impact: str,
    components: tuple[str, ...],
    about: str,
    quiet: bool,
    confirmed: str,
    actor: str,
    output: str,
    server: str,
) -> None:
    """Tell the public of an incident called TITLE."""
    body = {"title": title, "text": text, "status": status, "impact": impact, "incident": about}
    body |= _told(components, quiet, confirmed, actor)
    made = Client(server).post(f"{_PAGE}/incidents", body)
    _print(made, output, f"{made['id']}  {made['status']}: {made['address']}")


@incident.command()
@click.argument("identity", metavar="ID")
@text_option
@click.option("--status", type=click.Choice(STATUSES), required=True)
@component_option
@quiet_option
@confirm_option
@actor_option
@output_option
@server_option
def update(
    identity: str,
    text: str,
    status: str,
    components: tuple[str, ...],
    quiet: bool,
    confirmed: str,
    actor: str,
    output: str,
    server: str,
) -> None:
    """Tell how the public incident ID goes on; with `--status resolved`, that it is over."""
    client, path = Client(server), f"{_PAGE}/incidents/{in_path(identity)}"
    body = {"version": client.get(path)["version"], "text": text, "status": status}
    made = client.post(f"{path}/updates", body | _told(components, quiet, confirmed, actor))
    _print(made, output, f"{made['id']}  {made['status']}: {made['address']}")


# ---------------------------------------------------------------- maintenance


@status_page.group()
def maintenance() -> None:
    """Planned work that the public is told of."""


@maintenance.command()
@click.argument("title")
@text_option
@click.option("--component", "components", multiple=True, required=True, metavar="ID", help="May be repeated.")
@click.option("--starts", required=True, metavar="TIME", help="RFC 3339, 2026-11-30T22:00Z.")
@click.option("--ends", required=True, metavar="TIME", help="RFC 3339.")
@click.option("--remind", "hours", type=float, default=0.0, metavar="HOURS", help="Remind subscribers so long before.")
@click.option("--silence", is_flag=True, help="Keep alerts of the services behind it quiet meanwhile.")
@quiet_option
@confirm_option
@actor_option
@output_option
@server_option
def schedule(
    title: str,
    text: str,
    components: tuple[str, ...],
    starts: str,
    ends: str,
    hours: float,
    silence: bool,
    quiet: bool,
    confirmed: str,
    actor: str,
    output: str,
    server: str,
) -> None:
    """Announce planned work called TITLE; it begins and ends by itself."""
    body: dict[str, Any] = {"title": title, "text": text, "components": list(components), "starts": starts}
    body |= {"ends": ends, "remind_seconds": hours * 3600, "silence": silence, "notify": not quiet}
    body |= {"confirmed": confirmed, "actor": actor}
    made = Client(server).post(f"{_PAGE}/maintenances", body)
    _print(made, output, f"{made['id']}  {made['status']}: {made['address']}")


@maintenance.command("update")
@click.argument("identity", metavar="ID")
@text_option
@click.option("--status", type=click.Choice(MAINTENANCE), required=True)
@click.option("--ends", metavar="TIME", help="When it will end, if that changes; RFC 3339.")
@quiet_option
@confirm_option
@actor_option
@output_option
@server_option
def update_maintenance(
    identity: str,
    text: str,
    status: str,
    ends: str | None,
    quiet: bool,
    confirmed: str,
    actor: str,
    output: str,
    server: str,
) -> None:
    """Tell how the maintenance ID goes on, or that it is completed."""
    client, path = Client(server), f"{_PAGE}/maintenances/{in_path(identity)}"
    body: dict[str, Any] = {"version": client.get(path)["version"], "text": text, "status": status}
    body |= {"notify": not quiet, "confirmed": confirmed, "actor": actor} | ({"ends": ends} if ends else {})
    made = client.post(f"{path}/updates", body)
    _print(made, output, f"{made['id']}  {made['status']}: {made['address']}")


# ---------------------------------------------------------------- subscribers


@status_page.group()
def subscribers() -> None:
    """Who asked to be told."""


@subscribers.command("list")
@output_option
@server_option
def list_subscribers(output: str, server: str) -> None:
    """Print everybody who is told, and who was asked to confirm."""
    items = Client(server).get(f"{_PAGE}/subscribers")["items"]
    if output == "json":
        print_json({"items": items})
        return
    from covet_sre.cli.output import printable

    for each in items:
        state = "subscribed" if each["confirmed"] else "asked"
        click.echo(printable(f"{each['id']}  {state:10} {each['kind']:8} {each['address']}"))
    if not items:
        click.echo("No subscriber.")


@subscribers.command()
@click.argument("identity", metavar="ID")
@click.option("--reason", required=True, help="Why.")
@actor_option
@server_option
def remove(identity: str, reason: str, actor: str, server: str) -> None:
    """End the subscription ID, and forget its address."""
    Client(server).delete(f"{_PAGE}/subscribers/{in_path(identity)}", reason=reason, actor=actor)
    click.echo("Removed.")


def _component(client: Client, identity: str) -> dict[str, Any]:
    found = client.get(_PAGE)["components"]
    for each in found:
        if each["id"] == identity:
            return each
    raise click.BadParameter(f"the page has {', '.join(each['id'] for each in found)}", param_hint="ID")


def _told(components: Sequence[str], quiet: bool, confirmed: str, actor: str) -> dict[str, Any]:
    states: dict[str, str] = {}
    for each in components:
        identity, is_there, state = each.partition("=")
        if not is_there or state not in STATES:
            raise click.BadParameter(f"{each!r}: write ID=STATE, one of {', '.join(STATES)}", param_hint="--component")
        states[identity] = state
    return {"components": states, "notify": not quiet, "confirmed": confirmed, "actor": actor}


def _print(made: dict[str, Any], output: str, line: str) -> None:
    if output == "json":
        print_json(made)
        return
    from covet_sre.cli.output import printable

    click.echo(printable(line))
