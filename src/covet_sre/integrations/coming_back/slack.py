"""Slack's deliveries: clicks on our buttons, and the command /covet. Pure, but for the time that comes in."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs

from covet_sre.errors import Refused
from covet_sre.flows.coming_back import INCIDENT, CameBackFrom, NotSigned, Question, Wish
from covet_sre.incident.facts import Acknowledge, Resolve
from covet_sre.incident.message_facts import PromiseUpdate
from covet_sre.incident.role_facts import AssignRole
from covet_sre.incident.roles import CHARTERS, Role
from covet_sre.integrations.coming_back.signing import Secrets
from covet_sre.integrations.notifying.endpoint import field_of, list_of, text_of
from covet_sre.integrations.notifying.slack_blocks import LONGEST_TEXT, Action, escaped
from covet_sre.integrations.notifying.tidy import one_line

WINDOW_SECONDS = 300.0
"""A signature is good for so long before and after its time."""

_MOST_FIELDS = 50
_VIA = "slack"


class SlackCommands:
    """`/covet ack INC-… | resolve INC-… [how] | role INC-… commander | promise INC-… 30m | list | oncall`."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def read(self, body: bytes, headers: Mapping[str, str], now: float) -> CameBackFrom:
        at, signature = signed_at(self._secrets, body, headers, now)
        form = _form(body)
        return replace(self._asked(form, signature, at), sender=form.get("user_id", ""))

    def _asked(self, form: Mapping[str, str], signature: str, at: float) -> CameBackFrom:
        who = _actor(form.get("user_name", ""), form.get("user_id", ""))
        verb, _, rest = form.get("text", "").strip().partition(" ")
        match verb.lower():
            case "ack" | "acknowledge" | "resolve" | "role" | "promise":
                return _about_incident(signature, verb.lower(), rest.strip(), who, at)
            case "list":
                return CameBackFrom(signature, question=Question.LIST)
            case "oncall" | "on-call":
                return CameBackFrom(signature, question=Question.ON_CALL)
            case _:
                return CameBackFrom(signature, question=Question.HELP)

    def answer(self, text: str) -> Mapping[str, object]:
        """Shown to whoever typed the command, and to nobody else."""
        return {"response_type": "ephemeral", "text": escaped(text, LONGEST_TEXT)}


class SlackInteractions:
    """Clicks on the buttons of our messages."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def read(self, body: bytes, headers: Mapping[str, str], now: float) -> CameBackFrom:
        at, signature = signed_at(self._secrets, body, headers, now)
        try:
            payload: object = json.loads(_form(body).get("payload", ""))
        except (ValueError, RecursionError):
            raise Refused("the payload is no JSON", remedy="this address is for Slack's interactions") from None
        return replace(self._clicked(payload, signature, at), sender=text_of(payload, "user", "id"))

    def _clicked(self, payload: object, signature: str, at: float) -> CameBackFrom:
        user = field_of(payload, "user")
        who = _actor(text_of(user, "username") or text_of(user, "name"), text_of(user, "id"))
        for action in list_of(field_of(payload, "actions")):
            incident = text_of(action, "value")
            match text_of(action, "action_id"):
                case Action.ACKNOWLEDGE.value:
                    return _about_incident(signature, "ack", incident, who, at)
                case Action.RESOLVE.value:
                    return _about_incident(signature, "resolve", incident, who, at)
                case _:
                    continue
        return CameBackFrom(signature, remark="nothing of ours was clicked")

    def answer(self, text: str) -> Mapping[str, object]:  # noqa: ARG002 - Slack shows none: the message changes instead
        return {}


def signed_at(secrets: Secrets, body: bytes, headers: Mapping[str, str], now: float) -> tuple[float, str]:
    """When a delivery was signed, and its signature. Raises SecretMissing, NotSigned."""
    known = secrets.all()
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise NotSigned("the delivery has no time of signing", remedy="this address is for Slack")
    if abs(now - int(stamp)) > WINDOW_SECONDS:
        raise NotSigned("the signature is too old, or from the future", remedy="check the clock of this machine")
    expected = [slack_signature(secret, stamp, body) for secret in known]
    # All are compared, and in constant time: how long it takes tells nothing.
    fits = [hmac.compare_digest(one.encode(), signature.encode("utf-8", "replace")) for one in expected]
    if not any(fits):
        raise NotSigned("the signature does not fit", remedy="check the signing secret of the Slack app")
    return float(stamp), signature


def slack_signature(secret: bytes, stamp: str, body: bytes) -> str:
    """`v0=` and the HMAC-SHA256 of version, time and body."""
    return "v0=" + hmac.new(secret, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()


def _about_incident(identity: str, verb: str, rest: str, who: str, at: float) -> CameBackFrom:
    named, _, how = rest.partition(" ")
    incident = named.upper()
    if not INCIDENT.fullmatch(incident):
        return CameBackFrom(identity, remark=f"Name the incident: /covet {verb} INC-2026-1126-001")
    if verb == "role":
        return _about_role(identity, incident, how.strip().lower(), who, at)
    if verb == "promise":
        return CameBackFrom(identity, Wish(PromiseUpdate(incident, who, one_line(how, 60) or "30m"), at=at))
    if verb == "resolve":
        how = one_line(how, 500) or "resolved in Slack"
        return CameBackFrom(identity, Wish(Resolve(incident, who, how), at=at))
    return CameBackFrom(identity, Wish(Acknowledge(incident, who, _VIA), at=at))


def _about_role(identity: str, incident: str, name: str, who: str, at: float) -> CameBackFrom:
    """One that a single person holds: an expert has a domain, and takes it on the page."""
    single = [role for role, charter in CHARTERS.items() if charter.is_single]
    if name not in single:
        return CameBackFrom(identity, remark=f"Name the role: /covet role {incident} {' or '.join(single)}")
    person = who.removesuffix(f" via {_VIA}")
    return CameBackFrom(identity, Wish(AssignRole(incident, who, Role(name), person), at=at))


def _form(body: bytes) -> Mapping[str, str]:
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused("the body is no form", remedy="this address is for Slack") from None
    return {name: values[0] for name, values in fields.items()}


def _actor(name: str, identity: str) -> str:
    return f"{one_line(name, 80) or one_line(identity, 80) or 'somebody'} via {_VIA}"
