"""The command `covet-sre` and the list of what it can do."""

import sys
from importlib import import_module

import click

from covet_sre.cli.exits import FINDINGS, fail
from covet_sre.errors import CovetSreError


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called: `covet-sre --help` answers at once."""

    def __init__(self, *args: object, lazy: dict[str, tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # pyright: ignore[reportArgumentType] -- click's own arguments, passed through
        # name -> ("module:attribute", one line of help)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        module, attribute = self._lazy[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._lazy.items()])


@click.group(
    cls=LazyGroup,
    lazy={
        "demo": ("covet_sre.cli.demo:demo", "A CovetPy service under live traffic, and the control plane over it."),
        "init": ("covet_sre.cli.init_command:init", "Look at a Prometheus, propose reliability files."),
        "validate": (
            "covet_sre.cli.validate:validate",
            "Check reliability files; with --prometheus, their metrics too.",
        ),
        "generate": ("covet_sre.cli.generate:generate", "Write what Prometheus, Grafana and other systems load."),
        "import": (
            "covet_sre.cli.import_command:import_",
            "Reliability files from those of Sloth, Pyrra or older OpenSLO.",
        ),
        "slo": ("covet_sre.cli.slo:slo", "Objectives and error budgets now; adjustments."),
        "incident": ("covet_sre.cli.incident:incident", "Incidents: list, show, declare, acknowledge, resolve."),
        "silence": ("covet_sre.cli.silence:silence", "Silences and maintenance windows: list, add, expire."),
        "oncall": ("covet_sre.cli.oncall:oncall", "Who is on call now."),
        "status-page": ("covet_sre.cli.status_page:status_page", "What the public is told: render, publish, maintain."),
        "notify": ("covet_sre.cli.notify:notify", "Try the ways in which people are told."),
        "user": ("covet_sre.cli.user:user", "Who may sign in, and with which roles."),
        "token": ("covet_sre.cli.token:token", "What programs show instead of signing in."),
        "serve": ("covet_sre.cli.serve:serve", "Run the control plane over reliability files."),
        "db": ("covet_sre.cli.db:db", "What is kept: upgrade, back up, verify, restore."),
        "config": ("covet_sre.cli.config:config", "The settings in force, and where each comes from."),
        "doctor": ("covet_sre.cli.doctor:doctor", "What is wrong with this installation, and the remedy."),
        "schema": ("covet_sre.cli.schema:schema", "The JSON Schema of reliability files, for editors."),
    },
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="covet-sre", prog_name="covet-sre")
def cli() -> None:
    """A reliability control plane for Python services: SLOs, error budgets and burn-rate alerts.

    Exit status: 0 ok; 1 findings; 2 usage; 3 changes pending; 4 an upstream could not be reached.
    """


def main() -> None:
    """Run the command; expected errors are one line, not a traceback."""
    try:
        cli()
    except CovetSreError as error:
        fail(error)
    except BrokenPipeError:
        # The reader of our output has left (`| head`): not worth a word.
        sys.stderr.close()
        sys.exit(FINDINGS)
