"""The house that alerts are measured in: two teams, a service each, and webhooks that lead to a receiver of ours."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

STORM_SERVICE, QUIET_SERVICE = "checkout", "search"
TEAM_OF = {STORM_SERVICE: "payments", QUIET_SERVICE: "discovery"}
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
  members: [{{name: {team}-ann}}, {{name: {team}-ben}}]
  targets: {{page: [{team}-hook], email: [inbox], slack: [inbox], ticket: [inbox]}}
  escalationPolicy: {team}
---
apiVersion: covet-sre/v1
kind: EscalationPolicy
metadata: {{name: {team}}}
spec:
  steps: [{{notify: [{{person: {team}-ann}}, {{person: {team}-ben}}]}}]
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {{name: {team}-hook}}
spec:
  type: webhook
  settings: {{url: "{receiver}/{team}", secretEnv: BENCH_WEBHOOK_SECRET}}
"""


def write_house(folder: Path, receiver: str = "http://127.0.0.1:9") -> Path:
    """Reliability files whose pages go to `receiver`/TEAM, each team of two people. Serve them with ENVIRONMENT."""
    folder.mkdir(parents=True, exist_ok=True)
    for service, team in TEAM_OF.items():
        (folder / f"{service}.yaml").write_text(
            _DOCUMENTS.format(service=service, team=team, receiver=receiver)
        )
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
