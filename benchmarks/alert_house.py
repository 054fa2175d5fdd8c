"""The house that alerts are measured in: teams with a service each, whose pages go to a receiver of ours."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

STORM_SERVICE, QUIET_SERVICE = "checkout", "search"
ENVIRONMENT = {"BENCH_WEBHOOK_SECRET": "whsec_" + "Y292ZXQtc3JlLWJlbmNobWFyaw=="}

_DOCUMENTS = """\
apiVersion: openslo/v1
kind: Service
metadata: {{name: {service}, annotations: {{covet-sre/team: {team}}}}}
spec: {{description: Its alerts are measured.}}
---
apiVersion: covet-sre/v1
kind: Team
metadata: {{name: {team}}}
spec:
  members:
    - {{name: {team}-ann, contacts: {{page: [{team}-ann]}}}}
    - {{name: {team}-ben, contacts: {{page: [{team}-ben]}}}}
    - {{name: {team}-chloe, contacts: {{page: [{team}-chloe]}}}}
  targets: {{page: [inbox], email: [inbox], slack: [inbox], ticket: [inbox]}}
  escalationPolicy: {team}
---
apiVersion: covet-sre/v1
kind: EscalationPolicy
metadata: {{name: {team}}}
spec:
  steps:
    - notify: [{{person: {team}-ann}}, {{person: {team}-ben}}]
    - after: 1m
      notify: [{{person: {team}-chloe}}]
"""
_TARGET = """\
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {{name: {person}}}
spec:
  type: webhook
  settings: {{url: "{receiver}/{person}", secretEnv: BENCH_WEBHOOK_SECRET}}
"""
NEXT_STEP_AFTER_SECONDS = 60.0


def team_of(service: str) -> str:
    """The team whose pages a service's alerts are."""
    return f"{service}-team"


def responders(service: str) -> list[str]:
    """The two who are paged at once."""
    return [f"{team_of(service)}-ann", f"{team_of(service)}-ben"]


def next_responder(service: str) -> str:
    """Who is paged NEXT_STEP_AFTER_SECONDS later."""
    return f"{team_of(service)}-chloe"


def write_house(
    folder: Path, receiver: str = "http://127.0.0.1:9", services: Iterable[str] = (STORM_SERVICE, QUIET_SERVICE)
) -> Path:
    """Reliability files; a person's pages go to `receiver`/PERSON. Serve them with ENVIRONMENT."""
    folder.mkdir(parents=True, exist_ok=True)
    for service in services:
        people = [*responders(service), next_responder(service)]
        text = _DOCUMENTS.format(service=service, team=team_of(service))
        text += "".join(_TARGET.format(person=person, receiver=receiver) for person in people)
        (folder / f"{service}.yaml").write_text(text)
    return folder


def alert(number: int, service: str = STORM_SERVICE, severity: str = "critical") -> dict[str, Any]:
    """An alert as Prometheus sends it: with the same number it is the same alert."""
    return {
        "labels": {
            "alertname": "HighErrorRate",
            "instance": f"10.0.0.1:{number}",
            "job": service,
            "service": service,
            "severity": severity,
        },
        "annotations": {"summary": "Too many requests fail"},
        "startsAt": "2026-01-31T09:00:00.000Z",
        "endsAt": "2036-01-31T09:00:00.000Z",
        "generatorURL": "http://127.0.0.1:9090/graph?g0.expr=up",
    }


def body(alerts: Iterable[dict[str, Any]]) -> bytes:
    """A request of POST /api/v2/alerts."""
    return json.dumps(list(alerts), separators=(",", ":")).encode()


def batches(alerts: int, a_batch: int = 100) -> list[bytes]:
    """Requests with so many alerts in all, each of them once."""
    return [body(alert(number) for number in range(first, first + a_batch)) for first in range(0, alerts, a_batch)]
