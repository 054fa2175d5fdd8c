"""Incidents in a terminal: a table of many, and one as a page to read."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from covet_sre.cli.output import printable
from covet_sre.flows.narration import span

_PIPED_WIDTH = 160

SEVERITY_STYLES = {"P0": "bold white on red", "P1": "bold red", "P2": "yellow", "P3": "cyan"}
_STATE_STYLES = {"detected": "bold red", "paged": "bold red", "ticketed": "yellow", "mitigating": "yellow"}


def print_incidents(items: list[dict[str, Any]], which: str) -> None:
    """One row for each incident."""
    console = terminal()
    if not items:
        console.print(f"No {which}incident.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Incident", "Sev", "State"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Service", overflow="fold")
    table.add_column("Title", overflow="fold", ratio=1)
    table.add_column("Lasted", justify="right", no_wrap=True)
    table.add_column("Whose", overflow="fold")
    for item in items:
        table.add_row(
            item["id"],
            Text(item["severity"], style=SEVERITY_STYLES[item["severity"]]),
            Text(words_of(item["state"]), style=_STATE_STYLES.get(item["state"], "")),
            plain(item["service"]),
            plain(item["title"]),
            _lasted(item),
            plain(item["assigned_to"] or item["acknowledged_by"] or ("nobody" if item["open"] else "–")),
        )
    console.print(table)


def print_incident(found: dict[str, Any], *, every_entry: bool) -> None:
    """One incident with its story, alerts and notifications."""
    console = terminal()
    title = Text.assemble(
        (found["id"], "bold"),
        "  ",
        (found["severity"], SEVERITY_STYLES[found["severity"]]),
        "  ",
        plain(found["title"]),
    )
    console.print(title)
    console.print(plain(sentence(found)))
    for line in found["context"]:
        console.print(Text.assemble((f"{printable(line['label'])}: ", "bold"), plain(line["text"])))
    _print_timeline(console, found["timeline"], every_entry)
    _print_alerts(console, found["alerts"], found["more_alerts"])
    _print_notifications(console, found["notifications"])


def sentence(item: dict[str, Any]) -> str:
    """Where an incident stands, in one line."""
    told = f"{item['id']} ({item['severity']}, {item['service']}) is {words_of(item['state'])}"
    if item["merged_into"]:
        return printable(f"{told} into {item['merged_into']}.")
    if item["open"]:
        who = item["acknowledged_by"]
        told += f", acknowledged by {who}" if who else ", and nobody has acknowledged it"
        if item["next_step"] and not who:
            told += f"; the next people are told at {clock(item['next_step'])} UTC"
    elif item["resolution"]:
        told += f": {item['resolution']}"
    return printable(f"{told}.")


def words_of(state: str) -> str:
    """A state as it is read."""
    return state.replace("-", " ")


def plain(text: str) -> Text:
    """Other people's words: shown, and never obeyed."""
    return Text(printable(text))


def clock(time: str) -> str:
    """Day and time of an RFC 3339 time."""
    return f"{datetime.fromisoformat(time):%m-%d %H:%M:%S}"


def terminal() -> Console:
    """Standard output. A pipe has no width: what reads it may."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(width=_PIPED_WIDTH, highlight=False)


def _lasted(item: dict[str, Any]) -> str:
    times = item["times"]
    end = times["resolved"] or times["closed"]
    if end is None:
        return f"since {clock(times['impact'])}"
    return span((datetime.fromisoformat(end) - datetime.fromisoformat(times["impact"])).total_seconds())


def _print_timeline(console: Console, entries: list[dict[str, Any]], every_entry: bool) -> None:
    shown = [entry for entry in entries if every_entry or entry["in_story"]]
    console.print()
    console.print(Text("What happened" if not every_entry else "Every entry", style="bold"))
    for entry in shown:
        line = Text.assemble((f"{clock(entry['at'])}  ", "dim"), printable(entry["text"]))
        if entry["actor"] != "covet-sre":
            line.append(f" ({printable(entry['actor'])})", style="dim")
        console.print(line)
        if entry["said"]:
            console.print(Text(f"                “{printable(entry['said'])}”", style="italic"))
    if len(shown) < len(entries):
        console.print(Text(f"{len(entries) - len(shown)} more entries: --log", style="dim"))


def _print_alerts(console: Console, alerts: list[dict[str, Any]], more: int) -> None:
    if not alerts:
        return
    console.print()
    console.print(Text("Alerts", style="bold"))
    for alert in alerts:
        fires = alert["status"] == "firing"
        console.print(
            Text.assemble(
                (f"{alert['status']:<9}", "bold red" if fires else "green"),
                (f"{alert['severity']}  ", SEVERITY_STYLES[alert["severity"]] if fires else "dim"),
                printable(alert["name"] or alert["key"]),
                (f"  {printable(alert['key'])}", "dim"),
            )
        )
        console.print(Text(f"         {printable(alert['disposition']['why'])}", style="dim"))
    if more:
        console.print(Text(f"and {more} more", style="dim"))


def _print_notifications(console: Console, notifications: list[dict[str, Any]]) -> None:
    if not notifications:
        return
    console.print()
    console.print(Text("Who was told", style="bold"))
    for each in notifications:
        whom = f"{each['person']} by {each['target']}" if each["person"] else each["target"]
        detail = f": {each['detail']}" if each["detail"] else ""
        console.print(
            Text.assemble(
                (f"{clock(each['due'])}  ", "dim"),
                printable(f"{whom} ({each['channel']}, {each['purpose']}): {each['outcome']}{detail}"),
            )
        )
