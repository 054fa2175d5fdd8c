"""People who answer: what they were told of they acknowledge, resolve, or leave; by the commands that Slack sends."""

import hashlib
import hmac
import http.client
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.chaos.house import SLACK_SECRET
from tests.chaos.receiver import Receiver

_PATH = "/hooks/slack/commands"
_INCIDENT = re.compile(r"INC-\d{4}-\d{4}-\d{3,9}")
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided. `was_done` is true only where the answer said so."""

    incident: str
    what: str
    at: float
    was_done: bool


class People:
    """One thread of them. `ports` says where servers listen."""

    def __init__(self, receiver: Receiver, ports: Callable[[], Sequence[int]], seed: int, pause_seconds: float) -> None:
        self._receiver, self._ports, self._pause = receiver, ports, pause_seconds
        self._dice = random.Random(f"{seed}/people")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.decided: list[Decided] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(2 * _TIMEOUT_SECONDS)

    def _work(self) -> None:
        read, told = 0, list[str]()
        while not self._stop.wait(self._pause):
            new = self._receiver.wires(read)
            read += len(new)
            told += [found[0] for wire in new if wire.was_taken and (found := _INCIDENT.match(wire.key))]
            if told:
                # Mostly one of the last that came: the others have found out for themselves.
                told = told[-200:]
                self._decide(self._dice.choice(told))

    def _decide(self, incident: str) -> None:
        what = self._dice.choices(("ack", "resolve"), (3, 2))[0]
        began = time.time()
        said = self._post({"command": "/covet", "text": f"{what} {incident}", "user_name": "ann", "user_id": "U0ANN"})
        done = f"{incident} is {'acknowledged' if what == 'ack' else 'resolved'} by"
        self.decided.append(Decided(incident, what, began, done in said))

    def _post(self, fields: dict[str, str]) -> str:
        ports = self._ports()
        if not ports:
            return ""
        at, body = str(int(time.time())), urlencode({**fields, "trigger_id": str(self._dice.random())})
        signed = hmac.new(SLACK_SECRET.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={signed}",
        }
        port = self._dice.choice(list(ports))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("POST", _PATH, body, headers)
            return connection.getresponse().read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()
