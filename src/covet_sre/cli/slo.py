"""`covet-sre slo`: objectives and error budgets now, and adjustments of them."""

import json
from pathlib import Path
from typing import Any

import click

from covet_sre.cli.backtest import backtest
from covet_sre.cli.client import Client, server_option

SCHEMA_VERSION = 1


@click.group()
def slo() -> None:
    """Objectives and error budgets."""


slo.add_command(backtest)


@slo.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@server_option
@click.option("--prometheus", metavar="URL", help="With PATH: read from here instead of what the files say.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(paths: tuple[Path, ...], server: str, prometheus: str | None, output: str) -> None:
    """Print every objective, worst budget first: from a running server, or with PATH from files and a Prometheus.

    Exit status: 0; 1 when the files have errors; 4 when the server or the Prometheus does not answer.
    """
    if prometheus and not paths:
        raise click.UsageError("--prometheus goes with PATH: name the reliability files to read")
    if paths:
        from covet_sre.cli.one_shot import measured_items

        items = measured_items(paths, prometheus)
    else:
        items = Client(server).items("/api/v1/slos")
    items.sort(key=_worst_first)
    if output == "json":
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "items": items}, indent=2))
    else:
        from covet_sre.cli.slo_table import print_table

        print_table(items)


def _worst_first(item: dict[str, Any]) -> tuple[bool, float, str]:
    remaining = item["budget"]["remaining"]
    return remaining is None, remaining if remaining is not None else 0.0, item["name"]


@slo.command()
@click.argument("name")
@click.option("--from", "start", required=True, metavar="TIME", help="First minute, RFC 3339 (2026-11-23T08:00Z).")
@click.option("--to", "end", required=True, metavar="TIME", help="End, exclusive.")
@click.option("--author", required=True, help="Who asks for it.")
@click.option("--reason", required=True, help="Why; everybody sees it.")
@click.option("--bad", type=int, default=0, help="Correct by so many bad events (with --total), instead of excluding.")
@click.option("--total", type=int, default=0, help="Correct by so many events in all.")
@server_option
def adjust(name: str, start: str, end: str, author: str, reason: str, bad: int, total: int, server: str) -> None:
    """Leave a maintenance window out of an SLO's budget, or correct its counts. What was measured stays on record."""
    kind = "correct" if bad or total else "exclude"
    body = {"kind": kind, "start": start, "end": end, "author": author, "reason": reason, "bad": bad, "total": total}
    made = Client(server).post(f"/api/v1/slos/{name}/adjustments", body)
    click.echo(f"adjustment {made['id']}: {made['kind']} {made['start']} to {made['end']}")
