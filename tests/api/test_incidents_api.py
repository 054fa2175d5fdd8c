"""Alerts and incidents over HTTP, against their own description and a real desk."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.api.test_api import check
from tests.web.house import application
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import START, SampleIncidents, a_night, identity_of

from covet_sre.alerting.labels import fingerprint, labels_of
from covet_sre.errors import StoreFull
from covet_sre.flows.narration import telling
from covet_sre.incident.facts import Acknowledge, Declare
from covet_sre.incident.incident import State

LIST = "/api/v1/incidents"
ONE = f"{LIST}/{{identity}}"


@pytest.fixture
def night() -> SampleIncidents:
    return a_night()


@pytest.fixture
def client(night: SampleIncidents) -> TestClient:
    return TestClient(application(SampleReliability(), None, night))


@pytest.fixture
def described(client: TestClient) -> dict[str, Any]:
    return client.get("/openapi.json").json()


@pytest.fixture
def promised(described: dict[str, Any]) -> Callable[..., Response]:
    """Checks an answer against OpenAPI, and its status."""

    def checked(answer: Response, path: str, method: str = "get", status: int = 200) -> Any:
        assert answer.status_code == status, answer.text
        check(described, path, answer, method)
        return answer.json()

    return checked


Promised = Callable[..., Any]


# ---------------------------------------------------------------- reading


def test_incidents_are_listed_the_newest_first(night: SampleIncidents, client: TestClient, promised: Promised):
    items = promised(client.get(LIST), LIST)["items"]
    ids = [item["id"] for item in items]
    assert ids == sorted(night.known, reverse=True)
    assert {"id", "service", "severity", "state", "title", "times"} <= set(items[0])
    for item in items:
        known = night.known[item["id"]]
        assert (item["service"], item["severity"], item["state"]) == (known.service, known.severity, known.state)
        assert item["times"]["detected"] == f"{datetime.fromtimestamp(known.times.detected, UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_a_list_is_cut_to_what_is_asked_for(night: SampleIncidents, client: TestClient):
    def asked(**query: str) -> set[str]:
        return {item["id"] for item in client.get(LIST, params=query).json()["items"]}

    known = night.known.values()
    assert asked(state="open") == {each.identity for each in known if each.state.is_open} != set()
    assert asked(state="closed") == {each.identity for each in known if not each.state.is_open} != set()
    assert asked(service="search") == {each.identity for each in known if each.service == "search"} != set()
    assert asked(severity="P0") == {each.identity for each in known if each.severity == "P0"} != set()
    assert asked(service="nope") == set()
    assert client.get(LIST, params={"state": "burning"}).status_code == 422
    assert client.get(LIST, params={"cursor": "!"}).status_code == 422


@pytest.mark.parametrize("path", [LIST, "/api/v1/inbox"])
@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_pages_of_any_size_make_up_the_whole(client: TestClient, promised: Promised, path: str, limit: int):
    whole = client.get(path, params={"limit": 200}).json()["items"]
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = promised(client.get(path, params={"limit": limit, "cursor": cursor}), path)
        assert len(page["items"]) <= limit
        found += page["items"]
        cursor = page["next"]
    assert found == whole != []


def test_a_detail_has_alerts_with_fingerprints_and_the_whole_timeline(
    night: SampleIncidents, client: TestClient, promised: Promised
):
    identity = identity_of(night, "api")
    found = promised(client.get(f"{LIST}/{identity}"), ONE)
    labels = {"alertname": "ErrorBudgetBurn1h", "service": "api", "severity": "critical"}
    expected = fingerprint(labels_of({**labels, "slo": "api-availability", "window": "1h"}))
    assert expected in {alert["fingerprint"] for alert in found["alerts"]}
    assert {alert["status"] for alert in found["alerts"]} == {"firing"}
    assert all(alert["disposition"]["why"] for alert in found["alerts"])
    entries = night.entries[identity]
    assert [entry["position"] for entry in found["timeline"]] == [entry.position for entry in entries]
    assert [entry["kind"] for entry in found["timeline"]] == [type(entry.event).__name__ for entry in entries]
    assert all(entry["text"] for entry in found["timeline"])
    assert [entry["in_story"] for entry in found["timeline"]] == [telling(entry.event).in_story for entry in entries]
    assert found["budget_spent"] == [{"slo": "api-availability", "share": 0.083}]
    assert {each["target"] for each in found["notifications"]} == {"pager"}
    assert [step["passed"] for step in found["plan"]] == sorted((s["passed"] for s in found["plan"]), reverse=True)
    assert {line["label"] for line in found["context"]} >= {"Runbook", "Budget left"}


def test_every_incident_can_be_read(night: SampleIncidents, client: TestClient, promised: Promised):
    for identity in night.known:
        promised(client.get(f"{LIST}/{identity}"), ONE)
    assert promised(client.get(f"{LIST}/INC-2026-0101-001"), ONE, status=404)["code"] == "not-found"
    assert {each.state for each in night.known.values()} >= {
        State.PAGED,
        State.MITIGATING,
        State.CLOSED,
        State.FALSE_ALARM,
        State.REVIEW_PENDING,
    }


def test_the_inbox_says_what_was_made_of_each_alert_and_why(client: TestClient, promised: Promised):
    items = promised(client.get("/api/v1/inbox"), "/api/v1/inbox")["items"]
    made = [alert for item in items for alert in item["alerts"]]
    assert {(alert["verdict"], alert["cause"]) for alert in made} >= {
        ("attached", None),
        ("suppressed", "silence"),
        ("suppressed", "inhibition"),
        ("suppressed", "duplicate"),
    }
    assert all(alert["why"] for alert in made)
    assert {item["state"] for item in items} == {"waiting", "disposed", "quarantined"}
    assert all((item["disposed"] is None) == (item["state"] == "waiting") for item in items)
    quarantined = next(item for item in items if item["state"] == "quarantined")
    assert "payload.severity" in quarantined["problem"]


def test_who_is_on_call_is_told_for_every_schedule_and_a_gap_is_empty(client: TestClient, promised: Promised):
    items = promised(client.get("/api/v1/oncall"), "/api/v1/oncall")["items"]
    assert [(duty["schedule"], duty["person"]) for duty in items] == [("shop-primary", "ana"), ("shop-secondary", "")]


# ---------------------------------------------------------------- changing


ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("acknowledge", {}),
    ("notes", {"text": "Looking at the pods"}),
    ("severity", {"severity": "P1", "why": "Only search is hurt"}),
    ("assign", {"person": "sam"}),
    ("mitigate", {"done": False}),
    ("mitigate", {"how": "Rolled back"}),
    ("times", {"moment": "impact", "at": "2026-11-23T09:20:00Z", "reason": "The graph says so"}),
    ("resolve", {"how": "Rolled back for good"}),
    ("close", {"why": "Reviewed"}),
    ("reopen", {"why": "It fires again"}),
    ("false-alarm", {"why": "A load test"}),
]


def test_an_incident_goes_its_whole_way_and_every_answer_is_its_state(
    night: SampleIncidents, client: TestClient, promised: Promised
):
    body = {"service": "api", "severity": "P0", "title": "Nobody can log in", "actor": "ana"}
    made = promised(client.post(LIST, json=body), LIST, "post", 201)
    assert made["declared_by_hand"] is True
    identity = made["id"]
    states = [made["state"]]
    for action, fields in ACTIONS:
        answer = client.post(f"{LIST}/{identity}/{action}", json={**fields, "actor": "ana"})
        item = promised(answer, f"{ONE}/{action}", "post")
        assert item["state"] == night.known[identity].state
        states += [item["state"]] if item["state"] != states[-1] else []
    assert states == ["paged", "team-formed", "mitigating", "review-pending", "closed", "paged", "false-alarm"]
    actors = {entry.actor for entry in night.entries[identity]}
    assert actors == {"ana", "covet-sre"}


def test_alerts_are_taken_out_and_put_together_again(night: SampleIncidents, client: TestClient, promised: Promised):
    identity = identity_of(night, "api")
    alerts = client.get(f"{LIST}/{identity}").json()["alerts"]
    wanted = next(alert["key"] for alert in alerts if alert["service"] == "checkout")
    body = {"alerts": [wanted], "why": "Checkout has its own trouble"}
    made = promised(client.post(f"{LIST}/{identity}/split", json=body), f"{ONE}/split", "post")
    assert made["id"] != identity
    assert [alert["key"] for alert in client.get(f"{LIST}/{made['id']}").json()["alerts"]] == [wanted]
    back = {"into": identity, "why": "It was the same after all"}
    item = promised(client.post(f"{LIST}/{made['id']}/merge", json=back), f"{ONE}/merge", "post")
    assert item["id"] == identity
    assert client.get(f"{LIST}/{made['id']}").json()["merged_into"] == identity
    assert wanted in {alert["key"] for alert in client.get(f"{LIST}/{identity}").json()["alerts"]}


@pytest.mark.parametrize(
    ("header", "body", "expected"),
    [
        ({}, {}, "anonymous on loopback"),
        ({"x-covet-sre-actor": "sam"}, {}, "sam"),
        ({"x-covet-sre-actor": "sam"}, {"actor": "ana"}, "ana"),
        ({}, {"actor": "  "}, "anonymous on loopback"),
    ],
)
def test_who_acts_is_said_by_the_body_then_by_the_header(
    night: SampleIncidents, client: TestClient, header: dict[str, str], body: dict[str, str], expected: str
):
    identity = identity_of(night, "api")
    assert client.post(f"{LIST}/{identity}/acknowledge", json=body, headers=header).status_code == 200
    assert night.commands[-1] == Acknowledge(identity, expected, "api")


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("notes", {"text": ""}),
        ("notes", {}),
        ("severity", {"severity": "P9", "why": "x"}),
        ("severity", {"severity": "P1"}),
        ("resolve", {}),
        ("times", {"moment": "lunch", "at": "2026-11-23T09:20:00Z", "reason": "x"}),
        ("times", {"moment": "impact", "at": "1000-01-01T00:00:00Z", "reason": "x"}),
        ("times", {"moment": "impact", "at": "2026-11-24T09:20:00Z", "reason": "tomorrow"}),
        ("split", {"alerts": [], "why": "x"}),
        ("close", {}),
        ("reopen", {"why": "it is open"}),
        ("acknowledge", {"unknown": 1}),
        ("acknowledge", {"actor": "a\0na"}),
        ("notes", {"text": "a\0b"}),
        ("split", {"alerts": ["\0"], "why": "x"}),
    ],
)
def test_what_cannot_be_meant_or_breaks_a_rule_changes_nothing(
    night: SampleIncidents, client: TestClient, promised: Promised, action: str, body: dict[str, Any]
):
    identity = identity_of(night, "api")
    before = list(night.entries[identity])
    promised(client.post(f"{LIST}/{identity}/{action}", json=body), f"{ONE}/{action}", "post", 422)
    assert night.entries[identity] == before


def test_a_refusal_says_what_the_state_is_now(night: SampleIncidents, client: TestClient):
    identity = identity_of(night, "api")
    client.post(f"{LIST}/{identity}/resolve", json={"how": "Rolled back"})
    late = client.post(f"{LIST}/{identity}/acknowledge", json={"actor": "sam"})
    assert late.status_code == 422
    assert "review-pending" in late.json()["detail"]


# ---------------------------------------------------------------- once


def test_the_same_key_declares_once_and_another_request_under_it_is_a_conflict(
    night: SampleIncidents, client: TestClient, promised: Promised
):
    body = {"service": "api", "severity": "P2", "title": "Slow"}
    key = {"idempotency-key": "d-1"}
    first, second = (client.post(LIST, json=body, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    promised(client.post(LIST, json={**body, "title": "Other"}, headers=key), LIST, "post", 409)
    assert len([each for each in night.commands if isinstance(each, Declare)]) == 1


def test_equal_requests_at_the_same_time_happen_once(night: SampleIncidents, client: TestClient):
    identity = identity_of(night, "api")
    start = threading.Barrier(6)

    def post() -> None:
        start.wait()
        client.post(f"{LIST}/{identity}/notes", json={"text": "once"}, headers={"idempotency-key": "n-1"})

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(night.commands) == 1


def test_what_is_kept_is_503_with_retry_after_and_the_same_key_does_not_keep_it_twice(
    night: SampleIncidents, client: TestClient, promised: Promised
):
    night.is_away = True
    body = {"service": "api", "severity": "P2", "title": "Slow"}
    for _ in range(2):
        answer = client.post(LIST, json=body, headers={"idempotency-key": "d-2"})
        problem = promised(answer, LIST, "post", 503)
        assert problem["code"] == "unavailable"
        assert "kept" in problem["detail"]
        assert int(answer.headers["retry-after"]) > 0
    assert len(night.kept) == 1


def test_a_full_disk_is_503_and_leaves_the_key_free(
    night: SampleIncidents, client: TestClient, promised: Promised, monkeypatch: pytest.MonkeyPatch
):
    def full(command: object) -> str:
        raise StoreFull("no space left on the device", remedy="free some space")

    key = {"idempotency-key": "d-3"}
    body = {"service": "api", "severity": "P2", "title": "Slow"}
    with monkeypatch.context() as patch:
        patch.setattr(night, "decide", full)
        assert promised(client.post(LIST, json=body, headers=key), LIST, "post", 503)["code"] == "store-full"
    assert client.post(LIST, json=body, headers=key).status_code == 201


# ---------------------------------------------------------------- silences, targets


SILENCES = "/api/v1/silences"
QUIET = {
    "matchers": ['service="search"', "severity!=critical"],
    "duration_seconds": 7200,
    "author": "sam",
    "reason": "x",
}


def test_a_silence_is_made_changed_listed_and_ended(client: TestClient, promised: Promised):
    made = promised(client.post(SILENCES, json=QUIET), SILENCES, "post", 201)
    assert made["matchers"] == ['service="search"', 'severity!="critical"']
    assert made["state"] == "active"
    assert (datetime.fromisoformat(made["ends"]).timestamp(), made["kind"]) == (START + 7200, "silence")
    longer = {**QUIET, "id": made["id"], "duration_seconds": 9000}
    assert client.post(SILENCES, json=longer).json()["id"] == made["id"]
    listed = promised(client.get(SILENCES), SILENCES)["items"]
    assert [each["ends"] for each in listed if each["id"] == made["id"]] == ["2026-11-23T12:10:00Z"]
    ended = client.delete(f"{SILENCES}/{made['id']}", params={"author": "ana"})
    assert promised(ended, f"{SILENCES}/{{identity}}", "delete")["state"] == "expired"
    again = client.delete(f"{SILENCES}/{made['id']}")
    assert promised(again, f"{SILENCES}/{{identity}}", "delete")["state"] == "expired"
    promised(client.delete(f"{SILENCES}/nope"), f"{SILENCES}/{{identity}}", "delete", 404)


@pytest.mark.parametrize(
    "change",
    [
        {"matchers": []},
        {"matchers": ["service"]},
        {"matchers": ['route=~"("']},
        {"matchers": ["service=~.*"]},
        {"duration_seconds": None},
        {"ends": "2026-11-24T00:00:00Z"},
        {"reason": ""},
        {"author": " "},
        {"starts": "2026-11-01T00:00:00Z"},
        {"kind": "forever"},
    ],
)
def test_a_silence_that_cannot_be_meant_is_refused(
    night: SampleIncidents, client: TestClient, promised: Promised, change: dict[str, Any]
):
    before = dict(night.desk.silences)
    promised(client.post(SILENCES, json={**QUIET, **change}), SILENCES, "post", 422)
    assert night.desk.silences == before


def test_the_same_silence_under_the_same_key_is_made_once_though_time_passes(
    night: SampleIncidents, client: TestClient
):
    key = {"idempotency-key": "s-1"}
    first = client.post(SILENCES, json=QUIET, headers=key)
    night.pass_time(30)
    assert client.post(SILENCES, json=QUIET, headers=key).json() == first.json()


def test_a_target_is_tried_and_what_it_said_is_told(night: SampleIncidents, client: TestClient, promised: Promised):
    path = "/api/v1/targets/{name}/test"
    assert promised(client.post("/api/v1/targets/pager/test", json={}), path, "post") == {
        "target": "pager",
        "said": "accepted",
    }
    night.fail("pager", "401 invalid routing key")
    refused = promised(client.post("/api/v1/targets/pager/test", json={}), path, "post", 422)
    assert "401 invalid routing key" in refused["detail"]
    promised(client.post("/api/v1/targets/nope/test", json={}), path, "post", 404)


NUL = (f"{LIST}/%00", f"{LIST}?service=%00", f"{LIST}?cursor=PgA", "/api/v1/inbox?cursor=PgA")


@pytest.mark.parametrize("address", NUL)
def test_the_character_that_no_database_keeps_is_refused(client: TestClient, address: str):
    assert client.get(address).status_code == 422


def test_getting_changes_nothing(night: SampleIncidents, client: TestClient, described: dict[str, Any]):
    identity = identity_of(night, "api")
    before = (list(night.commands), {key: list(value) for key, value in night.entries.items()}, night.number)
    reading = [path for path, operations in described["paths"].items() if "get" in operations and "incid" in path]
    assert {LIST, ONE} <= set(reading)
    for path in (*reading, "/api/v1/inbox", SILENCES, "/api/v1/oncall"):
        asked = {"kind": "update"} if path.endswith("/draft") else {}
        assert client.get(path.replace("{identity}", identity), params=asked).status_code == 200
    assert (night.commands, night.entries, night.number) == before


def test_without_incidents_the_api_is_what_it_was():
    bare = TestClient(application(SampleReliability()))
    assert bare.get(LIST).status_code == 404
    assert bare.get("/api/v1/slos").status_code == 200
