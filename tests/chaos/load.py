"""Clients that post alerts as fast as they are let, and remember exactly what was accepted."""

import http.client
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.chaos.doors import BATCHES, DOORS, Told, request_for

_TIMEOUT_SECONDS = 10.0
_FIRING_AT_MOST = 60


@dataclass(frozen=True, slots=True)
class Posted:
    """One request. `status` is None when no answer came: it may have been accepted, or not.

    `alerts` are the names of its alerts, each with whether it was said to fire.
    """

    mark: str
    door: str
    at: float
    ended: float
    status: int | None
    alerts: tuple[tuple[str, bool], ...]

    @property
    def was_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass
class Client:
    """Its alerts are its own: the order in which it told of each is known. `ports` says where servers listen."""

    number: int
    seed: int
    services: Sequence[str]
    ports: Callable[[], Sequence[int]]
    pause_seconds: float = 0.01
    posted: list[Posted] = field(default_factory=list[Posted])

    def __post_init__(self) -> None:
        self._dice = random.Random(f"{self.seed}/{self.number}")
        self._alerts: dict[str, list[Told]] = {door: [] for door in DOORS}
        self._made = 0
        self._stop = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._port = 0
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2 * _TIMEOUT_SECONDS)
        if self._connection is not None:
            self._connection.close()

    def _work(self) -> None:
        while not self._stop.is_set():
            door = self._dice.choice(DOORS)
            alerts = self._next(door)
            mark = f"mark-{self.number}-{len(self.posted)}-end"
            request = request_for(door, alerts, mark)
            began = time.time()
            status = self._post(request.path, request.body, dict(request.headers))
            said = tuple((f"{door}/{alert.name}", alert.is_firing) for alert in alerts)
            self.posted.append(Posted(mark, door, began, time.time(), status, said))
            self._stop.wait(self.pause_seconds if status is not None else 0.03)

    def _next(self, door: str) -> list[Told]:
        """New ones, the same again, or their ends; one or several."""
        number = self._dice.randint(2, 12) if door in BATCHES and self._dice.random() < 0.2 else 1
        chosen: dict[str, Told] = {}
        for _ in range(number):
            alert = self._one(self._alerts[door])
            chosen[alert.name] = alert
        return list(chosen.values())

    def _one(self, known: list[Told]) -> Told:
        luck = self._dice.random()
        if not known or (luck < 0.25 and len(known) < _FIRING_AT_MOST):
            return self._new(known)
        alert = self._dice.choice(known)
        if luck < 0.6 and alert.is_firing:
            return alert
        if alert.is_firing:
            alert.is_firing, alert.ended = False, time.time()
        elif luck < 0.8:
            # A name that is not used any more makes room for a new one.
            known.remove(alert)
            return self._new(known)
        else:
            alert.is_firing, alert.began = True, time.time()
        return alert

    def _new(self, known: list[Told]) -> Told:
        self._made += 1
        severity = self._dice.choices(("critical", "error", "warning", "info"), (5, 2, 2, 1))[0]
        service = self._dice.choice(self.services)
        alert = Told(f"a{self.number}-{self._made}", service, severity, time.time())
        known.append(alert)
        return alert

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> int | None:
        ports = self.ports()
        if not ports:
            return None
        if self._port not in ports or self._connection is None:
            if self._connection is not None:
                self._connection.close()
            self._port = self._dice.choice(list(ports))
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_SECONDS)
        try:
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            return None
        return answer.status
