"""The desk and everything around it: readers of what arrives, notification targets, the thread that decides."""

import os
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

import structlog
from starlette.routing import Route

from covet_sre.api.alertmanager import Alertmanager, alertmanager_routes
from covet_sre.api.hooks import Acceptance, Reception, hook_routes
from covet_sre.app.settings import Settings
from covet_sre.engine import own_alerts
from covet_sre.engine.answers import Answers
from covet_sre.engine.context import Numbers
from covet_sre.engine.deliver import Deliverer
from covet_sre.engine.dispatch import Dispatcher, DispatchSettings
from covet_sre.engine.incidents import Desks
from covet_sre.engine.messages import Messages
from covet_sre.errors import StoreError
from covet_sre.flows.arriving import Readers
from covet_sre.flows.coming_back import Readers as CameBackReaders
from covet_sre.flows.declaration import Declaration
from covet_sre.incident.outgoing import Message, Outcome, Receipt
from covet_sre.incident.rules import Rules
from covet_sre.integrations.arriving import READERS
from covet_sre.integrations.coming_back import make_readers
from covet_sre.integrations.notifying import make_notifiers
from covet_sre.ports import AlertTransition, Notifier, Store

log = structlog.get_logger(__name__)

_HOOK_SECRET = "COVET_SRE_HOOK_SECRET_"


class DeskWorks:
    """Built once per server; takes up new files as they come."""

    def __init__(self, store: Store, answers: Answers, settings: Settings) -> None:
        clock, base_address = settings.clock, settings.address
        numbers = Numbers(answers, base_address)
        self._notifiers: Mapping[str, Notifier] = {}
        self._readers: Readers = {**READERS, own_alerts.SOURCE: own_alerts.read}
        self._secrets = _hook_secrets(os.environ)
        self._rules = Rules()
        self._store = store
        self.deliverer = Deliverer(clock, lambda: self.dispatcher.wake())
        self.dispatcher = Dispatcher(
            store,
            self._readers,
            self.deliverer,
            Messages(numbers.lines, base_address, self._acknowledge_address),
            clock,
            DispatchSettings(holder=uuid.uuid4().hex, speed=settings.speed),
            answers.touch,
        )
        self.incidents = Desks(store, self.dispatcher, clock, self._send_test, numbers.lines, numbers.spent)
        self._clock = clock
        self._services: dict[str, tuple[str, str]] = {}
        self._thread = threading.Thread(target=self._run, name="covet-sre-desk", daemon=True)
        self._stop = threading.Event()

    def start(self) -> None:
        self.deliverer.start()
        self._thread.start()

    def take_up(self, declaration: Declaration) -> None:
        """Go by these files from now on."""
        rules = self._rules = declaration.rules
        self._services = {one.name: (one.service, one.slo) for one in declaration.objectives}
        self._notifiers = make_notifiers(rules.directory.targets, os.environ, _secret_file, self._clock)
        self.deliverer.take_up(self._notifiers)
        self.dispatcher.take_up(rules)
        self.incidents.take_up(rules)

    def tell(self, transitions: Iterable[AlertTransition], end_minute: int) -> None:
        """What our own evaluation says fires, or ended lately."""
        arrival = own_alerts.told(transitions, self._services, end_minute)
        if arrival is not None:
            try:
                self.incidents.accept([arrival])
            except StoreError as error:
                # The next tick tells it again.
                log.warning("our own alerts could not be kept", error=str(error))

    def routes(self, unready: Callable[[], str | None]) -> list[Route]:
        """Where alerts arrive: the hooks, and Alertmanager's API."""
        acceptance = Acceptance(self._store, self.dispatcher.wake)
        reception = Reception(acceptance, self._clock, self._secrets)
        asked = Alertmanager(
            self.incidents,
            acceptance,
            lambda: str(uuid.uuid4()),
            unready,
            version("covet-sre"),
            self._secrets.get("prometheus", ""),
        )
        return [*hook_routes(self._readers, reception), *alertmanager_routes(asked)]

    def coming_back(self) -> CameBackReaders:
        """What targets tell us, with the secrets of the targets as they are declared now."""
        return make_readers(self._rules.directory.targets, os.environ, _secret_file, self._clock)

    def close(self) -> None:
        self._stop.set()
        self.dispatcher.wake()
        if self._thread.is_alive():
            self._thread.join(10)
        self.deliverer.close()
        self.dispatcher.give_up()

    def _acknowledge_address(self, _incident: str, _person: str) -> str:
        return ""

    def _run(self) -> None:
        self.dispatcher.run(self._stop)

    def _send_test(self, target: str, message: Message) -> Receipt:
        notifier = self._notifiers.get(target)
        return Receipt(Outcome.REFUSED, f"there is no target {target}") if notifier is None else notifier.send(message)


def _hook_secrets(environment: Mapping[str, str]) -> Mapping[str, str]:
    """By source: a hook with a secret in COVET_SRE_HOOK_SECRET_<SOURCE> is open only to who shows it."""
    asked = {source: environment.get(_HOOK_SECRET + source.upper(), "") for source in READERS}
    return {source: secret for source, secret in asked.items() if secret}


def _secret_file(path: str) -> str:
    """A secret that stands in a file, without the line's end."""
    return Path(path).read_text().rstrip("\n")
