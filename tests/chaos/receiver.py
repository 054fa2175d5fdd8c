"""Whoever takes the notifications: writes down every attempt, and does not always answer as one would wish."""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

NO_ANSWER = 0
_LONGEST_SILENCE_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Wire:
    """One attempt on the wire. `status` is what was answered, NO_ANSWER for what was taken and left without one."""

    key: str
    target: str
    at: float
    status: int

    @property
    def was_taken(self) -> bool:
        """Whether somebody was woken by it."""
        return self.status == NO_ANSWER or 200 <= self.status < 300


class Receiver:
    """Listens on loopback. While it is `moody`, some attempts fail, and some are taken without an answer."""

    def __init__(self, seed: int) -> None:
        self.moody = True
        self._dice = random.Random(seed)
        self._guard = threading.Lock()
        self._wires: list[Wire] = []
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def wires(self, first: int = 0) -> Sequence[Wire]:
        """What came so far, from the `first` on."""
        with self._guard:
            return self._wires[first:]

    def take(self, key: str, target: str) -> int:
        """Write an attempt down; how it is to be answered: a status, NO_ANSWER for a reset, and -1 for silence."""
        with self._guard:
            luck = self._dice.random() if self.moody else 1.0
            turn = 500 if luck < 0.05 else 429 if luck < 0.08 else NO_ANSWER if luck < 0.12 else 200
            is_silent = turn == NO_ANSWER and luck > 0.115
            self._wires.append(Wire(key, target, time.time(), turn))
        return -1 if is_silent else turn

    def silence(self) -> None:
        self._stopped.wait(_LONGEST_SILENCE_SECONDS)

    def close(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        try:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            turn = self.receiver.take(unquote(self.headers.get("webhook-id", "")), self.path.strip("/"))
            if turn < 0:
                self.receiver.silence()
            elif turn == NO_ANSWER:
                pass
            else:
                self.send_response(turn)
                if turn == 429:
                    self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()
        except OSError:
            # Whoever asked is dead.
            pass
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: `wires` tells what came."""


def _handler_for(receiver_: Receiver) -> type[_Handler]:
    class Handler(_Handler):
        receiver = receiver_

    return Handler
