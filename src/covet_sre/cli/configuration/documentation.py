"""The table of settings as docs/configuration.md has it; a test holds the page to it."""

from collections.abc import Iterator

from covet_sre.cli.configuration.settings import SETTINGS, Setting


def as_markdown() -> str:
    """A row for each setting: its key in the file, its flag, its variable, its default, what it is for."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "| in the file | flag of `serve` | environment | default | |"
    yield "|---|---|---|---|---|"
    for setting in SETTINGS:
        yield f"| {_key(setting)} | {_flag(setting)} | {_variables(setting)} | {_default(setting)} | {setting.help} |"


def _key(setting: Setting) -> str:
    return f"`{setting.name}{'_file' if setting.is_secret else ''}`"


def _flag(setting: Setting) -> str:
    if setting.is_argument:
        return "`PATH...`"
    return f"`{setting.flag}`" if setting.flag else ""


def _variables(setting: Setting) -> str:
    return f"`{setting.variable}`" + (f", `{setting.variable}_FILE`" if setting.is_secret else "")


def _default(setting: Setting) -> str:
    if setting.is_secret or not setting.default:
        return "`false`" if setting.default is False else ""
    return f"`{setting.kind.show(setting.default)}`"
