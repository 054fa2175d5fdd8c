"""Webhooks to addresses that subscribers typed: guarded, signed with a secret for each, and with public text alone."""

import hashlib
import ssl
import threading
from collections.abc import Callable, Mapping

from covet_sre.errors import OutboundRefused, Refused
from covet_sre.flows.subscriber_webhooks import subscriber_of
from covet_sre.incident.outgoing import Message, Outcome, Purpose, Receipt
from covet_sre.integrations.notifying.endpoint import Endpoint, is_success, json_bytes
from covet_sre.integrations.notifying.webhook import SCHEMA_VERSION, signature, webhook_secret
from covet_sre.integrations.notifying.wording import time_of
from covet_sre.integrations.outbound import Guard
from covet_sre.ports import Clock

ATTEMPT_SECONDS = 5.0
"""Less than a declared target has: there are many subscribers, and nobody waits for one of them at night."""

_ANSWER_BYTES = 64 * 1024

SecretOf = Callable[[str], str]
"""The secret of a subscription. Raises Refused where there can be none."""


class SubscriberWebhook:
    """The notifier of oncall.target.SUBSCRIBER_WEBHOOK. A message's recipient says where it goes, and whose it is."""

    def __init__(
        self, guard: Guard, secret_of: SecretOf, clock: Clock, attempt_seconds: float = ATTEMPT_SECONDS
    ) -> None:
        self._guard, self._secret_of, self._clock = guard, secret_of, clock
        self._attempt_seconds = attempt_seconds
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def send(self, message: Message) -> Receipt:
        """One POST. Any 2xx is a delivery; 410 says that nobody wants it any more, and is refused like other 4xx."""
        if message.purpose not in (Purpose.NOTICE, Purpose.TEST):
            return Receipt(Outcome.REFUSED, "subscribers are told public text only, and this is none")
        try:
            url, subscription = subscriber_of(message.recipient)
            secret = webhook_secret(self._secret_of(subscription))
            address = self._guard.look_at(url)
            tls = self._shared_tls() if address.secure else None
            endpoint = Endpoint(url, self._clock, {}, _ANSWER_BYTES, self._attempt_seconds, self._guard, tls)
        except (Refused, OutboundRefused, ValueError) as wrong:
            return Receipt(Outcome.REFUSED, str(wrong))
        attempt, body = endpoint.attempt(), json_bytes(document(message))
        identity, at = message_id(message.key), str(int(self._clock()))
        headers = {
            "webhook-id": identity,
            "webhook-timestamp": at,
            "webhook-signature": signature(secret, identity, at, body),
        }
        reply = attempt.send("POST", "", body, headers)
        if isinstance(reply, Receipt):
            return reply
        if not is_success(reply):
            # What a stranger's server says is shown to nobody: it may be anything.
            refusal = attempt.refusal(reply)
            return Receipt(
                refusal.outcome, f"it answers {reply.status}", retry_after_seconds=refusal.retry_after_seconds
            )
        return Receipt(Outcome.DELIVERED, reference=identity)

    def close(self) -> None: ...

    def _shared_tls(self) -> ssl.SSLContext:
        """One for all addresses: to make one reads every certificate."""
        with self._lock:
            self._tls = self._tls or ssl.create_default_context()
            return self._tls


def message_id(key: str) -> str:
    """The same for every attempt. The key itself names the incident, which is not public."""
    return "msg_" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def document(message: Message) -> Mapping[str, object]:
    """The body: the notice's words, and nothing of what is behind them."""
    return {
        "schema_version": SCHEMA_VERSION,
        "type": "test" if message.purpose is Purpose.TEST else "notice",
        "timestamp": time_of(message.at),
        "data": {
            "subject": message.title,
            "text": message.summary,
            "link": message.address,
            "unsubscribe": message.unsubscribe_address,
        },
    }
