"""Python's garbage collector, told when looking is in vain."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collector_resting() -> Generator[None]:
    """No collection until the block ends; as a decorator, until the function does.

    A reading is some hundred thousand small objects, none of them in a cycle and all of them gone after the tick. Each
    collection would walk through them, and through everything that the files declare: half of a tick's time. While
    files are read, everything that is made is kept.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
