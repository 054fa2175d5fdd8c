"""Exit statuses, frozen: scripts and CI depend on them."""

import sys
from typing import NoReturn

import click

from covet_sre.errors import CovetSreError, InvalidFiles, SourceError, Unavailable

OK = 0
FINDINGS = 1
USAGE = 2
CHANGES_PENDING = 3
UPSTREAM = 4


def fail(error: CovetSreError) -> NoReturn:
    """Say on stderr what happened, where and what to do, and end with the error's status."""
    if isinstance(error, InvalidFiles):
        for finding in error.findings:
            click.echo(str(finding), err=True)
    click.echo(f"covet-sre: {error}", err=True)
    sys.exit(UPSTREAM if isinstance(error, SourceError | Unavailable) else FINDINGS)
