"""Objectives as a table in a terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 160

_STYLES = {
    "ok": "green",
    "warning": "yellow",
    "critical": "bold red",
    "no_data": "magenta",
    "low_traffic": "cyan",
    "misconfigured": "magenta",
}


def print_table(items: list[dict[str, Any]]) -> None:
    """One row per objective, and below the table why some are not ok."""
    console = Console()
    if not console.is_terminal:
        # A pipe has no width: what reads it may.
        console = Console(width=_PIPED_WIDTH)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("Objective", overflow="fold")
    table.add_column("Service", overflow="fold")
    for heading in ("Target", "Window", "SLI", "Left", "Minutes", "Burn 1h"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("State", no_wrap=True)
    for item in items:
        budget = item["budget"]
        table.add_row(
            Text(item["name"]),
            Text(item["service"]),
            f"{item['objective'] * 100:.10g} %",
            item["window"],
            _share(item["sli"], 3),
            _share(budget["remaining"], 1),
            "–" if budget["remaining_minutes"] is None else f"{budget['remaining_minutes']:.1f}",
            "–" if item["burn"]["rate"] is None else f"{item['burn']['rate']:.2f}",
            Text(item["state"].replace("_", " "), style=_STYLES[item["state"]]),
        )
    console.print(table)
    for item in items:
        if item["state"] != "ok":
            remedy = f" — {item['remedy']}" if item["remedy"] else ""
            console.print(Text(f"{item['name']}: {item['cause']}{remedy}", style=_STYLES[item["state"]]))


def _share(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value * 100:.{digits}f} %"
