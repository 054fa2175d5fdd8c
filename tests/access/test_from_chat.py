"""What comes from Slack is done by whoever it was, if they have an account: under their name, within their roles."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from covet_sre.access.permission import Role
from covet_sre.access.principal import Grant
from covet_sre.alerting.severity import Severity
from covet_sre.app.offline import AT_THE_MACHINE
from covet_sre.flows.access.accounts import UserChange
from covet_sre.flows.acting import acting_as
from covet_sre.incident.facts import Declare
from covet_sre.integrations.coming_back.slack import slack_signature
from tests.access.house import House, house

SECRET = "slack-signing-secret"
FILES = """
apiVersion: openslo/v1
kind: Service
metadata: {name: api, annotations: {covet-sre/team: core}}
spec: {}
---
apiVersion: covet-sre/v1
kind: Team
metadata: {name: core}
spec:
  members:
    - name: ana
      slack: U0000000ANA
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {name: chat}
spec:
  type: slack
  settings: {channel: "#sre", tokenEnv: TEST_SLACK_TOKEN, signingSecretEnv: TEST_SLACK_SECRET}
"""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("TEST_SLACK_SECRET", SECRET)
    monkeypatch.setenv("TEST_SLACK_TOKEN", "xoxb-test")
    files = tmp_path / "files"
    files.mkdir()
    (files / "all.yaml").write_text(FILES)
    with house(tmp_path, files=files) as made:
        made.add_user("ada", Grant(Role.ADMIN))
        yield made


def acknowledged_by(made: House, member: str, name: str) -> tuple[str, str]:
    """Who has acknowledged a new incident after a command in Slack, and what Slack was told."""
    incidents = made.server.desk.incidents
    identity = incidents.decide(Declare("ada", "api", Severity.P2, "it is slow"))
    body = urlencode({"user_id": member, "user_name": name, "text": f"ack {identity}"}).encode()
    stamp = str(int(time.time()))
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": slack_signature(SECRET.encode(), stamp, body),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = made.client().post("/hooks/slack/commands", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return incidents.incident(identity).incident.acknowledged_by, answer.json()["text"]


def test_who_has_an_account_acts_under_their_own_name(found: House) -> None:
    found.add_user("ana", Grant(Role.RESPONDER, team="core"))
    assert acknowledged_by(found, "U0000000ANA", "whatever they call themselves")[0] == "ana"


def test_who_may_not_respond_may_not_do_so_from_chat_either(found: House) -> None:
    found.add_user("ana", Grant(Role.VIEWER))
    by, told = acknowledged_by(found, "U0000000ANA", "ana")
    assert by == ""
    assert "Not done: ana may not respond for the service api" in told


def test_who_left_may_do_nothing_from_chat(found: House) -> None:
    found.add_user("ana", Grant(Role.RESPONDER))
    with acting_as(AT_THE_MACHINE):
        found.server.access.accounts.change_user("ana", UserChange(is_disabled=True))
    assert acknowledged_by(found, "U0000000ANA", "ana")[0] == ""


def test_who_has_no_account_may_what_the_signed_hook_may(found: House) -> None:
    assert acknowledged_by(found, "U0000000ANA", "ana")[0] == "ana via slack"
    assert acknowledged_by(found, "U00000OTHER", "bob")[0] == "bob via slack"
