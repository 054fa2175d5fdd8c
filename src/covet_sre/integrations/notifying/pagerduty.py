"""PagerDuty's Events API v2: one alert there for each step and target of ours, acknowledged and resolved with it."""

from collections.abc import Mapping
from hashlib import sha256

from covet_sre.incident.outgoing import Line, Message, Outcome, Purpose, Receipt
from covet_sre.integrations.notifying.endpoint import document_of, is_success, json_bytes, text_of
from covet_sre.integrations.notifying.guarded import NO_HEARTBEATS, NO_NOTICES
from covet_sre.integrations.notifying.opening import Opening
from covet_sre.integrations.notifying.tidy import cut
from covet_sre.integrations.notifying.wording import CLIENT, headline, others, time_of

DEFAULT_URL = "https://events.pagerduty.com/v2/enqueue"

SEVERITIES: Mapping[str, str] = {"P0": "critical", "P1": "error", "P2": "warning", "P3": "info"}
"""The handbook's levels in PagerDuty's words."""

_LONGEST_KEY, _LONGEST_SUMMARY, _LARGEST_EVENT_BYTES = 255, 1024, 500_000

_ACTIONS = {
    Purpose.TRIGGER: "trigger",
    Purpose.TEST: "trigger",
    Purpose.ACKNOWLEDGE: "acknowledge",
    Purpose.RESOLVE: "resolve",
}


def dedup_key(thread: str) -> str:
    """What PagerDuty joins events by: the key of the notification that asked, shortened where it is too long.

    The incident and the episode stay readable, because PagerDuty tells them back when somebody acknowledges there.
    """
    if len(thread) <= _LONGEST_KEY:
        return thread
    incident_and_episode = "/".join(thread.split("/", 2)[:2])
    return f"{incident_and_episode[:180]}/{sha256(thread.encode('utf-8', 'replace')).hexdigest()}"


class PagerDuty:
    """Raises Unroutable when it cannot be opened."""

    def __init__(self, opening: Opening) -> None:
        self._routing_key = opening.secret("routing_key")
        self._endpoint = opening.endpoint(opening.address("url", DEFAULT_URL))

    @property
    def place(self) -> tuple[str, int]:
        """The host and port that it connects to."""
        return self._endpoint.address.host, self._endpoint.address.port

    def send(self, message: Message) -> Receipt:
        """One event. An update is none of PagerDuty's: an event about a resolved alert would open it again."""
        if message.purpose is Purpose.HEARTBEAT:
            return NO_HEARTBEATS
        if message.purpose is Purpose.NOTICE:
            return NO_NOTICES
        action = _ACTIONS.get(message.purpose)
        if action is None:
            return Receipt(Outcome.DELIVERED, "PagerDuty is not told of updates")
        key = dedup_key(message.thread or message.key)
        attempt = self._endpoint.attempt()
        reply = attempt.send("POST", "", self._event(message, action, key))
        if isinstance(reply, Receipt):
            return reply
        if reply.status == 202:
            return Receipt(Outcome.DELIVERED, text_of(document_of(reply), "message"), reference=key)
        if is_success(reply):
            detail = f"it answers {reply.status} where PagerDuty answers 202; check the address"
            return Receipt(Outcome.UNKNOWN, detail)
        return attempt.refusal(reply)

    def close(self) -> None: ...

    def _event(self, message: Message, action: str, key: str) -> bytes:
        event: dict[str, object] = {"routing_key": self._routing_key, "event_action": action, "dedup_key": key}
        if action == "trigger":
            payload = _payload(message)
            event |= {"payload": payload, "client": CLIENT}
            if message.address:
                event["client_url"] = message.address
            if links := [_link(line) for line in _links(message)]:
                event["links"] = links
            if len(whole := json_bytes(event)) <= _LARGEST_EVENT_BYTES:
                return whole
            del payload["custom_details"]
        return json_bytes(event)

    def __repr__(self) -> str:
        return f"PagerDuty({self._endpoint.address.host})"


def _payload(message: Message) -> dict[str, object]:
    payload: dict[str, object] = {
        "summary": cut(headline(message), _LONGEST_SUMMARY),
        "source": message.service or "covet-sre",
        "severity": SEVERITIES.get(message.severity, "warning"),
        "custom_details": _details(message),
    }
    optional = {"timestamp": time_of(message.started_at), "component": message.service}
    return payload | {name: value for name, value in optional.items() if value}


def _details(message: Message) -> dict[str, object]:
    details: dict[str, object] = {"incident": message.incident, "state": message.state}
    if message.summary:
        details["summary"] = message.summary
    if bundled := others(message):
        details["others"] = bundled
    for line in message.lines:
        told = f"{line.text} {line.address}".strip()
        # Two lines of one name are both kept.
        details[line.label] = f"{details[line.label]}\n{told}" if line.label in details else told
    if message.labels:
        details["labels"] = dict(message.labels)
    return details


def _links(message: Message) -> list[Line]:
    own = [Line("Incident", message.incident, message.address)] if message.address else []
    asks = [Line("Acknowledge", "Acknowledge", message.acknowledge_address)] if message.acknowledge_address else []
    return [*own, *asks, *message.links]


def _link(line: Line) -> dict[str, str]:
    return {"href": line.address, "text": cut(line.label or line.text, 200)}
