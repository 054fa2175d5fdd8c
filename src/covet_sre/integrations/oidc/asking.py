"""Questions to an identity provider: one deadline for all that one sign-in asks, small answers, JSON alone."""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from covet_sre.errors import SourceError, SourceMisanswered
from covet_sre.integrations.address import Address
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.oidc.places import has_same_host
from covet_sre.integrations.oidc.refusing import Reason, refusal
from covet_sre.integrations.oidc.strict_json import NotRead, object_of
from covet_sre.integrations.outbound import OPERATORS, Guard, Origin, OutboundPolicy
from covet_sre.integrations.reply import Limits, Reply

CONVERSATION_SECONDS, ANSWER_BYTES = 5.0, 64 * 1024
_CONNECT_SECONDS = 3.0
_AT_ONCE, _PATIENCE_SECONDS = 8, 0.5


class Conversation:
    """What one sign-in asks. Together it takes no longer than its seconds, look-ups of names apart."""

    def __init__(self, issuer: str, policy: OutboundPolicy, deadline: float, monotonic: Callable[[], float]) -> None:
        self._issuer, self._policy, self._deadline, self._monotonic = issuer, policy, deadline, monotonic

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The object that stands at an address. Raises SignInRefused."""
        reply = self._exchange("GET", url, None, headers or {})
        if reply.status != 200:
            raise refusal(Reason.ANSWER, f"it answers {reply.status}", shown(url))
        return document(reply, url)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Whatever is answered to a form. Raises SignInRefused."""
        form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._exchange("POST", url, body, form)

    def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        left = self._deadline - self._monotonic()
        if left <= 0:
            raise refusal(Reason.UNREACHABLE, "the provider takes too long", shown(url))
        address = Address.parse(url)
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        limits = Limits(left, ANSWER_BYTES, _CONNECT_SECONDS)
        client = HttpClient(address, limits, monotonic=self._monotonic, guard=self._guard(url))
        try:
            return client.exchange(method, path, body, {"Accept": "application/json", **headers})
        except SourceMisanswered as failure:
            raise refusal(Reason.ANSWER, failure.problem, shown(url)) from None
        except SourceError as failure:
            raise refusal(Reason.UNREACHABLE, failure.problem, shown(url), failure.remedy) from None
        finally:
            client.close()

    def _guard(self, url: str) -> Guard:
        """The operator named the issuer's host. What the provider names beside it is the word of a stranger."""
        if has_same_host(url, self._issuer):
            return OPERATORS
        port = Address.parse(self._issuer).port
        ports = self._policy.ports | {port}
        return Guard(Origin.PEOPLE, OutboundPolicy(self._policy.allowed_hosts, self._policy.allowed_networks, ports))


class Conversations:
    """A few at once, so that a provider that does not answer holds up nobody who needs no provider."""

    def __init__(
        self, issuer: str, policy: OutboundPolicy, seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer, self._policy, self._seconds, self._monotonic = issuer, policy, seconds, monotonic
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    @contextmanager
    def begin(self) -> Generator[Conversation]:
        """Raises SignInRefused where too many are under way."""
        if not self._places.acquire(timeout=_PATIENCE_SECONDS):
            raise refusal(Reason.BUSY, "too many sign-ins wait for the provider at the moment", shown(self._issuer))
        try:
            yield Conversation(self._issuer, self._policy, self._monotonic() + self._seconds, self._monotonic)
        finally:
            self._places.release()


def document(reply: Reply, url: str) -> dict[str, Any]:
    """The JSON object of an answer. Raises SignInRefused."""
    if reply.content_type != "application/json" and not reply.content_type.endswith("+json"):
        raise refusal(Reason.ANSWER, "its answer is no JSON", shown(url))
    try:
        return object_of(reply.body)
    except NotRead as wrong:
        reason = Reason.DUPLICATE if wrong.is_duplicate else Reason.ANSWER
        raise refusal(reason, f"its answer cannot be used: {wrong}", shown(url)) from None


def shown(url: str) -> str:
    """An address without user, query and fragment."""
    return Address.parse(url).shown
