"""From an alert to PagerDuty, Slack and a mailbox, and back by a click: a real server between doubles of providers."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from covet_sre.app import Server, Settings
from covet_sre.incident.incident import State
from covet_sre.integrations.coming_back.pagerduty import pagerduty_signature
from covet_sre.integrations.coming_back.slack import slack_signature
from covet_sre.integrations.fakes import ScriptedProvider, Turn
from covet_sre.integrations.fakes.pagerduty_contract import PagerDutyContract
from covet_sre.integrations.fakes.slack_contract import SlackContract
from tests.notifying.mail_server import MailServer
from tests.notifying.targets import ENVIRONMENT

FILES = """
apiVersion: openslo/v1
kind: Service
metadata: {{name: api, annotations: {{covet-sre/team: platform}}}}
spec: {{}}
---
apiVersion: covet-sre/v1
kind: Team
metadata: {{name: platform}}
spec:
  members: [{{name: ann, email: ann@example.com}}]
  escalationPolicy: platform
---
apiVersion: covet-sre/v1
kind: EscalationPolicy
metadata: {{name: platform}}
spec:
  steps:
    - notify: [{{target: pager}}, {{target: chat}}, {{target: mail}}]
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {{name: pager}}
spec:
  type: pagerduty
  settings: {{routingKeyEnv: PAGERDUTY_KEY, signingSecretEnv: PAGERDUTY_SIGNING, url: "{pagerduty}/v2/enqueue"}}
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {{name: chat}}
spec:
  type: slack
  settings: {{channel: "#sre", tokenEnv: SLACK_TOKEN, signingSecretEnv: SLACK_SIGNING, apiUrl: "{slack}/api/"}}
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {{name: mail}}
spec:
  type: email
  settings: {{host: 127.0.0.1, port: {mail}, startTls: false, from: sre@example.com, to: [team@example.com]}}
"""


@dataclass
class World:
    server: Server
    pagerduty: PagerDutyContract
    slack: SlackContract
    providers: tuple[ScriptedProvider, ScriptedProvider]
    mail: MailServer

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        request = Request(f"http://127.0.0.1:{self.server.settings.port}{path}", body, headers)
        with urlopen(request, timeout=20) as answer:
            return answer.status

    def alert(self, name: str = "ApiDown") -> None:
        alert = {"status": "firing", "labels": {"alertname": name, "service": "api", "severity": "critical"}}
        alert |= {"annotations": {"summary": "<!channel> all requests fail"}, "startsAt": "2026-01-01T00:00:00Z"}
        alert |= {"endsAt": "0001-01-01T00:00:00Z", "fingerprint": "0123456789abcdef", "generatorURL": ""}
        group = {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "us", "alerts": [alert]}
        group |= {"groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": ""}
        status = self.post("/hooks/alertmanager", json.dumps(group).encode(), {"Content-Type": "application/json"})
        assert status == 200

    def click(self, action: str, incident: str) -> None:
        payload = {"type": "block_actions", "user": {"id": "U0ANN0001", "username": "ann"}}
        payload["actions"] = [{"action_id": action, "value": incident}]
        body = urlencode({"payload": json.dumps(payload)}).encode()
        stamp = str(int(time.time()))
        signature = slack_signature(ENVIRONMENT["SLACK_SIGNING"].encode(), stamp, body)
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
        assert self.post("/hooks/slack/interactions", body, headers) == 200

    def pagerduty_says(self, kind: str, key: str) -> None:
        agent = {"type": "user_reference", "summary": "Ann"}
        event = {"id": f"{kind} {key}", "event_type": kind, "agent": agent, "data": {"incident_key": key}}
        body = json.dumps({"event": event}).encode()
        headers = {"X-PagerDuty-Signature": pagerduty_signature(b"canary-pagerduty-signing", body)}
        assert self.post("/hooks/pagerduty/v3", body, headers) == 200


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in {**ENVIRONMENT, "PAGERDUTY_SIGNING": "canary-pagerduty-signing"}.items():
        monkeypatch.setenv(name, value)
    pagerduty = PagerDutyContract()
    slack = SlackContract(ENVIRONMENT["SLACK_TOKEN"], {"sre": "C0SRE00001"})
    with ScriptedProvider(pagerduty) as pager, ScriptedProvider(slack) as chat, MailServer() as mail:
        files = tmp_path / "files.yaml"
        files.write_text(FILES.format(pagerduty=pager.url, slack=chat.url, mail=mail.port))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = int(listener.getsockname()[1])
        server = Server(Settings([files], f"sqlite:///{tmp_path / 'covet-sre.db'}", port=port))
        web = server.uvicorn_server()
        thread = threading.Thread(target=web.run, daemon=True)
        server.start()
        thread.start()
        eventually(lambda: web.started)
        try:
            yield World(server, pagerduty, slack, (pager, chat), mail)
        finally:
            web.should_exit = True
            server.close()
            thread.join(10)


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds; how long that takes is no matter of these tests."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def words(message: dict[str, object]) -> str:
    return json.dumps(message, ensure_ascii=False)


def test_an_alert_is_told_to_all_and_a_click_tells_all_of_them_on(world: World) -> None:
    world.alert()
    eventually(lambda: world.pagerduty.notified and world.slack.posted and world.mail.letters)
    [key] = world.pagerduty.alerts
    incident = key.partition("/")[0]
    [place] = world.slack.messages
    assert "Acknowledge" in words(world.slack.messages[place])
    assert "all requests fail" in str(world.mail.letters[0]["Subject"])

    world.click("covet-sre.acknowledge", incident)
    eventually(lambda: world.pagerduty.alerts[key] == "acknowledged")
    eventually(lambda: "covet-sre.acknowledge" not in words(world.slack.messages[place]))
    assert world.server.desk.incidents.incident(incident).incident.acknowledged_by == "ann via slack"

    world.pagerduty_says("incident.resolved", key)
    eventually(lambda: world.pagerduty.alerts[key] == "resolved")
    eventually(lambda: "Resolved: " in words(world.slack.messages[place]))
    eventually(lambda: len(world.mail.letters) == 2)
    assert world.mail.letters[1]["In-Reply-To"] == world.mail.letters[0]["Message-ID"]
    resolved = world.server.desk.incidents.incident(incident).incident
    assert not resolved.state.is_open
    assert resolved.state is not State.FALSE_ALARM
    assert [provider.breaches for provider in world.providers] == [[], []]
    assert world.pagerduty.notified == [key]


def test_an_answer_that_was_lost_calls_nobody_a_second_time(world: World) -> None:
    """PagerDuty took the event, and its answer never came: it is sent again with the same key."""
    pager, _ = world.providers
    pager.script.append(Turn.RESET_DONE)
    world.alert()
    eventually(lambda: len(pager.received) == 2)
    first, second = (json.loads(received.body) for received in pager.received)
    assert first["dedup_key"] == second["dedup_key"]
    assert len(world.pagerduty.notified) == 1
