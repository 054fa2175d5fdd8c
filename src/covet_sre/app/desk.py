"""The desk and everything around it: readers of what arrives, notification targets, the thread that decides."""

import hashlib
import os
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version

import structlog
from starlette.routing import Route

from covet_sre.api.alertmanager import Alertmanager, alertmanager_routes
from covet_sre.api.hooks import HOOKS, Acceptance, Reception, hook_routes
from covet_sre.app.hook_proofs import hook_proofs
from covet_sre.app.oncall import OnCallWorks
from covet_sre.app.secret_files import secret_file
from covet_sre.app.settings import Settings
from covet_sre.engine import own_alerts
from covet_sre.engine.answers import Answers
from covet_sre.engine.context import Numbers
from covet_sre.engine.deliver import Deliverer
from covet_sre.engine.dispatch import Dispatcher, DispatchSettings
from covet_sre.engine.incidents import Desks
from covet_sre.engine.messages import PAST_LOOKED_AT, Messages
from covet_sre.errors import Level, StoreBusy, StoreError
from covet_sre.flows.ack_links import AcknowledgeLink, acknowledge_token, read_token
from covet_sre.flows.arriving import Readers
from covet_sre.flows.coming_back import Readers as CameBackReaders
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Problem
from covet_sre.flows.subscriber_webhooks import subscriber_secret
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Message, Outcome, Receipt
from covet_sre.incident.rules import Rules
from covet_sre.integrations.arriving import GLANCES, READERS
from covet_sre.integrations.coming_back import make_readers
from covet_sre.integrations.fetching import GuardedOutbound
from covet_sre.integrations.notifying import make_notifiers, make_subscriber_webhook, unroutable
from covet_sre.integrations.outbound import ALLOWED, PORTS, policy_from
from covet_sre.integrations.secrets import secret_of
from covet_sre.oncall.target import SUBSCRIBER_WEBHOOK
from covet_sre.ports import AlertTransition, Notifier, Outbound, Store
from covet_sre.slo.objective import Objective
from covet_sre.web import IncidentDoors

log = structlog.get_logger(__name__)

_SIGNED = frozenset({"/hooks/slack/interactions", "/hooks/slack/commands", "/hooks/pagerduty/v3"})
"""What comes back from Slack and PagerDuty is signed, always."""

_LINK_SECRET = "COVET_SRE_LINK_SECRET"
"""Links that acknowledge are signed with it. Without it they live until the server restarts."""

_LINK_SECONDS = 2 * 86400.0


def new_identity() -> str:
    """What a new silence is called."""
    return str(uuid.uuid4())


