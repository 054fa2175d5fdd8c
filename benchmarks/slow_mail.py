"""A mail server that takes its time over each letter."""

import socketserver
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager


class SlowMail(socketserver.ThreadingTCPServer):
    """`letters` counts what it has taken; each takes `seconds`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.seconds = seconds
        self.letters = 0
        self.guard = threading.Lock()

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Conversation(socketserver.StreamRequestHandler):
    server: SlowMail

    def handle(self) -> None:
        self._say("220 mail.bench")
        while line := self.rfile.readline(1000):
            match line[:4].upper():
                case b"DATA":
                    self._say("354 go on")
                    while self.rfile.readline(100_000) not in (b".\r\n", b""):
                        pass
                    time.sleep(self.server.seconds)
                    with self.server.guard:
                        self.server.letters += 1
                    self._say("250 taken")
                case b"QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def slow_mail(seconds: float) -> Generator[SlowMail]:
    """Stopped with the block."""
    with SlowMail(seconds) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)
