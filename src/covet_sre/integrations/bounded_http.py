"""HTTP requests that cannot hang, flood the memory or be led elsewhere.

One deadline covers the whole exchange, name look-up apart: a server that drips one byte a second is cut off in time,
which per-read time-outs do not do. This, and a third of the CPU per request, is why the standard library's client is
used here (docs/decisions). Redirects are never followed and proxies of the environment are not used.
"""

import contextlib
import http.client
import io
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence

from covet_sre.errors import SourceMisanswered, SourceUnreachable
from covet_sre.integrations.address import Address, clipped
from covet_sre.integrations.connecting import connected
from covet_sre.integrations.outbound import OPERATORS, Guard
from covet_sre.integrations.reply import Limits, Reply

_CHUNK_BYTES = 256 * 1024
_CLOSING_SECONDS = 1.0
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")
_SHORTEST_SECRET, _CUT_OUT = 6, "…".encode()


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket; each read may wait only for what is left of the exchange's time."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        super().__init__()
        self._socket, self._left = sock, left
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int | None:  # type: ignore[override]
        self._socket.settimeout(self._left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineSocket:
    """What http.client asks of a socket, with the deadline in every read. `sending` is called before bytes leave."""

    def __init__(self, sock: socket.socket, left: Callable[[], float], sending: Callable[[], None]) -> None:
        self._socket, self._left, self._sending = sock, left, sending

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(_DeadlineReader(self._socket, self._left), 64 * 1024)

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._left())
        self._sending()
        self._socket.sendall(data)

    def shutdown(self, how: int) -> None:
        self._socket.shutdown(how)

    def close(self) -> None:
        self._socket.close()


def _as_they_may_be_repeated(secrets: Collection[str]) -> Sequence[bytes]:
    """Whole, and without the word before them (`Bearer`). Short ones are part of everything."""
    found = {part for secret in secrets for part in (secret, secret.partition(" ")[2]) if len(part) >= _SHORTEST_SECRET}
    return [one.encode() for one in sorted(found, key=len, reverse=True)]


