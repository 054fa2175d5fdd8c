"""The settings as options of a command."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from covet_sre.cli.configuration.kinds import Switch
from covet_sre.cli.configuration.reading import Configuration, read_configuration
from covet_sre.cli.configuration.settings import SETTINGS, Setting

Function = TypeVar("Function", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration file; by default ./covet-sre.toml or /etc/covet-sre/covet-sre.toml, where one is there.",
)


def settings_options(names: Sequence[str] | None = None) -> Callable[[Function], Function]:
    """Every setting that has a flag, or those that are named, and `--config`."""
    wanted = [one for one in SETTINGS if one.flag and (names is None or one.name in names)]

    def decorate(function: Function) -> Function:
        for setting in reversed(wanted):
            function = _option(setting)(function)
        return config_option(function)

    return decorate


def configured(config: Path | None, flags: dict[str, object]) -> Configuration:
    """The settings in force, of this process's environment. Raises InvalidConfiguration."""
    return read_configuration(config, os.environ, flags)


def _option(setting: Setting) -> Callable[[Function], Function]:
    def read(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
        try:
            if text is not None:
                setting.kind.read(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
        return text

    if isinstance(setting.kind, Switch):
        return click.option(
            setting.flag, setting.field, is_flag=True, flag_value="true", default=None, help=setting.help
        )
    default = "" if setting.default is None else setting.kind.show(setting.default).strip('"')
    return click.option(
        setting.flag,
        setting.field,
        metavar=setting.kind.metavar or None,
        help=f"{setting.help}{f'  [default: {default}]' if default else ''}",
        callback=read,
    )
