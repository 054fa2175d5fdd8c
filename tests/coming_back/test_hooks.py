"""What people decide in Slack and PagerDuty arrives signed, once, and about what is on now."""

import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from slack_sdk.signature import Clock, SignatureVerifier
from starlette.testclient import TestClient

from covet_sre.api.coming_back import coming_back
from covet_sre.errors import Refused, StoreBusy, Unavailable
from covet_sre.flows.coming_back import HELP
from covet_sre.flows.incidents import Incidents
from covet_sre.incident.facts import Acknowledge, Resolve
from covet_sre.incident.message_facts import PromiseUpdate
from covet_sre.incident.role_facts import AssignRole
from covet_sre.incident.roles import Role
from covet_sre.integrations.coming_back import make_readers
from covet_sre.integrations.coming_back.pagerduty import pagerduty_signature
from covet_sre.integrations.coming_back.slack import slack_signature
from covet_sre.integrations.notifying.pagerduty import dedup_key
from covet_sre.oncall.target import NotificationTarget, TargetKind
from tests.coming_back.desk import INCIDENT, NOW, FakeIncidents, incident

SECRETS = {"SLACK": "slack-signing-secret", "SLACK_OLD": "the-one-before", "PAGERDUTY": "pagerduty-secret"}
TARGETS = {
    "slack": NotificationTarget("slack", TargetKind.SLACK, {}, {"signing_secret": "SLACK"}),
    "slack-old": NotificationTarget("slack-old", TargetKind.SLACK, {}, {"signing_secret": "SLACK_OLD"}),
    "pagerduty": NotificationTarget("pagerduty", TargetKind.PAGERDUTY, {}, {"signing_secret": "PAGERDUTY"}),
}


def serving(incidents: FakeIncidents, environment: Mapping[str, str] = SECRETS) -> TestClient:
    application = FastAPI()
    readers = make_readers(TARGETS, environment, str, incidents.now)
    application.include_router(coming_back(cast(Incidents, incidents), lambda: readers))
    return TestClient(application)


@pytest.fixture
def incidents() -> FakeIncidents:
    return FakeIncidents(incident())


@pytest.fixture
def client(incidents: FakeIncidents) -> TestClient:
    return serving(incidents)


def slack_headers(body: bytes, at: float = NOW, secret: str = SECRETS["SLACK"]) -> dict[str, str]:
    stamp = str(int(at))
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": slack_signature(secret.encode(), stamp, body),
        "Content-Type": "application/x-www-form-urlencoded",
    }


def command(text: str, user: str = "alice") -> bytes:
    form = {"command": "/covet", "text": text, "user_name": user, "user_id": "U0ALICE001", "team_id": "T0000001"}
    return urlencode(form, errors="replace").encode()


def click(action: str, value: str = INCIDENT) -> bytes:
    user = {"id": "U0ALICE001", "username": "alice", "name": "alice"}
    payload = {"type": "block_actions", "user": user, "actions": [{"action_id": action, "value": value}]}
    return urlencode({"payload": json.dumps(payload)}).encode()


def pagerduty_event(kind: str = "incident.acknowledged", **changes: Any) -> bytes:
    event = {
        "id": "01BZQ4RTJM6ASDLLLTNDDDDDD",
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": "2025-11-26T09:40:00Z",
        "agent": {"id": "PALICE", "type": "user_reference", "summary": "Alice Smith"},
        "data": {"type": "incident", "incident_key": f"{INCIDENT}/1/0/pd:page/alice/trigger"},
    }
    return json.dumps({"event": event | changes}).encode()


def pagerduty_headers(body: bytes, secret: str = SECRETS["PAGERDUTY"]) -> dict[str, str]:
    return {"X-PagerDuty-Signature": f"v1={'0' * 64},{pagerduty_signature(secret.encode(), body)}"}


# ---------------------------------------------------------------- signatures


