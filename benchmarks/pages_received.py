"""A receiver of pages: takes every webhook, and remembers when each came and for whom."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_ASKS = "incident.trigger"


@dataclass(frozen=True)
class Page:
    """`at` by time.perf_counter."""

    at: float
    person: str
    purpose: str


class Receiver:
    """`url` leads to it; what follows is taken for the person."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pages: list[Page] = []
        self._came = threading.Condition()

    def take(self, path: str, body: bytes) -> None:
        page = Page(time.perf_counter(), path.strip("/"), json.loads(body)["type"])
        with self._came:
            self._pages.append(page)
            self._came.notify_all()

    def pages(self, person: str) -> list[Page]:
        """What asked a person, in order."""
        with self._came:
            return [page for page in self._pages if page.person == person and page.purpose == _ASKS]

    def first(self, person: str, within_seconds: float) -> Page:
        """The first page to a person, waited for. Raises RuntimeError when none comes."""
        with self._came:
            if not self._came.wait_for(lambda: self.pages(person), within_seconds):
                raise RuntimeError(f"no page to {person} within {within_seconds:g} s")
        return self.pages(person)[0]


@contextmanager
def receiver() -> Generator[Receiver]:
    """Start one on a free port of loopback; it ends with the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            taken.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    taken = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
