"""What the worlds log is of no interest: they are full of faults, and a log takes longer than a world."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def without_log() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
