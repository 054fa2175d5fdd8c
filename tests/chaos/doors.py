"""One alert, or several, as each door takes them. Every request carries a mark by which it is found in the inbox."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

BATCHES = ("prometheus", "alertmanager", "grafana", "plain")
"""The doors that take several alerts at once."""

DOORS = (*BATCHES, "pagerduty", "cloudevents")

_PATHS = {
    "prometheus": "/api/v2/alerts",
    "alertmanager": "/hooks/alertmanager",
    "grafana": "/hooks/grafana",
    "plain": "/hooks/alerts",
    "pagerduty": "/hooks/pagerduty/v2/enqueue",
    "cloudevents": "/hooks/cloudevents",
}
_LONG = 4 * 3600.0


@dataclass(slots=True)
class Told:
    """An alert as its sender knows it."""

    name: str
    service: str
    severity: str
    began: float
    is_firing: bool = True
    ended: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    body: bytes
    headers: Mapping[str, str]


def request_for(door: str, alerts: Sequence[Told], mark: str) -> Request:
    media = "application/cloudevents+json" if door == "cloudevents" else "application/json"
    return Request(_PATHS[door], json.dumps(_document(door, alerts, mark)).encode(), {"Content-Type": media})


def _document(door: str, alerts: Sequence[Told], mark: str) -> object:
    match door:
        case "prometheus":
            return [_prometheus(alert, mark) for alert in alerts]
        case "alertmanager" | "grafana":
            grouped = [_grouped(alert, mark) for alert in alerts]
            return {"version": "4", "receiver": mark, "groupKey": "{}", "status": "firing", "alerts": grouped}
        case "plain":
            return {"alerts": [_plain(alert, mark) for alert in alerts]}
        case "pagerduty":
            return _event(alerts[0], mark)
        case _:
            (alert,) = alerts
            kind = "chaos.alert.firing" if alert.is_firing else "chaos.alert.resolved"
            said = {"specversion": "1.0", "id": mark, "source": "/chaos", "type": kind}
            return {**said, "time": _written(alert.began), "data": _plain(alert, mark)}


def _labels(alert: Told) -> dict[str, str]:
    return {"alertname": alert.name, "service": alert.service, "severity": alert.severity}


def _prometheus(alert: Told, mark: str) -> object:
    until = alert.began + _LONG if alert.is_firing else alert.ended
    times = {"startsAt": _written(alert.began), "endsAt": _written(until)}
    return {"labels": _labels(alert), "annotations": {"mark": mark}, **times}


def _grouped(alert: Told, mark: str) -> object:
    return {
        "status": "firing" if alert.is_firing else "resolved",
        "labels": _labels(alert),
        "annotations": {"mark": mark},
        "startsAt": _written(alert.began),
        "endsAt": "0001-01-01T00:00:00Z" if alert.is_firing else _written(alert.ended),
    }


def _plain(alert: Told, mark: str) -> dict[str, object]:
    said: dict[str, object] = {
        "labels": _labels(alert),
        "mark": mark,
        "status": "firing" if alert.is_firing else "resolved",
        "starts_at": _written(alert.began),
    }
    return said if alert.is_firing else {**said, "ends_at": _written(alert.ended)}


def _event(alert: Told, mark: str) -> object:
    event = {"routing_key": "chaos", "dedup_key": alert.name, "client": mark}
    if not alert.is_firing:
        return {**event, "event_action": "resolve"}
    payload = {
        "summary": alert.name,
        "source": "chaos",
        "severity": alert.severity,
        "component": alert.service,
        "class": alert.name,
    }
    return {**event, "event_action": "trigger", "payload": payload}


def _written(at: float) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(at, UTC).isoformat()
