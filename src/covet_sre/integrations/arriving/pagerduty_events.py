"""PagerDuty's Events v2, inbound: whatever has an output for PagerDuty may point at us.

A key names the alert, so every event counts from when it came in: the last word holds.
"""

import hashlib
import json
from math import inf
from typing import Any

from covet_sre.alerting.identity import ALERT_NAME, SERVICE, SEVERITY
from covet_sre.alerting.report import Report, Saying
from covet_sre.errors import Refused
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.incident.facts import AcknowledgeAlert
from covet_sre.integrations.arriving.body import object_of
from covet_sre.integrations.arriving.fields import (
    LONGEST_VALUE,
    annotations_of,
    labels_from,
    link_from,
    plain_text,
    text_from,
    time_from,
)

REPORTER = "pagerduty"

_LONGEST_KEY = 255
_LONGEST_SUMMARY = 1024
_SEVERITIES = ("critical", "error", "warning", "info")
_LABELS = ("source", "component", "group", "class")


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:  # noqa: ARG001
    """See flows.arriving.Reader. `reference` is the dedup_key: the sender's, or one made where it has none."""
    event = object_of(body)
    routing_key = text_from(event.get("routing_key"), "routing_key", 64)
    action = event.get("event_action")
    given = text_from(event.get("dedup_key"), "dedup_key", _LONGEST_KEY)
    dedup_key = given or _made_key(body, received_at)
    # Two integrations may use the same key for different things. The routing key itself is a secret.
    key = f"pagerduty/{hashlib.sha256(routing_key.encode()).hexdigest()[:8]}/{dedup_key}"
    match action:
        case "trigger":
            reports = [_trigger(event, key, received_at)]
            return Read(reports, reference=dedup_key, secret=routing_key)
        case "acknowledge" | "resolve" if not given:
            raise Refused(f"an event that asks to {action} needs the key of its trigger", where="dedup_key")
        case "acknowledge":
            commands = [AcknowledgeAlert(key, _actor(event), "pagerduty-events")]
            return Read(commands=commands, reference=dedup_key, secret=routing_key)
        case "resolve":
            saying = Saying(received_at, True, received_at)
            return Read([Report(key, (), (), saying, REPORTER)], reference=dedup_key, secret=routing_key)
        case _:
            raise Refused("this must be trigger, acknowledge or resolve", where="event_action")


def _made_key(body: bytes, received_at: float) -> str:
    """The same whenever the arrival is read again."""
    return hashlib.sha256(repr(received_at).encode() + body).hexdigest()[:32]


def _trigger(event: dict[str, Any], key: str, received_at: float) -> Report:
    payload = event.get("payload")
    if type(payload) is not dict:
        raise Refused("a trigger needs a payload", where="payload")
    summary = text_from(payload.get("summary"), "payload.summary", LONGEST_VALUE)[:_LONGEST_SUMMARY]
    source = text_from(payload.get("source"), "payload.source", LONGEST_VALUE)
    severity = payload.get("severity")
    if not summary or not source:
        raise Refused("this must not be empty", where="payload.source" if summary else "payload.summary")
    if severity not in _SEVERITIES:
        raise Refused(f"this must be one of {', '.join(_SEVERITIES)}", where="payload.severity")
    time_from(payload.get("timestamp"), "payload.timestamp")
    parts = {name: text_from(payload.get(name), f"payload.{name}") for name in _LABELS}
    details = _details(payload.get("custom_details"))
    service = details.get(SERVICE) or parts["component"] or source
    labels = {**parts, ALERT_NAME: parts["class"] or summary, SERVICE: service, SEVERITY: severity}
    annotations = {**details, "summary": summary, "client": _client(event)}
    saying = Saying(received_at, False, inf)
    return Report(key, labels_from(labels, "payload"), annotations_of(annotations), saying, REPORTER, _link(event))


def _details(value: Any) -> dict[str, str]:
    """Custom details as text. What is nested is kept as JSON."""
    if value is None:
        return {}
    details = value if type(value) is dict else {"details": value}
    texts = ((name, plain_text(each), each) for name, each in details.items())
    return {name: json.dumps(each, ensure_ascii=False) if text is None else text for name, text, each in texts}


def _client(event: dict[str, Any]) -> str:
    return plain_text(event.get("client")) or ""


def _actor(event: dict[str, Any]) -> str:
    return _client(event)[:200] or "PagerDuty events"


def _link(event: dict[str, Any]) -> str:
    links = event.get("links")
    first = links[0] if type(links) is list and links else None
    linked = link_from(first.get("href")) if type(first) is dict else ""
    return link_from(event.get("client_url")) or linked
