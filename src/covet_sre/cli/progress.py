"""A progress bar on standard error, for work that asks a server many things; nothing where nobody watches."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Told how many steps are done, and of how many."""


def untold(_done: int, _total: int) -> None:
    """For those who do not ask."""


@contextmanager
def shown_progress(what: str) -> Generator[Progress]:
    """The bar goes away when the block ends."""
    if not sys.stderr.isatty():
        yield untold
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
