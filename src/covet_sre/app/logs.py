"""How messages reach people and machines."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def start_logging(least: int = logging.NOTSET) -> None:
    """Messages of at least that level to stderr: for people on a terminal, as JSON lines elsewhere."""
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(least),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([_without_control] if on_terminal else []),
            structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.dict_tracebacks,
            *([] if on_terminal else [structlog.processors.JSONRenderer()]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _without_control(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Text of strangers moves no cursor and begins no line; JSON escapes it by itself."""
    return {
        name: _CONTROL.sub(lambda found: repr(found[0])[1:-1], value) if isinstance(value, str) else value
        for name, value in line.items()
    }
