"""The three messages through a real server: to a mailbox over SMTP, to Slack with a channel of the incident's own, to a
subscriber who ends it by the link in the mail."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from covet_sre.app import Server, Settings
from covet_sre.integrations.fakes import ScriptedProvider
from covet_sre.integrations.fakes.slack_contract import SlackContract
from tests.notifying.mail_server import MailServer
from tests.notifying.targets import ENVIRONMENT
from tests.notifying.test_the_whole_way import eventually

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
  members: [{{name: ann, email: ann@example.com, slack: U0ANN0001}}]
  targets: {{slack: [chat], email: [mail]}}
---
apiVersion: covet-sre/v1
kind: StakeholderList
metadata: {{name: executives}}
spec: {{emails: [ceo@example.com], through: mail, messages: [initial, resolution]}}
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {{name: chat}}
spec:
  type: slack
  settings: {{channel: "#sre", tokenEnv: SLACK_TOKEN, apiUrl: "{slack}/api/", incidentChannels: true, invite: [U0BOSS]}}
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {{name: mail}}
spec:
  type: email
  settings: {{host: 127.0.0.1, port: {mail}, startTls: false, from: sre@example.com}}
"""


@dataclass
class World:
    server: Server
    slack: SlackContract
    mail: MailServer

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.settings.port}"

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = Request(self.address + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def letters_to(self, address: str) -> list[EmailMessage]:
        return [one for one, to in zip(self.mail.letters, self.mail.recipients, strict=False) if to == [address]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    slack = SlackContract(ENVIRONMENT["SLACK_TOKEN"], {"sre": "C0SRE00001"})
    with ScriptedProvider(slack) as chat, MailServer() as mail:
        files = tmp_path / "files.yaml"
        files.write_text(FILES.format(slack=chat.url, mail=mail.port))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = int(listener.getsockname()[1])
        server = Server(Settings([files], f"sqlite:///{tmp_path / 'covet-sre.db'}", port=port))
        web = server.uvicorn_server()
        thread = threading.Thread(target=web.run, daemon=True)
        server.start()
        thread.start()
        eventually(lambda: web.started)
        try:
            yield World(server, slack, mail)
        finally:
            web.should_exit = True
            thread.join(20)
            server.close()
        assert not chat.breaches


def text_of(letter: EmailMessage) -> str:
    plain = letter.get_body(("plain",))
    assert plain is not None
    return plain.get_content()


def test_from_the_first_report_to_the_end_of_a_subscription(world: World) -> None:
    incident = world.post("/api/v1/incidents", {"service": "api", "severity": "P1", "title": "Orders <b>fail</b>"})[
        "id"
    ]
    subscription = {"target": "mail", "address": "erin@example.com", "services": ["api"], "person": "erin"}
    world.post("/api/v1/subscriptions", subscription)
    here = f"/api/v1/incidents/{incident}"
    world.post(f"{here}/acknowledge", {"actor": "ann"})
    eventually(lambda: any(room["members"] >= {"U0ANN0001", "U0BOSS"} for room in world.slack.rooms.values()))
    [room] = world.slack.rooms.values()
    assert room["name"] == f"{incident.lower()}-orders-b-fail-b"
    eventually(lambda: "Incident Commander: ann" in room["topic"])

    sent = world.post(f"{here}/communications", {"kind": "initial", "fields": {"eta": "30m"}, "version": 0})
    assert sent["items"][0]["audiences"][0] == f"#{room['name']}"
    eventually(lambda: world.letters_to("ceo@example.com") and world.letters_to("erin@example.com"))
    eventually(
        lambda: any("INCIDENT ALERT" in one["text"] and one["channel"] == room["id"] for one in world.slack.posted)
    )
    [letter] = world.letters_to("erin@example.com")
    assert letter["Subject"] == f"🚨 INCIDENT ALERT 🚨: {incident} P1 api"
    text = text_of(letter)
    assert sent["items"][0]["text"] in text.replace("\r\n", "\n")
    assert "- Orders <b>fail</b>" in text
    [ceo] = world.letters_to("ceo@example.com")
    assert ceo["List-Unsubscribe"] is None, "a list of the files is ended in the files"

    # Looking at the link changes nothing; a mail program's click ends it.
    [link] = re.findall(r"<(.*)>", letter["List-Unsubscribe"])
    assert link.startswith(f"{world.address}/subscriptions/")
    with urlopen(link, timeout=20) as page:
        assert "Not to be told any more?" in page.read().decode()
    one_click = Request(link, b"List-Unsubscribe=One-Click", {"Content-Type": "application/x-www-form-urlencoded"})
    with urlopen(one_click, timeout=20) as page:
        assert "Nothing is sent to you" in page.read().decode()

    world.post(f"{here}/resolve", {"how": "rolled back", "actor": "ann"})
    fields = {"root_cause": "a lock", "review_date": "2026-12-01", "ticket_system": "Jira"}
    world.post(f"{here}/communications", {"kind": "resolution", "fields": fields, "version": 0})
    eventually(lambda: len(world.letters_to("ceo@example.com")) == 2)
    assert text_of(world.letters_to("ceo@example.com")[1]).count("✅ INCIDENT RESOLVED ✅") == 2
    assert len(world.letters_to("erin@example.com")) == 1