def test_slacks_published_example_has_its_published_signature() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = slack_signature(b"8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body)
    assert signature == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


class _Then(Clock):
    def now(self) -> float:
        return NOW


@pytest.mark.parametrize("text", ["ack INC-2025-1126-001", "", "é 🔥 <!channel>", "\x00%0d"])
def test_slacks_own_library_agrees_with_our_signature(text: str) -> None:
    body = command(text)
    headers = slack_headers(body)
    assert SignatureVerifier(SECRETS["SLACK"], _Then()).is_valid_request(body, headers)
    assert not SignatureVerifier("another", _Then()).is_valid_request(body, headers)


@pytest.mark.parametrize("path", ["/hooks/slack/commands", "/hooks/slack/interactions"])
@pytest.mark.parametrize(
    "spoiled",
    [
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": str(int(NOW) + 1)},
    ],
    ids=repr,
)
def test_a_delivery_without_its_signature_changes_nothing(
    client: TestClient, incidents: FakeIncidents, path: str, spoiled: dict[str, str]
) -> None:
    body = command(f"ack {INCIDENT}") if "commands" in path else click("covet-sre.acknowledge")
    headers = {name: value.encode() for name, value in {**slack_headers(body), **spoiled}.items()}
    answer = client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature-wrong")
    assert not incidents.decided


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_signature_is_good_for_five_minutes(client: TestClient, incidents: FakeIncidents, seconds: int) -> None:
    body = command(f"ack {INCIDENT}")
    assert (
        client.post("/hooks/slack/commands", content=body, headers=slack_headers(body, NOW + seconds)).status_code
        == 401
    )
    edge = seconds - (1 if seconds > 0 else -1)
    assert (
        client.post("/hooks/slack/commands", content=body, headers=slack_headers(body, NOW + edge)).status_code == 200
    )


def test_each_changed_bit_is_noticed(client: TestClient, incidents: FakeIncidents) -> None:
    body = command(f"ack {INCIDENT}")
    headers = slack_headers(body)
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert client.post("/hooks/slack/commands", content=changed, headers=headers).status_code == 401
    assert not incidents.decided


def test_two_secrets_hold_while_one_is_replaced(client: TestClient, incidents: FakeIncidents) -> None:
    body = command(f"ack {INCIDENT}")
    headers = slack_headers(body, secret=SECRETS["SLACK_OLD"])
    assert client.post("/hooks/slack/commands", content=body, headers=headers).status_code == 200
    assert len(incidents.decided) == 1


@pytest.mark.parametrize("path", ["/hooks/slack/commands", "/hooks/slack/interactions", "/hooks/pagerduty/v3"])
def test_a_missing_secret_is_told_by_the_name_of_its_variable(incidents: FakeIncidents, path: str) -> None:
    answer = serving(incidents, {}).post(path, content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (503, "secret-missing")
    assert "is not set" in answer.json()["detail"]
    assert ("PAGERDUTY" if "pagerduty" in path else "SLACK") in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/hooks/slack/commands", "/hooks/slack/interactions", "/hooks/pagerduty/v3"])
def test_a_body_without_end_is_refused(client: TestClient, path: str) -> None:
    assert client.post(path, content=b"x" * (1024 * 1024 + 1)).status_code == 413


# ---------------------------------------------------------------- Slack


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"ack {INCIDENT}", Acknowledge(INCIDENT, "alice via slack", "slack")),
        (f"ACK {INCIDENT.lower()} ", Acknowledge(INCIDENT, "alice via slack", "slack")),
        (f"resolve {INCIDENT}", Resolve(INCIDENT, "alice via slack", "resolved in Slack")),
        (f"resolve {INCIDENT} rolled  back", Resolve(INCIDENT, "alice via slack", "rolled back")),
    ],
)
def test_a_command_decides(client: TestClient, incidents: FakeIncidents, text: str, wanted: object) -> None:
    body = command(text)
    answer = client.post("/hooks/slack/commands", content=body, headers=slack_headers(body))
    assert answer.json()["response_type"] == "ephemeral"
    assert answer.json()["text"].startswith(f"{INCIDENT} is ")
    assert incidents.decided == [wanted]


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        (
            f"role {INCIDENT} Commander",
            AssignRole(INCIDENT, "alice via slack", Role.COMMANDER, "alice"),
            f"You are Incident Commander of {INCIDENT}",
        ),
        (
            f"promise {INCIDENT} 45m",
            PromiseUpdate(INCIDENT, "alice via slack", "45m"),
            f"The next update about {INCIDENT} is promised: 45m",
        ),
    ],
)
def test_a_role_is_taken_and_an_update_promised(
    client: TestClient, incidents: FakeIncidents, text: str, wanted: object, said: str
) -> None:
    body = command(text)
    answer = client.post("/hooks/slack/commands", content=body, headers=slack_headers(body))
    assert answer.json()["text"] == said
    assert incidents.decided == [wanted]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("list", "INC-2025-1126-001 P0 api: It burns &lt;!channel&gt; &amp; more (paged)"),
        ("oncall", "primary: alice, then bob\nsecondary: nobody"),
        ("", HELP),
        (f"role {INCIDENT} boss", f"Name the role: /covet role {INCIDENT} commander or resolver or communications"),
        (f"role {INCIDENT} expert", f"Name the role: /covet role {INCIDENT} commander or resolver or communications"),
        ("promise 30m", "Name the incident: /covet promise INC-2026-1126-001"),
        ("ack", "Name the incident: /covet ack INC-2026-1126-001"),
        ("ack <!channel>", "Name the incident: /covet ack INC-2026-1126-001"),
        ("ack INC-2025-1126-777", "Not done: there is no incident INC-2025-1126-777; see the list of incidents"),
    ],
)
def test_a_command_answers(client: TestClient, incidents: FakeIncidents, text: str, said: str) -> None:
    body = command(text)
    assert client.post("/hooks/slack/commands", content=body, headers=slack_headers(body)).json()["text"] == said
    assert not incidents.decided