class HttpClient:
    """One kept-alive connection to one address. Calls from several threads take turns.

    `headers` go with every request and are never shown. `monotonic` gives seconds that never go back. `tls` is what
    several clients may share, because making one reads all certificates. `guard` says where connections may go.
    `secrets` are cut out of every answer that repeats them, as well as the address' own credentials.
    Raises ValueError when a header cannot be sent.
    """

    def __init__(
        self,
        address: Address,
        limits: Limits,
        *,
        headers: Mapping[str, str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        tls: ssl.SSLContext | None = None,
        guard: Guard = OPERATORS,
        secrets: Collection[str] = (),
    ) -> None:
        self.address, self.limits, self._guard = address, limits, guard
        self.sent = False
        """Whether anything of the latest request left: if so, and no answer came, what became of it is unknown."""
        for name, value in (headers or {}).items():
            if not _HEADER.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError(
                    f"{address.shown}: the header {name!r} cannot be sent; its value must be one line of ASCII"
                )
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "covet-sre", **(headers or {})}
        if address.authorization is not None:
            self._headers.setdefault("Authorization", address.authorization)
            secrets = (*secrets, address.authorization)
        self._secrets = _as_they_may_be_repeated(secrets)
        self._monotonic, self._deadline = monotonic, 0.0
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._tls = tls
        self._closed = False

    def exchange(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request and read its whole answer, whatever its status.

        A connection that the server closed while it was idle is opened again once.
        Raises SourceUnreachable (no connection, time-out), SourceMisanswered (broken off, too large, no HTTP), or
        OutboundRefused where the guard admits no connection.
        """
        with self._lock:
            self._deadline = self._monotonic() + self.limits.timeout_seconds
            self.sent = False
            reused = self._connection is not None
            try:
                try:
                    return self._attempt(method, path, body, headers)
                except (http.client.RemoteDisconnected, ConnectionError):
                    if not reused:
                        raise
                    self._drop()
                    return self._attempt(method, path, body, headers)
            except BaseException as failure:
                self._drop()
                if isinstance(failure, (OSError, http.client.HTTPException, UnicodeError)):
                    raise self._explained(failure) from failure
                raise

    def close(self) -> None:
        """Close the connection; an exchange on another thread ends at once with SourceUnreachable."""
        self._closed = True
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):  # It was closed already.
                connection.sock.shutdown(socket.SHUT_RDWR)
        # Whoever is connecting at this moment cannot be interrupted: it closes what it opened, at its deadline.
        if self._lock.acquire(timeout=_CLOSING_SECONDS):
            try:
                self._drop()
            finally:
                self._lock.release()

    def _attempt(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None) -> Reply:
        connection = self._connection or self._connect()
        connection.request(method, path, body, {**self._headers, **(headers or {})})
        response = connection.getresponse()
        delimited = response.chunked or response.length is not None
        try:
            packed = self._packed_body(response)
            names = {name.lower(): value for name, value in response.getheaders()}
        finally:
            response.close()
        if response.will_close:
            self._drop()
        body_bytes = self._unpacked(packed, names.get("content-encoding", ""))
        for secret in self._secrets:
            if secret in body_bytes:
                body_bytes = body_bytes.replace(secret, _CUT_OUT)
        return Reply(response.status, names, body_bytes, delimited)

    def _connect(self) -> http.client.HTTPConnection:
        address = self.address
        sock = connected(address.host, address.port, self._patience, self._guard)
        try:
            if self._closed:
                raise ConnectionAbortedError("it was closed here")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.secure:
                self._tls = self._tls or ssl.create_default_context()
                sock.settimeout(self._left())
                sock = self._tls.wrap_socket(sock, server_hostname=address.host)
        except BaseException:
            sock.close()
            raise
        # Not HTTPSConnection, which would load all certificates once more for a handshake that is done.
        connection = http.client.HTTPConnection(address.host, address.port)
        connection.default_port = 443 if address.secure else 80
        connection.sock = _DeadlineSocket(sock, self._left, self._note_sending)
        connection.auto_open = 0
        self._connection = connection
        return connection

    def _note_sending(self) -> None:
        self.sent = True

    def _packed_body(self, response: http.client.HTTPResponse) -> bytes:
        promised = response.length
        if promised is not None and promised > self.limits.size_bytes:
            raise self._too_large()
        pieces: list[bytes] = []
        size = 0
        while piece := response.read(_CHUNK_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > self.limits.size_bytes:
                raise self._too_large()
        if promised is not None and size < promised:
            raise http.client.IncompleteRead(b"", promised - size)
        return b"".join(pieces)

    def _unpacked(self, packed: bytes, encoding: str) -> bytes:
        if encoding in ("", "identity"):
            return packed
        if encoding not in ("gzip", "x-gzip", "deflate"):
            raise self._misanswered(
                f"it packed its answer as {clipped(encoding, 40)!r}", "let it answer unpacked or in gzip"
            )
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            body = unpacker.decompress(packed, self.limits.size_bytes + 1)
        except zlib.error as broken:
            raise self._misanswered(
                "its packed answer is damaged", "look at proxies between here and there"
            ) from broken
        if len(body) > self.limits.size_bytes:
            raise self._too_large()
        if not unpacker.eof:
            raise self._misanswered("its packed answer breaks off", "look at proxies between here and there")
        return body

    def _left(self) -> float:
        left = self._deadline - self._monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _patience(self) -> float:
        """How long one address may take to answer."""
        most = self.limits.connect_seconds
        return self._left() if most is None else min(self._left(), most)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _too_large(self) -> SourceMisanswered:
        limit = self.limits.size_bytes
        size = f"{limit / 1e6:g} MB" if limit >= 1e5 else f"{limit} bytes"
        return self._misanswered(f"its answer is larger than {size}", "check the address, or raise the limit")

    def _misanswered(self, problem: str, remedy: str) -> SourceMisanswered:
        return SourceMisanswered(problem, where=self.address.shown, remedy=remedy)

    def _explained(
        self, failure: OSError | http.client.HTTPException | UnicodeError
    ) -> SourceUnreachable | SourceMisanswered:
        where = self.address.shown
        match failure:
            case TimeoutError():
                return SourceUnreachable(
                    f"no complete answer within {self.limits.timeout_seconds:g} s",
                    where=where,
                    remedy="check that it runs and is not overloaded, or allow it more time",
                )
            case http.client.IncompleteRead():
                return self._misanswered(
                    "its answer breaks off half-way", "look at its log; it is asked again at the next reading"
                )
            case http.client.RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
                return SourceUnreachable(
                    "it closed the connection without an answer",
                    where=where,
                    remedy="check that it runs and speaks HTTP",
                )
            case ConnectionRefusedError():
                return SourceUnreachable(
                    "nothing listens there", where=where, remedy="check the address and that it runs"
                )
            case socket.gaierror() | UnicodeError():  # A name that DNS cannot carry is a UnicodeError.
                return SourceUnreachable("its name is not known", where=where, remedy="check the host name")
            case ssl.SSLError():
                reason = clipped(getattr(failure, "verify_message", "") or failure.reason or str(failure))
                return SourceUnreachable(
                    f"no secure connection: {reason}",
                    where=where,
                    remedy="check its certificate and that it speaks https",
                )
            case OSError():
                return SourceUnreachable(
                    f"no connection: {clipped(failure.strerror or str(failure))}",
                    where=where,
                    remedy="check the address and the network",
                )
            case _:
                return self._misanswered(
                    f"what it answers is no HTTP ({type(failure).__name__})",
                    "check the address and whether it wants https",
                )
