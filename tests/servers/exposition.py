"""A target to scrape: /metrics says what the test wants, and remembers what it said."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class ExpositionServer:
    """`text` is what the next scrape gets; a counter named in `counting` grows by one with each scrape instead.

    `served` lists every exposition that was given out, oldest first.
    """

    def __init__(self, text: str = "", content_type: str = TEXT) -> None:
        self.text, self.content_type = text, content_type
        self.counting = ""
        self.served: list[str] = []
        self.accepts: list[str] = []
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                body = owner.next_text(self.headers.get("Accept", "")).encode()
                self.send_response(200)
                self.send_header("Content-Type", owner.content_type)
                self.send_header("Content-Length", str(len(body)))
                with contextlib.suppress(ConnectionError):  # The scraper was stopped meanwhile.
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """host:port"""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.address}/metrics"

    def next_text(self, accept: str) -> str:
        with self._lock:
            text = self.text
            if self.counting:
                text += f"# TYPE {self.counting} counter\n{self.counting} {len(self.served) + 1}\n"
            self.accepts.append(accept)
            self.served.append(text)
            return text

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
