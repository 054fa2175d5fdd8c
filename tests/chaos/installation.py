"""One installation under load: its database, its servers, the receiver of its notifications, clients and people."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from covet_sre.store import open_store
from tests.chaos.history import Fault, History, read_database
from tests.chaos.house import ENVIRONMENT, House, write_house
from tests.chaos.load import Client
from tests.chaos.people import People
from tests.chaos.processes import Engine, Forker
from tests.chaos.receiver import Receiver
from tests.chaos.witness import engine_for, set_witness
from tests.servers.prometheus import free_port

LEASE_SECONDS = 10.0
_STARTED_SECONDS = 60.0
_SETTLED_SECONDS = 120.0
_LOOK_EVERY_SECONDS = 0.25


@dataclass(frozen=True)
class Setting:
    """`pause_seconds` is how long a client waits between two requests."""

    seed: int
    servers: int = 1
    clients: int = 4
    pause_seconds: float = 0.01
    people_pause_seconds: float = 0.08


class Installation:
    """A context manager: everything that it started ends with it."""

    def __init__(self, folder: Path, url: str, setting: Setting) -> None:
        self.url, self.setting = url, setting
        self.receiver = Receiver(setting.seed)
        self.house: House = write_house(folder / "files", self.receiver.url)
        self.faults: list[Fault] = []
        open_store(url).close()
        self.database: Database = engine_for(url)
        set_witness(self.database)
        self.forker = Forker(ENVIRONMENT)
        self.engines = [
            Engine(self.house.folder, url, free_port(), folder / f"log-{number}", ENVIRONMENT)
            for number in range(setting.servers)
        ]
        self.clients = [
            Client(number, setting.seed, self.house.services, self.ports, setting.pause_seconds)
            for number in range(setting.clients)
        ]
        self.people = People(self.receiver, self.ports, setting.seed, setting.people_pause_seconds)

    def __enter__(self) -> "Installation":
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.clients:
            client.stop()
        self.people.stop()
        for engine in self.engines:
            if engine.runs:
                engine.wake()
                engine.kill()
        self.forker.close()
        self.receiver.close()
        self.database.dispose()

    def ports(self) -> Sequence[int]:
        return [engine.port for engine in self.engines if engine.is_up]

    def start(self) -> None:
        for engine in self.engines:
            engine.start(self.forker)
        for client in self.clients:
            client.start()
        self.people.start()

    def accepted_since(self, at: float) -> bool:
        """Whether anything that was posted after a time was accepted."""
        for client in self.clients:
            for posted in reversed(client.posted[-20:]):
                if posted.at < at:
                    break
                if posted.was_accepted:
                    return True
        return False

    def wait_until_it_accepts(self, since: float) -> float:
        """How long it took. Whatever is posted counts only if it was posted after `since`."""
        self.wait(lambda: self.accepted_since(since), _STARTED_SECONDS, "no alert was accepted")
        return time.time() - since

    def settle(self) -> list[str]:
        """End the load and let everything come to rest: the receiver answers as it should from now on.

        What does not come to rest, in words.
        """
        for client in self.clients:
            client.stop()
        self.people.stop()
        self.receiver.moody = False
        deadline = time.monotonic() + _SETTLED_SECONDS
        while not self._is_at_rest():
            if time.monotonic() > deadline:
                return [f"something is left that is due, {_SETTLED_SECONDS:g} s after the end"]
        return []

    def history(self) -> History:
        """What there is to be judged. The servers are killed: nothing that they would tidy up at their end counts."""
        ended_at = time.time()
        for engine in self.engines:
            if engine.runs:
                engine.kill()
        history = History(
            posted=[posted for client in self.clients for posted in client.posted],
            decided=list(self.people.decided),
            wires=list(self.receiver.wires()),
            faults=list(self.faults),
            ended_at=ended_at,
            takeover_seconds=LEASE_SECONDS if len(self.engines) > 1 else 0.0,
        )
        read_database(history, self.database, self.url)
        return history

    def wait(self, holds: Callable[[], bool], seconds: float, problem: str) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"{problem} after {seconds:g} s: {self.log[-3000:]}"
            for engine in self.engines:
                assert engine.runs, f"a server ended by itself: {engine.log.read_text()[-3000:]}"
            time.sleep(0.02)

    @property
    def log(self) -> str:
        return "".join(engine.log.read_text() for engine in self.engines if engine.log.exists())

    def _is_at_rest(self) -> bool:
        time.sleep(_LOOK_EVERY_SECONDS)
        now = time.time()
        try:
            with self.database.connect() as connection:
                waiting = connection.execute(text("SELECT COUNT(*) FROM arrival WHERE state = 'waiting'")).scalar_one()
                sending = connection.execute(
                    text(
                        "SELECT COUNT(*) FROM notification WHERE delivery IN ('waiting', 'claimed') AND due_at < :now"
                    ),
                    {"now": now},
                ).scalar_one()
        except SQLAlchemyError:
            return False
        return waiting == 0 and sending == 0
