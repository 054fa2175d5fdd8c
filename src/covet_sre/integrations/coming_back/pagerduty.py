"""PagerDuty's V3 webhooks: who acknowledged or resolved there. Pure."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from covet_sre.errors import Refused
from covet_sre.flows.coming_back import INCIDENT, CameBackFrom, NotSigned, Wish
from covet_sre.incident.facts import Acknowledge, Resolve
from covet_sre.integrations.coming_back.signing import Secrets
from covet_sre.integrations.notifying.endpoint import field_of, text_of
from covet_sre.integrations.notifying.tidy import one_line

_VIA = "pagerduty"


class PagerDutyEvents:
    """`incident.acknowledged` and `incident.resolved`, when a person did it.

    What our own events cause there comes back too, with no person: it is nothing new.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def read(self, body: bytes, headers: Mapping[str, str], now: float) -> CameBackFrom:  # noqa: ARG002 - it signs no time
        self._check(body, headers.get("x-pagerduty-signature", ""))
        try:
            event = field_of(json.loads(body), "event")
        except (ValueError, RecursionError):
            raise Refused("the body is no JSON", remedy="this address is for PagerDuty's V3 webhooks") from None
        identity = text_of(event, "id") or hashlib.sha256(body).hexdigest()
        kind, key = text_of(event, "event_type"), text_of(event, "data", "incident_key")
        if kind not in ("incident.acknowledged", "incident.resolved"):
            return CameBackFrom(identity, remark=f"{one_line(kind, 80) or 'this'} changes nothing here")
        incident, episode = _named(key)
        if not incident:
            return CameBackFrom(identity, remark="it is about no incident of ours")
        if text_of(event, "agent", "type") != "user_reference":
            return CameBackFrom(identity, remark="no person did it")
        name = one_line(text_of(event, "agent", "summary") or text_of(event, "agent", "id"), 80)
        who = f"{name or 'somebody'} via {_VIA}"
        if kind == "incident.resolved":
            return CameBackFrom(identity, Wish(Resolve(incident, who, "resolved in PagerDuty"), episode))
        return CameBackFrom(identity, Wish(Acknowledge(incident, who, _VIA), episode))

    def answer(self, text: str) -> Mapping[str, object]:
        return {"said": text}

    def _check(self, body: bytes, header: str) -> None:
        """Any of several signatures, by any of several secrets: both are so while one is replaced."""
        known = self._secrets.all()
        given = [one.strip().encode("utf-8", "replace") for one in header.split(",")[:10]]
        expected = [pagerduty_signature(secret, body).encode() for secret in known]
        fits = [hmac.compare_digest(one, other) for one in expected for other in given]
        if not any(fits):
            raise NotSigned("the signature does not fit", remedy="check the secret of the webhook subscription")


def pagerduty_signature(secret: bytes, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256 of the body."""
    return "v1=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def _named(key: str) -> tuple[str, int | None]:
    """The incident and the episode that one of our keys begins with."""
    incident, _, rest = key.partition("/")
    episode = rest.partition("/")[0]
    if not INCIDENT.fullmatch(incident):
        return "", None
    return incident, int(episode) if episode.isascii() and episode.isdigit() and len(episode) < 7 else None
