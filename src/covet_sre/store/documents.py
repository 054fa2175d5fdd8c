"""Documents: alerts, incidents, events, silences and notifications as JSON; and texts that every database takes."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from covet_sre.errors import StoreUnreadable

Kept = TypeVar("Kept")
Item = TypeVar("Item")

_AT_ONCE = 1000
# JSON has no infinity: it stands there as a text, and is read as a number again.
_AS_KEPT = ConfigDict(ser_json_inf_nan="strings")


def encode(kind: type[Kept], value: Kept) -> str:
    """One value as a JSON document. What is no Unicode (half a surrogate pair) is escaped, and survives."""
    adapter = _adapter(kind)
    try:
        return adapter.dump_json([value])[1:-1].decode()
    except PydanticSerializationError:
        escaped = json.dumps(adapter.dump_python([value], mode="json"))
        # Infinity is no JSON: a text here, too.
        return json.dumps(json.loads(escaped, parse_constant=str))[1:-1]


def decode(kind: type[Kept], document: str) -> Kept:
    """The value of one document. Fields that a newer version added are passed over. Raises StoreUnreadable."""
    return _decode(kind, (document or "nothing",))[0]


def decode_many(kind: type[Kept], documents: Iterable[str]) -> list[Kept]:
    """As `decode`, many at once: several times faster."""
    return [value for part in parts(documents) for value in _decode(kind, part)]


def parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    """So many at a time that memory stays bounded."""
    rest = iter(items)
    while part := list(islice(rest, _AT_ONCE)):
        yield part


def _decode(kind: type[Kept], documents: Sequence[str]) -> list[Kept]:
    adapter, joined = _adapter(kind), f"[{','.join(documents)}]"
    try:
        return adapter.validate_json(joined)
    except ValidationError:
        # The fast parser knows nothing but Unicode.
        pass
    try:
        return adapter.validate_python(json.loads(joined))
    except ValueError as error:
        problem = str(error).splitlines()
        raise StoreUnreadable(
            f"what is kept of a thing of the kind {kind.__name__} cannot be read: {' '.join(problem[:3])}",
            remedy="was it written by a newer version? Install that one, or restore a backup",
        ) from error


@cache
def _adapter(kind: type[Kept]) -> TypeAdapter[list[Kept]]:
    # Of a list, so that the configuration reaches the dataclass in it.
    return TypeAdapter(list[kind], config=_AS_KEPT)  # pyright: ignore[reportInvalidTypeForm] - known when it runs


# ---------------------------------------------------------------- texts in columns

_UNFIT = re.compile("[\\\\\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")


def fit(text: str) -> str:
    r"""A text as a column keeps it: PostgreSQL takes no NUL, and no database half a surrogate pair.

    These, and the backslash, stand there as \u and four digits; everything else as it is.
    """
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text) if _UNFIT.search(text) else text


def unfit(kept: str) -> str:
    """The text that `fit` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), kept) if "\\" in kept else kept
