"""Names of other tools -> names that our files may have, and durations as Prometheus writes them."""

import hashlib
import re

import promql_parser

MAX_NAME_CHARACTERS = 63
_DIGEST_CHARACTERS = 8


def our_name(*parts: str) -> str:
    """Lower-case letters, digits and '-', at most 63 characters; empty when nothing of the parts can stand in a name.

    What would be too long is cut, and ends in a digest of the whole, so that two names stay two.
    """
    name = "-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts if part).strip("-")
    if len(name) <= MAX_NAME_CHARACTERS:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{name[: MAX_NAME_CHARACTERS - _DIGEST_CHARACTERS - 1].rstrip('-')}-{digest}"


def prometheus_minutes(text: str) -> int:
    """The whole minutes of a duration such as `30d`, `4w` or `1d12h`. Raises ValueError with what is accepted."""
    try:
        seconds = promql_parser.parse_duration(text).total_seconds()
    except (ValueError, OverflowError):
        seconds = 0
    if seconds < 60 or seconds % 60:
        raise ValueError(f"{text[:40]!r} is no duration of whole minutes; write for example 28d, 4w or 1d12h")
    return int(seconds // 60)
