"""Cursor pages: a page ends with a name, and the next begins behind it, whatever came or went between."""

import base64
from collections.abc import Sequence
from typing import TypeVar

from covet_sre.errors import Refused

Row = TypeVar("Row")

_MARK = b">"  # so that no cursor is empty: an empty one asks for the first page


def page_after(rows: Sequence[tuple[str, Row]], cursor: str, limit: int) -> tuple[list[Row], str | None]:
    """Of rows (key, value) sorted by key, those behind the cursor, and the next cursor.

    Raises Refused for a cursor that is none of ours.
    """
    after = read_cursor(cursor)
    behind = [row for row in rows if after is None or row[0] > after]
    shown = behind[:limit]
    following = cursor_of(shown[-1][0]) if len(behind) > limit else None
    return [value for _, value in shown], following


def cursor_of(key: str) -> str:
    """The cursor of what comes behind a key."""
    return base64.urlsafe_b64encode(_MARK + key.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str | None:
    """The key that a cursor stands behind, None for the first page. Raises Refused for one that is none of ours."""
    if not cursor:
        return None
    try:
        decoded = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if not decoded.startswith(_MARK):
            raise ValueError(cursor)
        return decoded.removeprefix(_MARK).decode()
    except ValueError as error:
        raise Refused("the cursor is none of ours", remedy="take `next` of the page before, or leave it out") from error
