"""`covet-sre slo backtest`: what alert policies would have done over history."""

from pathlib import Path

import click

from covet_sre.cli.client import Client, server_option

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--prometheus", metavar="URL", help="Read the history from here instead of what the files say.")
@click.option("--ledger", is_flag=True, help="Read it from a running server's ledger.")
@click.option("--openmetrics", metavar="FILE", type=_FILE, help="Read it from a file of samples with timestamps.")
@click.option("--from", "start", metavar="TIME", help="First minute: RFC 3339, or how long ago (30d).  [default: 30d]")
@click.option("--to", "end", metavar="TIME", help="End, exclusive.  [default: now]")
@click.option("--policy", "policies", multiple=True, metavar="NAME", help="Which policy to try; repeat to compare.")
@click.option("--objective", "objectives", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@click.option("--incidents", metavar="FILE", type=_FILE, help="Known incidents: a list of start, end and title.")
@click.option("--suggest", is_flag=True, help="Propose a target and thresholds from the history.")
@click.option(
    "--most-pages",
    type=click.FloatRange(min=0),
    default=2.0,
    show_default=True,
    metavar="N",
    help="With --suggest: how often in 30 days may be paged, where no incidents are known.",
)
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print.")
@click.option("--json", "json_file", metavar="FILE", type=_FILE, help="Write the result here too, as JSON.")
@click.option("--html", "html_file", metavar="FILE", type=_FILE, help="Write a page with plots.")
@server_option
def backtest(
    paths: tuple[Path, ...],
    prometheus: str | None,
    ledger: bool,
    openmetrics: Path | None,
    start: str | None,
    end: str | None,
    policies: tuple[str, ...],
    objectives: tuple[str, ...],
    incidents: Path | None,
    suggest: bool,
    most_pages: float,
    output: str,
    json_file: Path | None,
    html_file: Path | None,
    server: str,
) -> None:
    """Replay history through alert policies: what would have paged, when, for how long, and what it would have cost.

    NAME of a policy: declared (the files' own alerts, the default), an AlertPolicy of the files, or target-rate,
    long-window, duration, burn-rate, multi-burn-rate, multi-window (the approaches of The Site Reliability Workbook,
    chapter 5), or default.

    Exit status: 0; 1 when files have errors; 2 usage; 4 when the Prometheus or the server does not answer.
    """
    if sum([prometheus is not None, ledger, openmetrics is not None]) > 1:
        raise click.UsageError("--prometheus, --ledger and --openmetrics exclude each other: there is one history")
    # Imported here: --help needs none of it.
    from covet_sre.cli.backtesting.running import Asked, run
    from covet_sre.cli.backtesting.telling import tell

    asked = Asked(
        paths=paths,
        prometheus=prometheus,
        client=Client(server) if ledger else None,
        openmetrics=openmetrics,
        start=start,
        end=end,
        policies=policies,
        objectives=objectives,
        incidents=incidents,
        most_pages=most_pages if suggest else None,
    )
    tell(run(asked), output, json_file, html_file)
