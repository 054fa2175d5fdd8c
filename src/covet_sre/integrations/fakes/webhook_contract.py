"""A receiver of Standard Webhooks: it takes what is signed, in time, and each message once."""

import base64
import hashlib
import hmac
from typing import Any

from covet_sre.integrations.fakes.scripted_provider import Answer, Breach, Received, hold
from covet_sre.ports import Clock

_TOLERANCE_SECONDS = 300


class WebhookContract:
    """`taken` are the bodies by webhook-id."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret, self._clock = base64.b64decode(secret.removeprefix("whsec_")), clock
        self.taken: dict[str, dict[str, Any]] = {}

    def take(self, request: Received) -> Answer:
        hold(request.method == "POST", "only POST")
        identity, at = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
        hold(identity and identity.isprintable() and "." not in identity, "webhook-id")
        hold(at.isdigit() and abs(self._clock() - int(at)) <= _TOLERANCE_SECONDS, "webhook-timestamp")
        signed = hmac.new(self._secret, b".".join((identity.encode(), at.encode(), request.body)), hashlib.sha256)
        wanted = "v1," + base64.b64encode(signed.digest()).decode()
        given = request.headers.get("webhook-signature", "").split(" ")
        hold(any(hmac.compare_digest(wanted, one) for one in given), "webhook-signature")
        self.taken[identity] = request.document()
        return Answer(200, {"taken": identity})

    def refuse(self, breach: Breach) -> Answer:
        return Answer(401, {"message": str(breach)})
