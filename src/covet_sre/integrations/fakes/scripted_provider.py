"""A notification provider on loopback: it holds every request against what the real one publishes, and answers as told.

Contract-tested: what is checked here was written down from the providers' documentation, not copied from their code.
"""

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit


class Turn(StrEnum):
    """What happens to the next request, instead of what the provider would do."""

    AS_PUBLISHED = "what the real one does"
    BAD_REQUEST = "status 400"
    FORBIDDEN = "status 403"
    TOO_MANY = "status 429, Retry-After: 7"
    UNAVAILABLE = "status 503, Retry-After: 7"
    ERROR = "status 500 with a page"
    REDIRECT = "status 307 to another host"
    GARBAGE = "status 200 with something else"
    EMPTY = "status 200 and nothing"
    HANG = "no answer at all"
    ECHO = "status 400, with everything that was sent"
    RESET_UNREAD = "the connection reset before all of the request is read"
    RESET_DONE = "what the real one does, then the connection reset instead of an answer"
    HALF = "what the real one does, then half of its answer"


@dataclass(frozen=True, slots=True)
class Received:
    """One request. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        """Its JSON object. Raises Breach."""
        if self.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise Breach("the content type is not application/json")
        try:
            found = json.loads(self.body)
        except ValueError:
            raise Breach("the body is no JSON") from None
        if not isinstance(found, dict):
            raise Breach("the body is no object")
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and what is said with it as JSON; None says nothing."""

    status: int
    document: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Breach(Exception):
    """A request that the real provider would not take."""


class Contract(Protocol):
    """One provider: what it takes, and what it does with it."""

    def take(self, request: Received) -> Answer:
        """Raises Breach."""
        ...

    def refuse(self, breach: Breach) -> Answer:
        """How the real one tells of a breach."""
        ...


def hold(condition: object, problem: str) -> None:
    """Raises Breach when the condition does not hold."""
    if not condition:
        raise Breach(problem)


class ScriptedProvider:
    """Serves one contract. `script` is used up, one entry for each request; afterwards all goes as published.

    `received` and `breaches` are what came in and what was wrong with it. A context manager.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.script: deque[Turn | Answer] = deque()
        self.received: list[Received] = []
        self.breaches: list[str] = []
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
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

    def __enter__(self) -> "ScriptedProvider":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next_turn(self) -> Turn | Answer:
        with self._lock:
            return self.script.popleft() if self.script else Turn.AS_PUBLISHED

    def published(self, request: Received) -> Answer:
        """What the real one does; one request after the other."""
        with self._lock:
            try:
                return self.contract.take(request)
            except Breach as breach:
                self.breaches.append(f"{request.method} {request.path}: {breach}")
                return self.contract.refuse(breach)

    def wait_for_the_end(self) -> None:
        self._stopped.wait()


_STATUS_TURNS: Mapping[Turn, Answer] = {
    Turn.BAD_REQUEST: Answer(400, {"message": "this is not understood", "errors": ["nothing fits"]}),
    Turn.FORBIDDEN: Answer(403, {"message": "not for you"}),
    Turn.TOO_MANY: Answer(429, {"message": "slow down"}, {"Retry-After": "7"}),
    Turn.UNAVAILABLE: Answer(503, {"message": "not now"}, {"Retry-After": "7"}),
    Turn.ERROR: Answer(500),
    Turn.REDIRECT: Answer(307, None, {"Location": "http://user:secret@192.0.2.1/elsewhere"}),
    Turn.EMPTY: Answer(200),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    provider: ScriptedProvider

    def handle_one(self) -> None:
        turn = self.provider.next_turn()
        if turn is Turn.RESET_UNREAD:
            self._reset()
            return
        request = self._read()
        self.provider.received.append(request)
        match turn:
            case Answer():
                self._say(turn)
            case Turn.AS_PUBLISHED:
                self._say(self.provider.published(request))
            case Turn.RESET_DONE:
                self.provider.published(request)
                self._reset()
            case Turn.HALF:
                self._say(self.provider.published(request), half=True)
            case Turn.HANG:
                self.close_connection = True
                self.provider.wait_for_the_end()
            case Turn.GARBAGE:
                self._say_bytes(200, b"<!DOCTYPE html><html>Please sign in</html>", {"Content-Type": "text/html"})
            case Turn.ECHO:
                self._say(Answer(400, {"message": f"{dict(request.headers)} {request.body.decode()}"}))
            case _:
                self._say(_STATUS_TURNS[turn])

    def _read(self) -> Received:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Received(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)

    def _say(self, answer: Answer, *, half: bool = False) -> None:
        body = b"" if answer.document is None else json.dumps(answer.document).encode()
        headers = {"Content-Type": "application/json", **answer.headers}
        self._say_bytes(answer.status, body, headers, half=half)

    def _say_bytes(self, status: int, body: bytes, headers: Mapping[str, str], *, half: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body) + (10 if half else 0)))
        self.end_headers()
        self.wfile.write(body)
        if half:
            self.close_connection = True

    def _reset(self) -> None:
        """So that the caller is told of a reset, and not of an end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: `received` and `breaches` tell what came."""


def _handler_for(provider_: ScriptedProvider) -> type[_Handler]:
    class Handler(_Handler):
        provider = provider_

        def do_POST(self) -> None:
            try:
                self.handle_one()
            except (OSError, ValueError):
                self.close_connection = True  # The caller had enough, or the connection was reset here.

        do_GET = do_PATCH = do_PUT = do_POST

    return Handler
