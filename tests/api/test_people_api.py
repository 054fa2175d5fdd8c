"""Roles, participants, messages and subscriptions over HTTP, against their own description and a real desk."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.api.test_api import check
from tests.web.house import application
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import SampleIncidents, a_night, identity_of
from tests.web.sample_people import SUBSCRIPTION, a_team_at_work, with_audiences

from covet_sre.access.permission import Role as AccessRole
from covet_sre.access.principal import LOOPBACK, Grant, Kind, Principal
from covet_sre.flows.acting import acting_as

ONE = "/api/v1/incidents/{identity}"


@pytest.fixture
def night() -> SampleIncidents:
    return with_audiences(a_night())


@pytest.fixture
def client(night: SampleIncidents) -> Iterator[TestClient]:
    with acting_as(LOOPBACK):
        yield TestClient(application(SampleReliability(), None, night))


@pytest.fixture
def api(night: SampleIncidents) -> str:
    return identity_of(night, "api")


@pytest.fixture
def asked(client: TestClient, api: str) -> Callable[..., Any]:
    """Asks an address of the incident, and checks the answer against OpenAPI."""
    described = client.get("/openapi.json").json()

    def ask(path: str, body: dict[str, Any] | None = None, status: int = 200, **query: str) -> Any:
        method = "get" if body is None else "post"
        address = f"{ONE}{path}".replace("{identity}", api)
        answer: Response = client.request(method, address, json=body, params=query)
        assert answer.status_code == status, answer.text
        check(described, f"{ONE}{path}", answer, method)
        return answer.json()

    return ask


def holders(roles: dict[str, Any]) -> dict[str, list[str]]:
    return {item["role"]: [one["person"] for one in item["holders"]] for item in roles["items"]}


def test_roles_are_the_handbooks_with_their_duties(asked):
    items = asked("/roles")["items"]
    assert [item["title"] for item in items] == [
        "Incident Commander",
        "Primary Resolver",
        "Communications Lead",
        "Subject Matter Expert",
    ]
    assert [duty["text"] for duty in items[2]["duties"]] == [
        "External communication",
        "Status page updates",
        "Customer notifications",
    ]


def test_a_role_is_taken_asked_for_handed_over_and_laid_down(asked):
    assert holders(asked("/roles", {"role": "commander", "actor": "ana"}))["commander"] == ["ana"]
    refused = asked("/roles", {"role": "commander", "actor": "bea"}, 422)
    assert "ana is Incident Commander" in refused["detail"]
    assert "hand it over" in refused["remedy"]
    requests = asked("/roles/ask", {"role": "communications", "person": "bea", "actor": "ana"})["requests"]
    assert [(one["number"], one["people"]) for one in requests] == [(1, ["bea"])]
    roles = asked("/roles/answer", {"request": 1, "accepts": True, "actor": "bea"})
    assert (holders(roles)["communications"], roles["requests"]) == (["bea"], [])
    handed = {"role": "commander", "person": "ana", "to": "sam", "note": "My shift ends", "actor": "ana"}
    assert holders(asked("/roles/hand-over", handed))["commander"] == ["sam"]
    assert holders(asked("/roles/lay-down", {"role": "communications", "actor": "bea"}))["communications"] == []
    asked("/roles/lay-down", {"role": "commander", "actor": "sam"}, 422)
    asked("/roles/ask", {"role": "resolver", "schedule": "shop-primary", "actor": "sam"})
    assert asked("/roles/withdraw", {"request": 2, "actor": "sam"})["requests"] == []
    ticked = asked("/roles/duties", {"role": "commander", "duty": "Decision making authority", "actor": "sam"})
    assert [duty["done"] for duty in ticked["items"][0]["duties"]] == [False, True, False]


def test_people_join_and_leave(asked):
    asked("/roles", {"role": "expert", "domain": "database", "actor": "carol"})
    found = asked("/participants", {"actor": "sam"})["items"]
    assert found == [{"person": "carol", "roles": ["expert"]}, {"person": "sam", "roles": []}]
    assert [one["person"] for one in asked("/participants/leave", {"actor": "carol"})["items"]] == ["sam"]
    assert asked("/participants")["items"] == [{"person": "sam", "roles": []}]


def test_a_message_is_drafted_saved_and_sent(asked, night: SampleIncidents):
    draft = asked("/communications/draft", kind="initial")
    assert draft["missing"] == ["commander"]
    assert draft["text"].startswith("🚨 INCIDENT ALERT 🚨\n\nIncident ID: INC-")
    saved = asked(
        "/communications/draft",
        {"kind": "initial", "fields": {"impact": "One in ten fails"}, "version": 0, "actor": "bea"},
    )
    assert (saved["version"], saved["saved_by"]) == (1, "bea")
    late = asked("/communications/draft", {"kind": "initial", "fields": {"impact": "No"}, "version": 0}, 422)
    assert "bea has changed this draft" in late["detail"]
    body = {"kind": "initial", "fields": {"eta": "30m"}, "version": 1, "actor": "bea"}
    assert "placeholders: Incident Commander" in asked("/communications", body, 422)["detail"]
    sent = asked("/communications", {**body, "fields": {"eta": "30m", "commander": "ana"}})
    [message] = sent["items"]
    assert "- One in ten fails" in message["text"].split("\n")
    assert (message["told"], message["delivered"], message["audiences"]) == (
        3,
        3,
        ["chat", "Executives", "Subscribers"],
    )
    assert sent["promise"]["overdue"] is False
    moved = asked("/communications/promise", {"at": "2h", "why": "the vendor calls", "actor": "bea"})
    assert moved["promise"]["due"] > sent["promise"]["due"]


def test_an_idempotency_key_sends_once(client: TestClient, api: str, night: SampleIncidents):
    address = f"/api/v1/incidents/{api}/communications"
    body = {"kind": "initial", "fields": {"commander": "ana"}, "version": 0, "actor": "bea"}
    for _ in range(2):
        answer = client.post(address, json=body, headers={"idempotency-key": "one"})
        assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == 1
    assert client.post(address, json=body).status_code == 422, "without the key it is the older version"


def test_what_became_of_each_delivery_is_told(asked, night: SampleIncidents, api: str):
    a_team_at_work(night)
    counts = [(one["kind"], one["told"], one["delivered"], one["failed"]) for one in asked("/communications")["items"]]
    assert counts == [("initial", 5, 5, 0), ("update", 5, 4, 1)]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "farewell", "fields": {}, "version": 0},
        {"kind": "initial", "fields": {"impact": "x" * 2001}, "version": 0},
        {"kind": "initial", "fields": {"impact": "x\0"}, "version": 0},
        {"kind": "initial", "fields": {"root_cause": "x"}, "version": 0},
        {"kind": "initial", "fields": {}, "version": -1},
        {"kind": "initial", "fields": {}, "version": 0, "audiences": ["target:nowhere"]},
        {"kind": "initial", "fields": {"eta": "yesterday"}, "version": 0},
    ],
)
def test_what_is_no_message_is_refused_whole(asked, night: SampleIncidents, api: str, body: dict[str, Any]):
    before = list(night.entries[api])
    asked("/communications", {**body, "confirmed": True}, 422)
    assert night.entries[api] == before


def test_subscriptions_are_made_listed_and_ended(client: TestClient):
    described = client.get("/openapi.json").json()
    path = "/api/v1/subscriptions"
    body = {
        "services": ["api"],
        "at_least": "P1",
        "messages": ["initial"],
        "target": "mail",
        "address": "ana@example.org",
    }
    made = client.post(path, json={**body, "actor": "ana"})
    assert made.status_code == 201, made.text
    check(described, path, made, "post")
    listed = client.get(path, params={"person": "ana"})
    check(described, path, listed)
    assert [one["id"] for one in listed.json()["items"]] == [made.json()["id"]]
    ended = client.delete(f"{path}/{made.json()['id']}")
    check(described, path + "/{subscription}", ended, "delete")
    assert client.get(path, params={"person": "ana"}).json()["items"] == []
    assert client.delete(f"{path}/{made.json()['id']}").status_code == 404
    wrong = client.post(path, json={**body, "address": "ana@example.org\r\nBcc: all@example.org", "actor": "ana"})
    assert wrong.status_code == 422


def test_who_looks_is_not_told_how_to_end_what_others_subscribed_to(night: SampleIncidents):
    viewer = Principal("eve", Kind.USER, (Grant(AccessRole.VIEWER),))
    with acting_as(viewer):
        [item] = TestClient(application(SampleReliability(), None, night)).get("/api/v1/subscriptions").json()["items"]
    assert (item["person"], item["id"]) == ("erin", "")
    with acting_as(Principal("erin", Kind.USER, (Grant(AccessRole.VIEWER),))):
        [item] = TestClient(application(SampleReliability(), None, night)).get("/api/v1/subscriptions").json()["items"]
    assert item["id"] == SUBSCRIPTION
