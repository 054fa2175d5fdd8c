"""An inbox and a desk in memory, the addresses around them, and a server for both on loopback."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

import uvicorn
from starlette.applications import Starlette

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.identity import alert_key
from covet_sre.alerting.silence import Silence
from covet_sre.api.alertmanager import Alertmanager, alertmanager_routes
from covet_sre.api.hooks import Acceptance, Proof, Reception, hook_routes
from covet_sre.errors import CovetSreError
from covet_sre.incident.commands import carry_out
from covet_sre.incident.desk import Desk
from covet_sre.incident.facts import Command
from covet_sre.incident.reports import take_report
from covet_sre.incident.rules import Rules
from covet_sre.incident.step import pass_time
from covet_sre.integrations.arriving import GLANCES, READERS
from covet_sre.ports import Arrival

Answered = Callable[[int | None, Exception | None], None]


class DeskInMemory:
    """`Incidents` and an inbox over a real desk, decided about when somebody waits for it.

    `broken` is raised instead of keeping anything; `slow` keeps things without ever answering.
    """

    def __init__(self, rules: Rules | None = None, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.desk = Desk(rules or Rules())
        self.arrivals_kept: list[Arrival] = []
        self.refusals: list[str] = []
        self.broken: Exception | None = None
        self.breaks_later: Exception | None = None
        self.slow = False
        self._decided = 0
        self._lock = threading.Lock()

    # ------------------------------------------------------------ the inbox

    def accept_soon(self, arrival: Arrival, answered: Answered) -> None:
        if self.broken is not None:
            raise self.broken
        if self.breaks_later is not None:
            threading.Thread(target=answered, args=(None, self.breaks_later)).start()
            return
        with self._lock:
            self.arrivals_kept.append(arrival)
            number = len(self.arrivals_kept)
        if not self.slow:
            threading.Thread(target=answered, args=(number, None)).start()

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[int]:
        with self._lock:
            self.arrivals_kept += arrivals
            return range(len(self.arrivals_kept) - len(arrivals) + 1, len(self.arrivals_kept) + 1)

    # ------------------------------------------------------------ Incidents

    def now(self) -> float:
        return self.clock()

    def rules(self) -> Rules:
        return self.desk.rules

    def alerts(
        self,
        *,
        firing: bool | None = True,
        incident: str = "",
        service: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Sequence[Alert]:
        with self._lock:
            pass_time(self.desk, self.now())
            keys = sorted(key for key in self.desk.alerts if after is None or key > after)
            found = (self.desk.alerts[key] for key in keys)
            return [
                alert
                for alert in found
                if firing in (None, alert.is_firing)
                and (not incident or alert.incident == incident)
                and (not service or alert.service == service)
            ][:limit]

    def silences(self) -> Sequence[Silence]:
        return list(self.desk.silences.values())

    def decide(self, command: Command) -> str:
        with self._lock:
            return carry_out(self.desk, command, self.now())

    def wait_for(self, numbers: Sequence[int], seconds: float) -> bool:
        self.turn()
        return True

    def turn(self) -> None:
        """Decide about everything that was accepted."""
        with self._lock:
            for arrival in self.arrivals_kept[self._decided :]:
                self._decide(arrival)
            self._decided = len(self.arrivals_kept)

    def _decide(self, arrival: Arrival) -> None:
        key_of = partial(alert_key, slos=self.desk.rules.slos)
        read = READERS[arrival.source](arrival.body, arrival.note, arrival.received_at, key_of)
        self.refusals += read.refused
        for report in read.reports:
            take_report(self.desk, report, self.now())
        for command in read.commands:
            try:
                carry_out(self.desk, command, self.now())
            except CovetSreError as error:
                self.refusals.append(str(error))

    # ------------------------------------------------------------ what the addresses never ask

    def _unasked(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("nobody asks this here")

    incidents = incident = arrivals = inbox = on_call = backlog = test_target = _unasked


def application(
    desk: DeskInMemory,
    secrets: Mapping[str, str] | None = None,
    patience_seconds: float = 30.0,
    proofs: Mapping[str, Proof] | None = None,
    **options: Any,
) -> Starlette:
    """Every hook, and Alertmanager's API, over a desk."""
    acceptance = Acceptance(desk)
    proofs = {
        **{
            source: Proof(tuple(one.encode() for one in secret.split(",")))
            for source, secret in (secrets or {}).items()
        },
        **(proofs or {}),
    }
    reception = Reception(acceptance, desk.now, proofs, patience_seconds=patience_seconds, **options)
    alertmanager = Alertmanager(
        desk, acceptance, lambda: str(uuid.uuid4()), lambda: None, "1.2.3", proofs.get("prometheus")
    )
    return Starlette(routes=[*hook_routes(READERS, GLANCES, reception), *alertmanager_routes(alertmanager)])


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The server's address, on a free port; stopped at the end."""
    config = uvicorn.Config(app, "127.0.0.1", 0, log_level="warning", timeout_graceful_shutdown=1, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