@pytest.mark.parametrize(
    ("action", "wanted"),
    [
        ("covet-sre.acknowledge", [Acknowledge(INCIDENT, "alice via slack", "slack")]),
        ("covet-sre.resolve", [Resolve(INCIDENT, "alice via slack", "resolved in Slack")]),
        ("covet-sre.open", []),
        ("somebody-elses", []),
    ],
)
def test_a_click_decides(client: TestClient, incidents: FakeIncidents, action: str, wanted: list[object]) -> None:
    body = click(action)
    assert client.post("/hooks/slack/interactions", content=body, headers=slack_headers(body)).status_code == 200
    assert incidents.decided == wanted


@pytest.mark.parametrize(
    "body", [b"payload=", b"payload=[1,2]", b"payload=%7B", b"\xff\xfe", b"", b"&" * 60, b"payload=" + b"[" * 9999]
)
def test_what_is_signed_and_makes_no_sense_changes_nothing(
    client: TestClient, incidents: FakeIncidents, body: bytes
) -> None:
    for path in ("/hooks/slack/interactions", "/hooks/slack/commands"):
        assert client.post(path, content=body, headers=slack_headers(body)).status_code in (200, 400)
    assert client.post("/hooks/pagerduty/v3", content=body, headers=pagerduty_headers(body)).status_code in (200, 400)
    assert not incidents.decided


def test_a_name_is_one_short_line(client: TestClient, incidents: FakeIncidents) -> None:
    body = command(f"ack {INCIDENT}", user="eve\r\n\x00" + "x" * 5000)
    client.post("/hooks/slack/commands", content=body, headers=slack_headers(body))
    [decided] = incidents.decided
    assert isinstance(decided, Acknowledge)
    assert len(decided.actor) < 100 and decided.actor.isprintable()


# ---------------------------------------------------------------- once, and about what is on now


def test_a_delivery_that_comes_again_has_one_effect(client: TestClient, incidents: FakeIncidents) -> None:
    said, events = command(f"ack {INCIDENT}"), pagerduty_event("incident.resolved")
    for _ in range(3):
        assert client.post("/hooks/slack/commands", content=said, headers=slack_headers(said)).status_code == 200
        assert client.post("/hooks/pagerduty/v3", content=events, headers=pagerduty_headers(events)).status_code == 200
    assert [type(one) for one in incidents.decided] == [Acknowledge, Resolve]


