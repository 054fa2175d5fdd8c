"""Whether this process looks like one of several workers."""

import logging
import multiprocessing
import os
import re
import sys

_logger = logging.getLogger("covet_sre_sdk")
_WORKERS_OPTION = re.compile(r"^(?:--workers|-w)(?:=)?(\d*)$")


def count_workers(arguments: list[str], environment: dict[str, str]) -> int:
    """Return how many workers the command line or WEB_CONCURRENCY asks for; 1 when neither says."""
    count = 1
    for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
        match = _WORKERS_OPTION.match(option)
        if match is not None:
            count = _number(match.group(1) or value, count)
    if count == 1:
        count = _number(environment.get("WEB_CONCURRENCY", ""), count)
    return count


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdigit() else otherwise


def warn_of_unshared_workers(variable: str) -> None:
    """Log one warning when several workers would each count for themselves.

    Each scrape would then see another worker, and the counters would seem to jump back and forth.
    """
    workers = count_workers(sys.argv, dict(os.environ))
    name = multiprocessing.current_process().name
    spawned_second = re.fullmatch(r"(?:Spawn|Fork|ForkServer)Process-(?:[2-9]|\d\d+)", name) is not None
    if workers > 1 or (spawned_second and "--reload" not in sys.argv):
        _logger.warning(
            "This process seems to be one of several workers, and each counts for itself: a scrape sees only one of "
            "them, and rates and alerts come out wrong. Set %s to a local folder that the workers share.",
            variable,
        )
