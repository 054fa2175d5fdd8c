"""An HTTP server on loopback that misbehaves on demand, the way metric sources do in the field."""

import gzip
import threading
import zlib
from collections.abc import Callable
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_MEGABYTE = 1_000_000


class Lie(StrEnum):
    """What goes wrong with the next answers."""

    NONE = "none"
    HTML = "a sign-in page with status 200"
    ERROR = "status 500 with a page"
    UNAVAILABLE = "status 503"
    FORBIDDEN = "status 403"
    REDIRECT = "status 302 to another host"
    EMPTY = "status 200 and nothing"
    HALF = "a length, then only half of the answer"
    HALF_CHUNK = "a chunked answer that breaks off"
    HANG = "no answer at all"
    DRIP = "a byte now and then"
    DRIP_HEADERS = "a header now and then"
    HUGE = "an answer without end"
    HUGE_LENGTH = "a promise of a terabyte"
    GZIP_BOMB = "a small packed answer that unpacks to 1 GB"
    BAD_GZIP = "a damaged packed answer"
    NO_HTTP = "something that is not HTTP"
    CLOSE = "the connection closed at once"

    @property
    def withholds(self) -> bool:
        """Whether only the caller's own time-out ends the exchange."""
        return self in (Lie.HANG, Lie.DRIP, Lie.DRIP_HEADERS)


class LyingServer:
    """Answers `body` with status 200 to every GET and POST, unless `lie` says otherwise. A context manager.

    `body` may be a callable of the path, evaluated for each request. `requests` counts what came in.
    """

    def __init__(self, body: bytes | Callable[[str], bytes] = b"", content_type: str = "text/plain") -> None:
        self.body, self.content_type = body, content_type
        self.lie = Lie.NONE
        self.requests = 0
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="lying-server", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Without a path or a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening and let go of the requests that hang."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "LyingServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, handler: "_Handler") -> None:
        """Answer one request as `lie` says."""
        self.requests += 1
        body = self.body(handler.path) if callable(self.body) else self.body
        match self.lie:
            case Lie.NONE:
                handler.send(200, body, self.content_type)
            case Lie.HTML:
                handler.send(200, b"<!DOCTYPE html><html><title>Sign in</title></html>", "text/html; charset=utf-8")
            case Lie.ERROR:
                handler.send(500, b"<html>Internal Server Error</html>", "text/html")
            case Lie.UNAVAILABLE:
                handler.send(503, b"upstream is away", "text/plain")
            case Lie.FORBIDDEN:
                handler.send(403, b"forbidden", "text/plain")
            case Lie.REDIRECT:
                handler.send(302, b"", "text/plain", ("Location", "http://user:secret@192.0.2.1/elsewhere"))
            case Lie.EMPTY:
                handler.send(200, b"", self.content_type)
            case Lie.GZIP_BOMB:
                handler.send(200, _bomb(), self.content_type, ("Content-Encoding", "gzip"))
            case Lie.BAD_GZIP:
                handler.send(
                    200, gzip.compress(body)[:-8] + b"\xff" * 8, self.content_type, ("Content-Encoding", "gzip")
                )
            case _:
                self._answer_brokenly(handler, body)

    def _answer_brokenly(self, handler: "_Handler", body: bytes) -> None:
        """The lies that break the protocol; the connection is closed after each."""
        handler.close_connection = True
        kind = f"Content-Type: {self.content_type}\r\n".encode()
        start = b"HTTP/1.1 200 OK\r\n" + kind
        match self.lie:
            case Lie.HALF:
                handler.wfile.write(start + b"Content-Length: %d\r\n\r\n" % len(body) + body[: len(body) // 2])
            case Lie.HALF_CHUNK:
                handler.wfile.write(
                    start + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body[: len(body) // 2]
                )
            case Lie.HUGE_LENGTH:
                handler.wfile.write(start + b"Content-Length: 1000000000000\r\n\r\n" + body)
            case Lie.HUGE:
                handler.wfile.write(start + b"\r\n")
                self._repeat(handler, b"# " + b"x" * _MEGABYTE + b"\n", pause_seconds=0.0)
            case Lie.DRIP:
                handler.wfile.write(start + b"\r\n")
                self._repeat(handler, b"#", pause_seconds=0.05)
            case Lie.DRIP_HEADERS:
                handler.wfile.write(start)
                self._repeat(handler, b"X", pause_seconds=0.05)
            case Lie.HANG:
                self._stopped.wait()
            case Lie.NO_HTTP:
                handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
            case _:
                pass  # Lie.CLOSE: nothing is sent.

    def _repeat(self, handler: "_Handler", piece: bytes, pause_seconds: float) -> None:
        while not self._stopped.wait(pause_seconds):
            handler.wfile.write(piece)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def send(self, status: int, body: bytes, content_type: str, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", content_type), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: what the caller makes of the answers is what matters."""


def _handler_for(server: LyingServer) -> type[_Handler]:
    class Handler(_Handler):
        def do_GET(self) -> None:
            try:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                server.answer(self)
            except ConnectionError:
                self.close_connection = True  # The caller had enough.

        do_POST = do_GET

    return Handler


def _bomb() -> bytes:
    """1 GB of zeros in 1 MB: one packed megabyte, repeated. Its checksum is missing, but nobody should get that far."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(bytes(_MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + megabyte * 1000