class DeskWorks:
    """Built once per server; takes up new files as they come."""

    def __init__(self, store: Store, answers: Answers, settings: Settings) -> None:
        clock, base_address = settings.clock, settings.address
        numbers = Numbers(answers, base_address)
        self._notifiers: Mapping[str, Notifier] = {}
        self._readers: Readers = {**READERS, own_alerts.SOURCE: own_alerts.read}
        has_client_ca = settings.tls is not None and settings.tls.client_ca is not None
        self._proofs = hook_proofs(os.environ, secret_file, has_client_ca=has_client_ca)
        given = secret_of(os.environ, _LINK_SECRET, secret_file)
        self._lasting_secret = hashlib.sha256(given.encode()).digest() if given else b""
        self._outbound_policy = policy_from(os.environ.get(ALLOWED, ""), os.environ.get(PORTS, ""))
        self.outbound: Outbound = GuardedOutbound(self._outbound_policy)
        self._link_secret = self._lasting_secret or os.urandom(32)
        self._proves = {hook.path: hook.source in self._proofs for hook in HOOKS}
        self._rules = Rules()
        self._store = store
        on_call = OnCallWorks(store, clock, self._link_secret)
        self.rosters = on_call.rosters
        self.deliverer = Deliverer(
            clock, lambda: self.dispatcher.wake(), lambda outgoing: self.dispatcher.not_wanted(outgoing)
        )
        self.dispatcher = Dispatcher(
            store,
            self._readers,
            self.deliverer,
            Messages(numbers.lines, self._past, base_address, self._acknowledge_address, on_call.written),
            clock,
            DispatchSettings(
                holder=uuid.uuid4().hex,
                speed=settings.speed,
                # One process opens an SQLite file, under a lock that ends with it.
                is_alone=settings.database_url.startswith("sqlite"),
            ),
            answers.touch,
        )
        self.incidents = Desks(store, self.dispatcher, clock, self._send_test, numbers.lines, numbers.spent)
        self._clock, self._base_address = clock, base_address
        answers.ask_also(self.problems)
        self._objectives: dict[str, Objective] = {}
        self._thread = threading.Thread(target=self._run, name="covet-sre-desk", daemon=True)
        self._stop = threading.Event()

    def start(self) -> None:
        self.deliverer.start()
        self._thread.start()

    def take_up(self, declaration: Declaration) -> None:
        """Go by these files from now on."""
        rules = self._rules = declaration.rules
        self._objectives = {one.name: one for one in declaration.objectives}
        policy = self._outbound_policy
        self._notifiers = {
            **make_notifiers(rules.directory.targets, os.environ, secret_file, self._clock, policy=policy),
            SUBSCRIBER_WEBHOOK: make_subscriber_webhook(policy, self.subscriber_secret, self._clock),
        }
        self.deliverer.take_up(self._notifiers)
        for name, why in unroutable(self._notifiers).items():
            log.warning("a notification target cannot be reached", target=name, reason=why)
        self.dispatcher.take_up(rules)
        self.incidents.take_up(rules)
        self.rosters.take_up(rules)

    def problems(self) -> list[Problem]:
        """What people should know: targets that nobody can be told by, and why nothing is decided."""
        found = [
            Problem(
                Level.WARNING,
                f"Nobody can be told by the target {name}",
                why,
                "Set what is missing, and reload the files",
            )
            for name, why in unroutable(self._notifiers).items()
        ]
        trouble = self.dispatcher.trouble
        if trouble is not None and not isinstance(trouble, StoreBusy):
            found.append(Problem(Level.ERROR, "Nothing is decided at the moment", str(trouble), trouble.remedy))
        return found

    def why_unready(self) -> str | None:
        """Why alerts would not be decided about here; None when they are, or on another server."""
        return None if self._thread.is_alive() else "the desk does not run"

    def tell(self, transitions: Iterable[AlertTransition], end_minute: int) -> None:
        """What our own evaluation says fires, or ended lately."""
        arrival = own_alerts.told(transitions, self._objectives, end_minute)
        if arrival is not None:
            try:
                self.incidents.accept([arrival])
            except StoreError as error:
                # The next tick tells it again.
                log.warning("our own alerts could not be kept", error=str(error))

    def routes(self, incidents: Incidents, unready: Callable[[], str | None]) -> tuple[list[Route], list[Route]]:
        """Where alerts arrive: the hooks; and Alertmanager's API."""
        acceptance = Acceptance(self._store, self.dispatcher.wake, self.dispatcher)
        reception = Reception(acceptance, self._clock, self._proofs)
        asked = Alertmanager(
            incidents,
            acceptance,
            new_identity,
            unready,
            version("covet-sre"),
            self._proofs.get("prometheus"),
        )
        return hook_routes(self._readers, GLANCES, reception), alertmanager_routes(asked)

    def doors(self, incidents: Incidents) -> IncidentDoors:
        """What the pages stand on."""
        return IncidentDoors(incidents, new_identity, self._read_link, on_call=self.rosters)

    def hook_proves(self, path: str) -> bool:
        """Whether what arrives there must show a secret or a signature of its own."""
        return self._proves.get(path, path in _SIGNED)

    def coming_back(self) -> CameBackReaders:
        """What targets tell us, with the secrets of the targets as they are declared now."""
        return make_readers(self._rules.directory.targets, os.environ, secret_file, self._clock)

    def subscriber_secret(self, subscription: str) -> str:
        """What a subscriber's webhooks are signed with. Raises Refused without a secret that outlives a restart."""
        return subscriber_secret(self._lasting_secret, subscription)

    def close(self) -> None:
        self._stop.set()
        self.dispatcher.wake()
        if self._thread.is_alive():
            self._thread.join(10)
        self.deliverer.close()
        self.dispatcher.give_up()

    def _past(self, service: str) -> Sequence[Incident]:
        return self._store.incidents(is_open=False, service=service, severity="", before=None, limit=PAST_LOOKED_AT)

    def _acknowledge_address(self, incident: str, person: str) -> str:
        token = acknowledge_token(self._link_secret, incident, person, self._clock() + _LINK_SECONDS)
        return f"{self._base_address}/ack/{token}"

    def _read_link(self, token: str) -> AcknowledgeLink:
        return read_token(self._link_secret, token, self._clock())

    def _run(self) -> None:
        self.dispatcher.run(self._stop)

    def _send_test(self, target: str, message: Message) -> Receipt:
        notifier = self._notifiers.get(target)
        return Receipt(Outcome.REFUSED, f"there is no target {target}") if notifier is None else notifier.send(message)
