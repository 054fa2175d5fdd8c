"""A webhook of your own: JSON, signed as Standard Webhooks says (docs/notifications.md has every field)."""

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import quote

from covet_sre.flows.signatures import standard_secret, standard_signature
from covet_sre.incident.outgoing import Line, Message, Outcome, Purpose, Receipt
from covet_sre.integrations.notifying.endpoint import is_success, json_bytes
from covet_sre.integrations.notifying.opening import Opening, Unroutable
from covet_sre.integrations.notifying.wording import headline, others, time_of

SCHEMA_VERSION = 1

_TYPES = {Purpose.HEARTBEAT: "heartbeat", Purpose.TEST: "test", Purpose.NOTICE: "notice"}
_OWN = {"content-type", "content-length", "host", "accept", "connection", "transfer-encoding"}
_LONGEST_ID = 250


class Webhook:
    """Raises Unroutable when it cannot be opened."""

    def __init__(self, opening: Opening) -> None:
        # Unsigned where no secret is declared: what only wants to be called, as a dead man's switch, checks none.
        self._secret = webhook_secret(opening.secret("secret")) if opening.declares("secret") else None
        self._clock = opening.clock
        self._endpoint = opening.endpoint(opening.address("url"), _headers(opening.setting("headers")), 5_000_000)

    @property
    def place(self) -> tuple[str, int]:
        """The host and port that it connects to."""
        return self._endpoint.address.host, self._endpoint.address.port

    def send(self, message: Message) -> Receipt:
        """One POST. Any 2xx is a delivery, whatever its body says."""
        attempt = self._endpoint.attempt()
        body = json_bytes(document(message))
        identity = webhook_id(message.key)
        reply = attempt.send("POST", "", body, self._signed(identity, body))
        if isinstance(reply, Receipt):
            return reply
        return Receipt(Outcome.DELIVERED, reference=identity) if is_success(reply) else attempt.refusal(reply)

    def close(self) -> None: ...

    def __repr__(self) -> str:
        return f"Webhook({self._endpoint.address.host})"

    def _signed(self, identity: str, body: bytes) -> Mapping[str, str]:
        at = str(int(self._clock()))
        headers = {"webhook-id": identity, "webhook-timestamp": at}
        if self._secret is not None:
            headers["webhook-signature"] = signature(self._secret, identity, at, body)
        return headers


def webhook_secret(text: str) -> bytes:
    """`whsec_` and base64, or base64 alone. Raises Unroutable, without the secret in it."""
    try:
        return standard_secret(text)
    except ValueError as wrong:
        raise Unroutable(str(wrong)) from None


def webhook_id(key: str) -> str:
    """The key as a header can carry it: one word of ASCII without a full stop, which divides what is signed."""
    quoted = quote(key.encode("utf-8", "replace"), safe="/:").replace(".", "%2E")
    return quoted if len(quoted) <= _LONGEST_ID else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def signature(secret: bytes, identity: str, at: str, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, time and body."""
    return standard_signature(secret, identity.encode(), at.encode(), body).decode()


def document(message: Message) -> dict[str, object]:
    """The body."""
    return {
        "schema_version": SCHEMA_VERSION,
        "type": _TYPES.get(message.purpose, f"incident.{message.purpose.value}"),
        "timestamp": time_of(message.at),
        "data": {
            "key": message.key.encode("utf-8", "replace").decode(),
            "thread": message.thread.encode("utf-8", "replace").decode(),
            "incident": message.incident,
            "service": message.service,
            "severity": message.severity,
            "state": message.state,
            "title": message.title,
            "text": headline(message),
            "summary": message.summary,
            "started_at": time_of(message.started_at),
            "person": message.person,
            "address": message.address,
            "acknowledge_address": message.acknowledge_address,
            "unsubscribe_address": message.unsubscribe_address,
            "lines": [_line(line) for line in message.lines],
            "links": [_line(line) for line in message.links],
            "labels": dict(message.labels),
            "others": max(message.others, 0),
            "others_text": others(message),
        },
    }


def _line(line: Line) -> dict[str, str]:
    return {"label": line.label, "text": line.text, "address": line.address}


def _headers(setting: str) -> dict[str, str]:
    """Those that the target declares, one on each line. Raises Unroutable for one that is ours to set."""
    headers: dict[str, str] = {}
    for line in setting.splitlines():
        name, _, value = line.partition(":")
        if name.lower() in _OWN or re.match(r"webhook-", name, re.IGNORECASE):
            raise Unroutable(f"the setting headers: {name} is set by Covet SRE itself")
        headers[name] = value.strip()
    return headers
