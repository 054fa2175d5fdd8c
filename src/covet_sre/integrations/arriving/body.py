"""A request's body as JSON, bounded: what it may hold, and how deep, whoever sent it."""

import json
import re
from collections.abc import Callable, Iterable
from math import isinf
from typing import Any, NoReturn, TypeVar

from covet_sre.errors import Refused

DEEPEST = 32
MOST_ALERTS = 10_000
MOST_REASONS = 50
"""So many alerts that cannot be read are told of one by one."""

# PostgreSQL keeps no NUL in a text, and half a surrogate pair is no text at all.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

Item = TypeVar("Item")


def json_of(body: bytes) -> Any:
    """Raises Refused for what is no JSON in UTF-8, too deep, or holds a number that is not finite.

    NUL characters and halves of surrogate pairs are replaced by U+FFFD.
    """
    try:
        document = _DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refused("this is no UTF-8", where=f"byte {error.start}", remedy="send JSON in UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refused(f"this is no JSON: {error.msg}", where=where, remedy="send JSON") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise Refused("a number is not finite, or much too long", remedy="send numbers of usual size") from error
    if body.count(b"{") + body.count(b"[") > DEEPEST:
        _check_depth(document)
    return _cleaned(document) if b"\\u" in body else document


def object_of(body: bytes) -> dict[str, Any]:
    """The same for a body that is one object."""
    document = json_of(body)
    if type(document) is not dict:
        raise Refused("the body must be an object", where="$", remedy="send {...}")
    return document


def items_of(value: object, where: str) -> list[Any]:
    """A list of alerts, not too long."""
    if type(value) is not list:
        raise Refused("this must be a list of alerts", where=where, remedy="send [...]")
    if len(value) > MOST_ALERTS:
        problem = f"{len(value):,} alerts in one request, and at most {MOST_ALERTS:,} are taken"
        raise Refused(problem, where=where, remedy="send them in several requests")
    return value


def read_each(items: Iterable[Any], where: str, read: Callable[[Any], Item]) -> tuple[list[Item], list[str]]:
    """Every item that can be read, and why the others cannot: one bad alert keeps no good one out."""
    taken: list[Item] = []
    refused: list[str] = []
    more = 0
    for number, item in enumerate(items):
        try:
            taken.append(read(item))
        except Refused as error:
            place = f"{where}[{number}]"
            if len(refused) < MOST_REASONS:
                refused.append(
                    f"{place}.{error.where}: {error.problem}" if error.where else f"{place}: {error.problem}"
                )
            else:
                more += 1
    return taken, [*refused, f"and {more:,} more"] if more else refused


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(text[:20])
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)


def _check_depth(document: object) -> None:
    level: list[Any] = [document] if isinstance(document, dict | list) else []
    for _ in range(DEEPEST + 1):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> Refused:
    return Refused(f"this is nested more than {DEEPEST} deep", remedy="send it flatter")


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return _UNKEEPABLE.sub(_REPLACEMENT, value)
        case dict():
            return {_cleaned(name): _cleaned(child) for name, child in value.items()}
        case list():
            return [_cleaned(child) for child in value]
        case _:
            return value