def test_what_could_not_be_written_may_come_again(client: TestClient, incidents: FakeIncidents) -> None:
    body = pagerduty_event()
    incidents.failure = StoreBusy("another process has it")
    answer = client.post("/hooks/pagerduty/v3", content=body, headers=pagerduty_headers(body))
    assert (answer.status_code, answer.json()["code"]) == (503, "store-busy")
    incidents.failure = None
    assert client.post("/hooks/pagerduty/v3", content=body, headers=pagerduty_headers(body)).status_code == 200
    assert len(incidents.decided) == 1


@pytest.mark.parametrize("failure", [Refused("it is resolved"), Unavailable("it is kept")])
def test_a_refusal_is_told_and_is_no_error(client: TestClient, incidents: FakeIncidents, failure: Exception) -> None:
    incidents.failure = failure
    body = command(f"ack {INCIDENT}")
    answer = client.post("/hooks/slack/commands", content=body, headers=slack_headers(body))
    assert answer.status_code == 200
    assert str(failure) in answer.json()["text"]


def test_a_click_of_before_does_not_acknowledge_what_began_since() -> None:
    """The process that remembered the delivery is gone: the time of signing tells."""
    incidents = FakeIncidents(incident(episode=2, began_at=NOW - 20))
    client = serving(incidents)
    body = click("covet-sre.acknowledge")
    client.post("/hooks/slack/interactions", content=body, headers=slack_headers(body, NOW - 100))
    assert not incidents.decided
    client.post("/hooks/slack/interactions", content=body, headers=slack_headers(body, NOW - 5))
    assert len(incidents.decided) == 1


def test_an_event_about_an_earlier_episode_does_not_acknowledge_the_next() -> None:
    incidents = FakeIncidents(incident(episode=2))
    client = serving(incidents)
    for episode, expected in ((1, 0), (2, 1)):
        key = dedup_key(f"{INCIDENT}/{episode}/0/pd:page/{'x' * 300}/trigger")
        body = pagerduty_event(id=f"event-{episode}", data={"incident_key": key})
        assert client.post("/hooks/pagerduty/v3", content=body, headers=pagerduty_headers(body)).status_code == 200
        assert len(incidents.decided) == expected


# ---------------------------------------------------------------- PagerDuty


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("incident.acknowledged", Acknowledge(INCIDENT, "Alice Smith via pagerduty", "pagerduty")),
        ("incident.resolved", Resolve(INCIDENT, "Alice Smith via pagerduty", "resolved in PagerDuty")),
    ],
)
def test_what_a_person_did_in_pagerduty_is_done_here(
    client: TestClient, incidents: FakeIncidents, kind: str, wanted: object
) -> None:
    body = pagerduty_event(kind)
    assert client.post("/hooks/pagerduty/v3", content=body, headers=pagerduty_headers(body)).status_code == 200
    assert incidents.decided == [wanted]


@pytest.mark.parametrize(
    "changes",
    [
        {"event_type": "incident.escalated"},
        {"event_type": "pagey.ping"},
        {"agent": {"type": "service_reference", "summary": "Events API"}},
        {"agent": None},
        {"data": {"incident_key": "somebody elses"}},
        {"data": {"incident_key": None}},
        {"data": []},
        {"data": {"incident_key": f"{INCIDENT}x/1"}},
    ],
    ids=repr,
)
def test_what_no_person_did_or_is_not_ours_changes_nothing(
    client: TestClient, incidents: FakeIncidents, changes: dict[str, Any]
) -> None:
    body = pagerduty_event(**changes)
    assert client.post("/hooks/pagerduty/v3", content=body, headers=pagerduty_headers(body)).status_code == 200
    assert not incidents.decided


@pytest.mark.parametrize("header", ["", "v1=", "v0=abc", "v1=" + "0" * 64, "v1=é"])
def test_an_unsigned_event_changes_nothing(client: TestClient, incidents: FakeIncidents, header: str) -> None:
    body = pagerduty_event()
    answer = client.post("/hooks/pagerduty/v3", content=body, headers={"X-PagerDuty-Signature": header.encode()})
    assert answer.status_code == 401
    assert not incidents.decided
