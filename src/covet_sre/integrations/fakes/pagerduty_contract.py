"""PagerDuty's Events API v2, as it is published."""

import re
from typing import Any

from covet_sre.integrations.fakes.scripted_provider import Answer, Breach, Received, hold

_KEYS = {"routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url"}
_PAYLOAD_KEYS = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
_LARGEST_EVENT = 512_000


class PagerDutyContract:
    """`alerts` are the states by dedup_key; `notified` are the triggers that were no repetition."""

    def __init__(self, path: str = "/v2/enqueue") -> None:
        self._path = path
        self.alerts: dict[str, str] = {}
        self.notified: list[str] = []

    def take(self, request: Received) -> Answer:
        hold(request.method == "POST" and request.path == self._path, "there is no such address")
        hold(len(request.body) <= _LARGEST_EVENT, "the event is larger than 512 kB")
        event = request.document()
        hold(event.keys() <= _KEYS, f"unknown fields: {sorted(event.keys() - _KEYS)}")
        hold(re.fullmatch(r"[0-9A-Za-z]{32}", str(event.get("routing_key"))), "routing_key has not 32 characters")
        action, key = event.get("event_action"), event.get("dedup_key")
        hold(action in ("trigger", "acknowledge", "resolve"), "event_action is none of the three")
        hold(key is None or (isinstance(key, str) and 0 < len(key) <= 255), "dedup_key is no text of up to 255")
        hold(key or action == "trigger", "dedup_key is required")
        if action == "trigger":
            _check_trigger(event)
        return self._do(str(action), str(key))

    def refuse(self, breach: Breach) -> Answer:
        return Answer(400, {"status": "invalid event", "message": "Event object is invalid", "errors": [str(breach)]})

    def _do(self, action: str, key: str) -> Answer:
        state = self.alerts.get(key, "")
        if action == "trigger" and state in ("", "resolved"):
            self.alerts[key] = "triggered"
            self.notified.append(key)
        elif action == "acknowledge" and state == "triggered":
            self.alerts[key] = "acknowledged"
        elif action == "resolve" and state:
            self.alerts[key] = "resolved"
        return Answer(202, {"status": "success", "message": "Event processed", "dedup_key": key})


def _check_trigger(event: dict[str, Any]) -> None:
    payload = event.get("payload")
    hold(isinstance(payload, dict), "payload is required")
    assert isinstance(payload, dict)
    hold(payload.keys() <= _PAYLOAD_KEYS, f"unknown fields of payload: {sorted(payload.keys() - _PAYLOAD_KEYS)}")
    summary, source = payload.get("summary"), payload.get("source")
    hold(isinstance(summary, str) and 0 < len(summary) <= 1024, "summary is no text of up to 1024")
    hold(isinstance(source, str) and source, "source is no text")
    hold(payload.get("severity") in ("critical", "error", "warning", "info"), "severity is none of the four")
    hold(_TIMESTAMP.fullmatch(str(payload.get("timestamp", "2026-01-01T00:00:00Z"))), "timestamp is not ISO 8601")
    for name in ("component", "group", "class"):
        hold(isinstance(payload.get(name, ""), str), f"{name} is no text")
    hold(isinstance(payload.get("custom_details", {}), dict), "custom_details is no object")
    for link in event.get("links", []):
        hold(link.keys() <= {"href", "text"} and re.match(r"https?://", str(link.get("href"))), "a link has no href")
    for image in event.get("images", []):
        hold(str(image.get("src")).startswith("https://"), "an image has no src of https")
