"""Samples pushed into a Prometheus: its remote-write request, written out by hand (protobuf, in snappy's framing)."""

import http.client
import struct
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

# Snappy may copy everything literally, and Prometheus minds no more than this in one piece.
_LITERAL_BYTES = 65536


def varint(number: int) -> bytes:
    """An unsigned number in groups of seven bits, the lowest first."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def _snappy(content: bytes) -> bytes:
    pieces = [varint(len(content))]
    for first in range(0, len(content), _LITERAL_BYTES):
        literal = content[first : first + _LITERAL_BYTES]
        # The tag says: a literal whose length less one stands in the next two bytes.
        pieces += [bytes([61 << 2]), struct.pack("<H", len(literal) - 1), literal]
    return b"".join(pieces)


class RemoteWriter:
    """Series that are written again and again to one Prometheus."""

    def __init__(self, url: str, series: Sequence[Mapping[str, str]]) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        self._labels = [
            b"".join(
                _field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in sorted(one.items())
            )
            for one in series
        ]

    def write(self, samples: Sequence[Sequence[tuple[int, float]]]) -> None:
        """Send (milliseconds, value) samples, one sequence for each series. Raises RuntimeError when refused."""
        body = b"".join(
            _field(
                1,
                labels
                + b"".join(
                    _field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(moment)) for moment, value in one
                ),
            )
            for labels, one in zip(self._labels, samples, strict=True)
        )
        headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
        self._connection.request("POST", "/api/v1/write", _snappy(body), headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 204:
            raise RuntimeError(f"Prometheus refuses samples ({answer.status}): {said.decode('utf-8', 'replace')}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
