"""Random deliveries of one alert, by several senders, in the order in which they were sent.

Every sender tells of some episodes: a firing, told several times, and often its end. `truth` plays them by the plainest
rule: a sender's last episode counts, and an end that was told within it.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from covet_sre.ports import Arrival

START = 1_795_000_000.0
MINUTE = 60.0

LABELS = {"alertname": "HighErrors", "service": "api", "severity": "critical", "path": 'a "quoted" ü'}

GROUPS = ("alertmanager", "grafana")
SENDERS = (*GROUPS, "prometheus", "plain", "cloudevents")


@dataclass(frozen=True)
class Sent:
    """What was delivered, and whether each sender's alert fires at `at`."""

    arrivals: tuple[Arrival, ...]
    truth: Mapping[str, bool]
    at: float


def deliveries(chance: random.Random, labels: Mapping[str, str] = LABELS) -> Sent:
    """Up to three senders, each with up to three episodes of the same alert."""
    arrivals: list[Arrival] = []
    truth: dict[str, bool] = {}
    end = START
    for sender in chance.sample(SENDERS, chance.randint(1, 3)):
        at = START + chance.randint(0, 300)
        for _ in range(chance.randint(1, 3)):
            began = at
            for _ in range(chance.randint(1, 3)):
                arrivals.append(arrival(sender, labels, began, at))
                at += chance.randint(1, 60)
            truth[sender] = chance.random() < 0.4
            if not truth[sender]:
                arrivals.append(arrival(sender, labels, began, at, ended=True))
                at += chance.randint(60, 300)
        end = max(end, at)
    arrivals.sort(key=lambda one: one.received_at)
    # Prometheus says until when an alert counts: for four minutes after each time that it tells of it.
    if truth.get("prometheus"):
        told = max(one.received_at for one in arrivals if one.source == "prometheus")
        truth["prometheus"] = end < told + 4 * MINUTE
    return Sent(tuple(arrivals), truth, end)


def arrival(sender: str, labels: Mapping[str, str], began: float, at: float, *, ended: bool = False) -> Arrival:
    """One request of one sender about one alert."""
    match sender:
        case "alertmanager" | "grafana":
            alert = {
                "status": "resolved" if ended else "firing",
                "labels": labels,
                "annotations": {"summary": "Errors"},
                "startsAt": written(began),
                "endsAt": written(at) if ended else "0001-01-01T00:00:00Z",
            }
            return Arrival(sender, _json({"version": "4", "receiver": "us", "groupKey": "{}", "alerts": [alert]}), at)
        case "prometheus":
            until = at if ended else at + 4 * MINUTE
            alert = {"labels": labels, "startsAt": written(began), "endsAt": written(until)}
            return Arrival(sender, _json([alert]), at)
        case "plain":
            said = {"labels": labels, "status": "resolved" if ended else "firing", "starts_at": written(began)}
            return Arrival(sender, _json(said), at)
        case _:
            event = {
                "specversion": "1.0",
                "id": f"{began}-{ended}",
                "source": "/checks",
                "type": "checks.errors.resolved" if ended else "checks.errors.fired",
                "time": written(began),
                "data": {"labels": {**labels, "source": ""}},
            }
            return Arrival(sender, _json(event), at, note='{"content-type": "application/cloudevents+json"}')


def written(at: float) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
