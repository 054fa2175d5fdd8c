"""How messages reach people and machines."""

import logging
import sys

import structlog


def start_logging(least: int = logging.NOTSET) -> None:
    """Messages of at least that level to stderr: for people on a terminal, as JSON lines elsewhere."""
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(least),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.dict_tracebacks,
            *([] if on_terminal else [structlog.processors.JSONRenderer()]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
