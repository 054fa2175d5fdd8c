"""A small HTTP/1.1 client for one address: keep-alive connections, no more than it needs for load on loopback."""

import asyncio
from dataclasses import dataclass

TIMEOUT_SECONDS = 10.0


class Unanswered(Exception):
    """The service did not answer this request: refused, closed, too slow, or not HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status code and the body."""

    status: int
    body: bytes


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Connections:
    """Idle connections to 127.0.0.1:port, opened when none is free."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []

    async def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Send one request and return its answer. Raises Unanswered."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._ask(method, path, body)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            raise Unanswered(f"{method} {path}: {error!r}") from error

    async def close(self) -> None:
        """Close every idle connection."""
        for _reader, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _ask(self, method: str, path: str, body: bytes) -> Answer:
        reader, writer = await self._connection()
        finished = False
        try:
            writer.write(self._head(method, path, len(body)) + body)
            answer, keep = await _read_answer(reader)
            finished = keep
        finally:
            if finished:
                self._idle.append((reader, writer))
            else:
                writer.close()
        return answer

    async def _connection(self) -> Connection:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()  # the service closed it while it was idle
        return await asyncio.open_connection("127.0.0.1", self._port)

    def _head(self, method: str, path: str, length: int) -> bytes:
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\n"
        if length:
            head += f"content-type: application/json\r\ncontent-length: {length}\r\n"
        elif method == "POST":
            head += "content-length: 0\r\n"
        return f"{head}\r\n".encode("ascii")


async def _read_answer(reader: asyncio.StreamReader) -> tuple[Answer, bool]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status = int(lines[0].split(b" ", 2)[1])
    length, keep = 0, True
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        match name.lower():
            case b"content-length":
                length = int(value)
            case b"connection":
                keep = value.strip().lower() != b"close"
            case b"transfer-encoding":
                raise ValueError("a chunked answer, which the order service never sends")
            case _:
                pass
    return Answer(status, await reader.readexactly(length) if length else b""), keep
