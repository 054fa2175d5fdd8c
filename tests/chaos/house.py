"""The files of a small company with much trouble: services, teams, people who are asked within seconds, targets."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TEAMS = ("red", "green", "blue")
SERVICES_OF_A_TEAM = 14
SLACK_SECRET = "chaos-signing-secret"
_WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"chaos" * 6).decode()

ENVIRONMENT: Mapping[str, str] = {
    "CHAOS_WEBHOOK_SECRET": _WEBHOOK_SECRET,
    "CHAOS_SLACK_TOKEN": "xoxb-chaos",
    "CHAOS_SLACK_SECRET": SLACK_SECRET,
}

_SEVERITIES = """\
apiVersion: covet-sre/v1
kind: SeverityPolicy
metadata: {name: hasty}
spec:
  levels:
    P0: {respondWithin: immediately, notify: [page]}
    P1: {respondWithin: 4s, notify: [email, slack], ifMissed: [page]}
    P2: {respondWithin: 8s, notify: [slack], ifMissed: [email]}
    P3: {respondWithin: next business day, notify: [ticket], ifMissed: [slack]}
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {name: buttons}
spec:
  type: slack
  settings:
    channel: C0CHAOS
    tokenEnv: CHAOS_SLACK_TOKEN
    signingSecretEnv: CHAOS_SLACK_SECRET
    apiUrl: RECEIVER/slack/
"""

_TARGET = """\
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {{name: {name}}}
spec:
  type: webhook
  settings: {{url: "{receiver}/{name}", secretEnv: CHAOS_WEBHOOK_SECRET}}
"""

_TEAM = """\
apiVersion: covet-sre/v1
kind: Team
metadata: {{name: {team}}}
spec:
  members:
    - {{name: {team}-ann, contacts: {{page: [{team}-ann-phone]}}}}
    - {{name: {team}-ben, contacts: {{page: [{team}-ben-phone]}}}}
  targets: {{page: [{team}-pager, {team}-spare], email: [{team}-mail], slack: [{team}-chat], ticket: [{team}-list]}}
  escalationPolicy: {team}
---
apiVersion: covet-sre/v1
kind: Schedule
metadata: {{name: {team}}}
spec:
  timeZone: UTC
  layers:
    - {{people: [{team}-ann, {team}-ben], handOver: 1h, starts: 2026-01-05 09:00}}
---
apiVersion: covet-sre/v1
kind: EscalationPolicy
metadata: {{name: {team}}}
spec:
  steps:
    - notify: [{{schedule: {team}}}]
    - after: 2s
      notify: [{{person: {team}-ben}}]
    - after: 3s
      notify: [{{team: {team}}}]
  repeat: 1
  repeatAfter: 4s
  catchAll: [inbox]
"""

_SERVICE = """\
apiVersion: openslo/v1
kind: Service
metadata:
  name: {name}
  annotations: {{covet-sre/team: {team}{more}}}
spec: {{}}
"""

_OF_TEAM = ("pager", "spare", "mail", "chat", "list", "ann-phone", "ben-phone")


@dataclass(frozen=True)
class House:
    """The folder with the files, and the names of the services. The last one of each team needs the first."""

    folder: Path
    services: tuple[str, ...]


def write_house(folder: Path, receiver: str) -> House:
    """`receiver` is the address of whoever takes the notifications."""
    documents = [_SEVERITIES.replace("RECEIVER", receiver)]
    services: list[str] = []
    for team in TEAMS:
        documents.append(_TEAM.format(team=team))
        documents += [_TARGET.format(name=f"{team}-{name}", receiver=receiver) for name in _OF_TEAM]
        names = [f"{team}-{number:02d}" for number in range(SERVICES_OF_A_TEAM)]
        services += names
        for name in names:
            more = f", covet-sre/depends-on: {names[0]}" if name == names[-1] else ""
            documents.append(_SERVICE.format(name=name, team=team, more=more))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "house.yaml").write_text("---\n".join(documents))
    return House(folder, tuple(services))
