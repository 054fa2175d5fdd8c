"""`covet-sre config`: the settings in force, and where each comes from."""

import json
from pathlib import Path

import click

from covet_sre.cli.configuration.kinds import DatabaseUrl, without_password
from covet_sre.cli.configuration.options import config_option, configured
from covet_sre.cli.configuration.reading import Value

SCHEMA_VERSION = 1
HIDDEN = "***"


@click.group()
def config() -> None:
    """The settings of a server: flags, environment, a file, defaults."""


@config.command()
@config_option
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(config: Path | None, origin: bool, output: str) -> None:
    """Print every setting as `serve` would take it here. Secrets are shown as ***.

    Exit status: 1 when the configuration has errors; each is told with its file, line and column.
    """
    found = configured(config, {})
    values = list(found.values.values())
    if output == "json":
        document = {
            "schema_version": SCHEMA_VERSION,
            "file": str(found.file) if found.file else None,
            "settings": [_item(one) for one in values],
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    lines = [f"{one.setting.name} = {_shown(one)}" for one in values]
    width = max(map(len, lines))
    for line, one in zip(lines, values, strict=True):
        click.echo(f"{line:{width}}  # {one.origin}" if origin else line)


def _shown(value: Value) -> str:
    if value.setting.is_secret:
        return f'"{HIDDEN}"' if value.value else '""'
    return value.setting.kind.show(value.value)


def _item(value: Value) -> dict[str, object]:
    setting = value.setting
    if setting.is_secret:
        shown: object = HIDDEN if value.value else ""
    elif isinstance(setting.kind, DatabaseUrl):
        shown = without_password(str(value.value))
    else:
        shown = _plain(value.value)
    return {"name": setting.name, "value": shown, "origin": value.origin, "is_secret": setting.is_secret}


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
