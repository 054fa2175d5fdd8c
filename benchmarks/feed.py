"""How a fleet's scrapes reach a Prometheus: pushed for minutes of the past, scraped as they come in the present."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.fleet import SCRAPE_SECONDS, SCRAPES_PER_MINUTE, Fleet
from benchmarks.remote_write import RemoteWriter

LEAD_MINUTES = 25
"""Other history must end so long before the first minute that is pushed: further back than a first reading looks."""


class Feed:
    """Pushes minutes of the fleet, each as the four scrapes that it had, with their timestamps."""

    def __init__(self, fleet: Fleet, url: str) -> None:
        self._fleet = fleet
        self._series = list(fleet.series())
        self._writer = RemoteWriter(url, [labels for _, _, labels in self._series])

    def push(self, minute: int) -> None:
        """All samples of one minute."""
        first = (minute - self._fleet.start_minute) * SCRAPES_PER_MINUTE
        self._push(range(first, first + SCRAPES_PER_MINUTE))

    def begin(self, minute: int) -> None:
        """The last scrape before a minute: where the first difference begins."""
        first = (minute - self._fleet.start_minute) * SCRAPES_PER_MINUTE
        self._push(range(first - 1, first))

    def _push(self, scrapes: range) -> None:
        moments = [self._fleet.scrape_milliseconds(scrape) for scrape in scrapes]
        counters = self._fleet.counters[:, :, scrapes.start : scrapes.stop].tolist()
        columns = [[list(zip(moments, code, strict=True)) for code in history] for history in counters]
        self._writer.write([columns[history][position] for history, position, _ in self._series])


@contextmanager
def scraped_target(fleet: Fleet) -> Generator[str]:
    """A target on loopback that exposes the fleet's counters as they are now; its host and port."""

    class Target(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            scrape = int((time.time() - fleet.start_minute * 60) // SCRAPE_SECONDS)
            body = fleet.exposition(scrape).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
