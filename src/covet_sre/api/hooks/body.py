"""Reading a request's body: bounded in bytes, packed and unpacked, and in how many of them are held at once."""

import zlib

from starlette.types import Receive

from covet_sre.api.hooks.trouble import Trouble, overloaded

KIB, MIB = 1024, 1024 * 1024

MOST_HELD_BYTES = 64 * MIB
_USUAL_BYTES = 64 * KIB
_MOST_RATIO = 100
"""Alerts are much alike, and pack well: a ratio beyond this is no batch of alerts."""

_GZIP = 31


class Room:
    """How many bytes of bodies may be held at once, of all requests together. For one event loop."""

    def __init__(self, most_bytes: int = MOST_HELD_BYTES) -> None:
        self._most, self.held = most_bytes, 0

    def place(self) -> "Place":
        """A place that is given back at the end of its block."""
        return Place(self)

    def take(self, size: int) -> None:
        """Raises Trouble (503) where there is no more room."""
        if self.held + size > self._most:
            raise overloaded("too much is being received at once")
        self.held += size


class Place:
    """What one request holds."""

    __slots__ = ("_room", "taken")

    def __init__(self, room: Room) -> None:
        self._room, self.taken = room, 0

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *_: object) -> None:
        self._room.held -= self.taken

    def take(self, size: int) -> None:
        self._room.take(size)
        self.taken += size


async def read_body(receive: Receive, headers: dict[bytes, bytes], most_bytes: int, place: Place) -> bytes:
    """The body, unpacked. Raises Trouble for one that is too large, packed strangely, or breaks off."""
    packing = headers.get(b"content-encoding", b"").strip().lower()
    if packing not in (b"", b"identity", b"gzip"):
        raise Trouble(415, "encoding", "the body is packed in a way that is not read here", "send gzip, or plain")
    told = headers.get(b"content-length", b"")
    if told.isdigit() and int(told) > most_bytes:
        raise _too_large(most_bytes)
    body = await _received(receive, most_bytes, place)
    return _unpacked(body, most_bytes, place) if packing == b"gzip" else body


async def _received(receive: Receive, most_bytes: int, place: Place) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Trouble(400, "invalid-request", "the body broke off", "send it again")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > most_bytes:
            raise _too_large(most_bytes)
        place.take(len(chunk))
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _unpacked(packed: bytes, most_bytes: int, place: Place) -> bytes:
    allowed = min(most_bytes, max(_USUAL_BYTES, _MOST_RATIO * len(packed)))
    place.take(allowed)
    machine = zlib.decompressobj(_GZIP)
    try:
        body = machine.decompress(packed, allowed + 1)
    except zlib.error as error:
        raise Trouble(400, "invalid-request", f"the body is no gzip: {error}", "pack it anew") from error
    if len(body) > allowed:
        raise _too_large(allowed)
    if not machine.eof or machine.unused_data:
        raise Trouble(400, "invalid-request", "the gzip breaks off, or something follows it", "pack it anew")
    return body


def _too_large(most_bytes: int) -> Trouble:
    return Trouble(413, "too-large", f"the body is larger than {most_bytes:,} bytes", "send fewer alerts at once")
