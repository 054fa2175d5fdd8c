"""Printing and writing what a backtest found out."""

from pathlib import Path

import click

from covet_sre.cli.backtesting.as_json import as_json
from covet_sre.cli.backtesting.as_text import print_trial
from covet_sre.cli.backtesting.suggested_yaml import suggested_yaml
from covet_sre.cli.written_file import write_whole
from covet_sre.flows.backtesting import Trial


def tell(trial: Trial, output: str, json_file: Path | None, html_file: Path | None) -> None:
    """On stdout, and into the files that were asked for. Raises OutputError; files are written whole or not at all."""
    if json_file is not None:
        write_whole(json_file, as_json(trial) + "\n")
    if html_file is not None:
        from covet_sre.web.backtest_page import backtest_html

        write_whole(html_file, backtest_html(trial, [suggested_yaml(one) for one in trial.proposals]))
    if output == "json":
        click.echo(as_json(trial))
    else:
        print_trial(trial)
    for file in (json_file, html_file):
        if file is not None:
            click.echo(f"written: {file}", err=True)
