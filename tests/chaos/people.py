"""People who answer: what they were told of they acknowledge, resolve, write a note about, or leave; by the API, and by
the commands that Slack sends. A note that nothing came back from is sent again with the same Idempotency-Key."""

import hashlib
import hmac
import http.client
import json
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.chaos.house import SLACK_SECRET
from tests.chaos.receiver import Receiver

_INCIDENT = re.compile(r"INC-\d{4}-\d{4}-\d{3,9}")
_TIMEOUT_SECONDS = 10.0
_TRIES = 50

KINDS = {"acknowledge": "Acknowledged", "resolve": "Resolved", "note": "NoteAdded"}
"""What each decision leaves on the timeline."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided. `was_done` is true only where the answer said so. `text` is that of a note."""

    incident: str
    what: str
    at: float
    ended: float
    was_done: bool
    text: str = ""


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
        if self._thread.is_alive():
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
        what = self._dice.choices(("acknowledge", "resolve", "note"), (3, 2, 1))[0]
        text, began = f"note {len(self.decided)}", time.time()
        if what == "note":
            was_done = self._note(incident, text)
        elif self._dice.random() < 0.5:
            was_done = self._until_answered(lambda: self._by_slack(incident, what))
        else:
            said = {"how": "so"} if what == "resolve" else {}
            was_done = self._until_answered(lambda: self._by_api(incident, what, said, ""))
        self.decided.append(Decided(incident, what, began, time.time(), was_done, text))

    def _note(self, incident: str, text: str) -> bool:
        return self._until_answered(lambda: self._by_api(incident, "notes", {"text": text}, f"key of {text}"))

    def _until_answered(self, ask: Callable[[], bool | None]) -> bool:
        """Ask again while nothing comes back, as people do. `ask` gives None then."""
        for _ in range(_TRIES):
            said = ask()
            if said is not None:
                return said
            if self._stop.wait(self._pause):
                break
        return False

    def _by_api(self, incident: str, what: str, body: dict[str, str], key: str) -> bool | None:
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        status, _ = self._post(f"/api/v1/incidents/{incident}/{what}", json.dumps({"actor": "ann", **body}), headers)
        return 200 <= status < 300 if status else None

    def _by_slack(self, incident: str, what: str) -> bool | None:
        fields = {"command": "/covet", "text": f"{what} {incident}", "user_name": "ann", "user_id": "U0ANN"}
        at, body = str(int(time.time())), urlencode({**fields, "trigger_id": str(self._dice.random())})
        signed = hmac.new(SLACK_SECRET.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={signed}",
        }
        status, said = self._post("/hooks/slack/commands", body, headers)
        done = f"{incident} is {'acknowledged' if what == 'acknowledge' else 'resolved'} by"
        return done in said if status else None

    def _post(self, path: str, body: str, headers: dict[str, str]) -> tuple[int, str]:
        """Status 0 where nothing came back."""
        ports = self._ports()
        if not ports:
            return 0, ""
        port = self._dice.choice(list(ports))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()
