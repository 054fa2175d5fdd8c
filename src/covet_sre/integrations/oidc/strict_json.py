"""JSON and base64 read to the letter: what two readers could take for two things is refused."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from typing import Any

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_DEEPEST = 16


class NotRead(ValueError):
    """Why text is not what it should be. `is_duplicate`: a name stands in an object twice."""

    def __init__(self, problem: str, *, is_duplicate: bool = False) -> None:
        super().__init__(problem)
        self.is_duplicate = is_duplicate


def object_of(text: bytes) -> dict[str, Any]:
    """A JSON object: UTF-8, each name once, finite numbers, at most 16 levels deep. Raises NotRead."""
    try:
        found: object = json.loads(
            text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_not_finite, parse_float=_finite
        )
    except NotRead:
        raise
    except (ValueError, RecursionError):
        raise NotRead("it is no JSON") from None
    if not isinstance(found, dict):
        raise NotRead("it is no JSON object")
    if _depth(found) > _DEEPEST:
        raise NotRead(f"it is nested more than {_DEEPEST} levels deep")
    return found


def unpacked(text: str) -> bytes:
    """The bytes of base64url without padding, in its one canonical spelling. Raises NotRead."""
    if not _BASE64URL.fullmatch(text):
        raise NotRead("it is no base64url")
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise NotRead("it is no base64url") from None
    if packed(content) != text:
        raise NotRead("it is no base64url")
    return content


def packed(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotRead("it has a name twice", is_duplicate=True)
    return found


def _not_finite(_text: str) -> float:
    raise NotRead("it has a number that is none")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise NotRead("it has a number that is none")
    return number


def _depth(value: object) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        one, level = waiting.pop()
        deepest = max(deepest, level)
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(each, level + 1) for each in inner if isinstance(each, (dict, list))]
    return deepest
