"""The HTTP API against its own description, and against what the pages show."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.web.house import application
from tests.web.sample import SampleReliability

from covet_sre.api.cursors import page_after
from covet_sre.budget.adjustment import Adjustment
from covet_sre.budget.status import State
from covet_sre.errors import Refused, StoreFull
from covet_sre.flows.reading import AdjustmentRequest
from covet_sre.web import words

BODY = {
    "kind": "exclude",
    "start": "2026-11-17T10:00:00Z",
    "end": "2026-11-20T11:00:00+00:00",
    "author": "mara",
    "reason": "Moving house",
}
ADJUSTMENTS = "/api/v1/slos/api-availability/adjustments"


@pytest.fixture
def sample() -> SampleReliability:
    return SampleReliability()


@pytest.fixture
def client(sample: SampleReliability) -> TestClient:
    return TestClient(application(sample))


@pytest.fixture
def described(client: TestClient) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def check(described: dict[str, Any], path: str, answer: Response, method: str = "get") -> None:
    """The answer is one that OpenAPI promises, to the letter: status, media type and body."""
    promised = described["paths"][path][method]["responses"]
    assert str(answer.status_code) in promised, answer.text
    media = answer.headers["content-type"]
    content = promised[str(answer.status_code)]["content"]
    assert media in content
    schema = {**content[media]["schema"], "components": described["components"]}
    Draft202012Validator(schema).validate(answer.json())


def walk(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for each in schema.values():
            yield from walk(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from walk(each)


GETS = {
    "/api/v1/services": ["", "?limit=2"],
    "/api/v1/slos": ["", "?limit=4", "?state=no_data", "?service=api", "?limit=0", "?state=green", "?cursor=%C3%A9"],
    "/api/v1/slos/{name}": ["api-availability", "search-latency", "checkout-availability", "nope"],
    "/api/v1/slos/{name}/history": [
        "api-latency",
        "api-latency?points=1",
        "checkout-availability?start=2026-11-23T08:00:00Z&end=2026-11-23T09:40:00Z",
        "api-latency?start=2026-11-24T08:00:00Z",
        "api-latency?start=0001-01-01T00:00:00Z",
        "api-latency?points=0",
        "nope",
    ],
    "/api/v1/slos/{name}/minutes": [
        "api-availability?start=2026-11-23T08:00:00Z&end=2026-11-23T09:00:00Z",
        "api-availability?start=2026-11-01T00:00:00Z&end=2026-11-09T00:00:00Z",
        "api-availability?start=2026-11-23T09:00:00Z&end=2026-11-23T09:00:00Z",
        "api-availability?start=yesterday&end=2026-11-23T09:00:00Z",
        "api-availability",
        "nope?start=2026-11-23T08:00:00Z&end=2026-11-23T09:00:00Z",
    ],
    "/api/v1/slos/{name}/adjustments": ["api-availability", "nope"],
    "/api/v1/alerts": ["", "?recent=0", "?recent=-1"],
    "/api/v1/sources": [""],
}


@pytest.mark.parametrize("path", GETS)
def test_what_is_answered_is_what_openapi_promises(client: TestClient, described: dict[str, Any], path: str):
    for ending in GETS[path]:
        name, _, query = ending.partition("?")
        address = path.replace("{name}", name) + (f"?{query}" if query else "")
        check(described, path, client.get(address))


def test_every_address_that_reads_is_tried_above(described: dict[str, Any]):
    assert {path for path, operations in described["paths"].items() if "get" in operations} == set(GETS)


def test_models_promise_every_field_and_no_more_than_json(described: dict[str, Any]):
    for name in ("SloItem", "SloDetail", "BudgetItem", "AlertItem", "SourceItem"):
        schema = described["components"]["schemas"][name]
        assert set(schema["required"]) == set(schema["properties"])
    assert all("prefixItems" not in each for each in walk(described["components"]))


def test_the_list_has_one_item_for_each_objective_as_the_contract_says(sample: SampleReliability, client: TestClient):
    answer = client.get("/api/v1/slos").json()
    assert set(answer) == {"items", "next"}
    assert answer["next"] is None
    by_name = {item["name"]: item for item in answer["items"]}
    statuses = {status.objective.name: status for status in sample.statuses()}
    assert set(by_name) == set(statuses)
    for name, status in statuses.items():
        item = by_name[name]
        assert item["service"] == status.objective.service
        assert item["objective"] == float(status.objective.target)
        assert item["sli"] == status.sli
        assert item["state"] == status.state.value
        assert item["budget"]["remaining"] == (None if status.budget is None else status.budget.remaining)
    assert {item["state"] for item in by_name.values()} == {state.value for state in State}


def test_what_is_not_measured_is_null_and_has_a_cause_and_a_remedy(client: TestClient):
    wrong = client.get("/api/v1/slos/search-latency").json()
    assert (wrong["sli"], wrong["budget"]["remaining"], wrong["forecast"]) == (None, None, None)
    assert wrong["burn"] == {"rate": None, "word": None}
    assert wrong["cause"]
    assert wrong["remedy"]
    silent = client.get("/api/v1/slos/checkout-availability").json()
    assert silent["burn"]["word"] is None
    assert {alert["word"] for alert in silent["alerts"]} == {None}


def test_list_detail_and_page_say_the_same(client: TestClient):
    for item in client.get("/api/v1/slos").json()["items"]:
        detail = client.get(f"/api/v1/slos/{item['name']}").json()
        assert {name: detail[name] for name in item} == item
        page = client.get(f"/slos/{item['name']}").text
        assert f'<p class="tile-value">{words.share(item["budget"]["remaining"])}</p>' in page
        assert f'<p class="tile-value">{words.good_share(item["sli"])}</p>' in page


@settings(max_examples=12, deadline=None)
@given(limit=st.integers(1, 12))
def test_pages_of_any_size_make_up_the_whole(limit: int):
    client = TestClient(application(SampleReliability()))
    names: list[str] = []
    cursor = ""
    for _ in range(20):
        answer = client.get("/api/v1/slos", params={"limit": limit, "cursor": cursor}).json()
        assert len(answer["items"]) <= limit
        names += [item["name"] for item in answer["items"]]
        if answer["next"] is None:
            break
        cursor = answer["next"]
    assert names == sorted(names)
    assert len(names) == 9


@given(st.lists(st.text(), unique=True), st.integers(1, 5))
def test_a_cursor_survives_any_name(names: list[str], limit: int):
    rows = [(name, name) for name in sorted(names)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        shown, cursor = page_after(rows, cursor, limit)
        seen += shown
    # Lone surrogates cannot come from UTF-8 files, and hypothesis' text() has none.
    assert seen == sorted(names)


def test_a_cursor_of_somebody_else_is_refused():
    with pytest.raises(Refused):
        page_after([("a", 1)], "!!!", 1)


def test_minutes_add_up_to_the_history_and_are_of_a_week_at_most(client: TestClient):
    asked = {"start": "2026-11-23T08:00:00Z", "end": "2026-11-23T09:00:00Z"}
    answer = client.get("/api/v1/slos/api-availability/minutes", params=asked).json()
    history = client.get("/api/v1/slos/api-availability/history", params={**asked, "points": 60}).json()["items"]
    [stream] = answer["streams"]
    assert stream["minutes"] == list(range(60))
    assert stream["bad"] == [item["bad"] for item in history]
    assert stream["total"] == [item["total"] for item in history]
    long = client.get("/api/v1/slos/api-availability/minutes", params={**asked, "start": "2026-11-01T00:00:00Z"})
    assert long.status_code == 422
    assert "7 days" in long.json()["detail"]


def test_history_adds_up_to_the_windows(client: TestClient):
    detail = client.get("/api/v1/slos/api-availability").json()
    hour = next(window for window in detail["windows"] if window["minutes"] == 60)
    end, start = detail["counted_until"], "2026-11-23T08:40:00Z"
    history = client.get(
        "/api/v1/slos/api-availability/history", params={"start": start, "end": end, "points": 7}
    ).json()
    assert sum(item["total"] for item in history["items"]) == hour["total"]
    assert sum(item["bad"] for item in history["items"]) == hour["bad"]


def test_unknown_minutes_have_no_share(client: TestClient):
    items = client.get(
        "/api/v1/slos/checkout-availability/history", params={"start": "2026-11-23T08:40:00Z", "points": 6}
    ).json()["items"]
    assert items[-1]["known"] == 0
    assert items[-1]["good_share"] is None
    assert items[0]["known"] == 1


def test_an_adjustment_is_made_listed_and_revoked(client: TestClient, described: dict[str, Any]):
    made = client.post(ADJUSTMENTS, json=BODY)
    check(described, "/api/v1/slos/{name}/adjustments", made, "post")
    assert made.status_code == 201
    assert made.json()["end"] == "2026-11-20T11:00:00Z"
    listed = client.get(ADJUSTMENTS)
    check(described, "/api/v1/slos/{name}/adjustments", listed)
    assert listed.json()["items"] == [made.json()]
    item = client.get("/api/v1/slos/api-availability").json()["budget"]
    assert item["remaining"] > item["remaining_without_adjustments"]
    address = f"{ADJUSTMENTS}/{made.json()['id']}"
    assert client.delete(address).status_code == 422
    said = {"author": "jo", "reason": "it was not done"}
    elsewhere = address.replace("api-availability", "api-latency")
    assert client.delete(elsewhere, params=said).status_code == 404
    gone = client.delete(address, params=said)
    check(described, "/api/v1/slos/{name}/adjustments/{identity}", gone, "delete")
    assert gone.json()["applies"] is False
    again = client.delete(address, params=said)
    check(described, "/api/v1/slos/{name}/adjustments/{identity}", again, "delete")
    assert again.status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"end": BODY["start"]},
        {"author": ""},
        {"reason": " "},
        {"kind": "delete"},
        {"bad": 1},
        {"kind": "correct"},
        {"start": "yesterday"},
        {"start": "1000-01-01T00:00:00Z"},
        {"unknown": 1},
        {"bad": 2**60, "kind": "correct"},
    ],
)
def test_an_adjustment_that_cannot_be_meant_changes_nothing(
    sample: SampleReliability, client: TestClient, described: dict[str, Any], change: dict[str, Any]
):
    answer = client.post(ADJUSTMENTS, json={**BODY, **change})
    assert answer.status_code == 422
    check(described, "/api/v1/slos/{name}/adjustments", answer, "post")
    assert sample.known_adjustments == []


def test_the_same_key_adjusts_once_and_another_request_under_it_is_a_conflict(
    sample: SampleReliability, client: TestClient, described: dict[str, Any]
):
    key = {"idempotency-key": "a-1"}
    first, second = client.post(ADJUSTMENTS, json=BODY, headers=key), client.post(ADJUSTMENTS, json=BODY, headers=key)
    assert first.json() == second.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    other = client.post(ADJUSTMENTS, json={**BODY, "reason": "another"}, headers=key)
    check(described, "/api/v1/slos/{name}/adjustments", other, "post")
    assert other.status_code == 409
    assert len(sample.known_adjustments) == 1
    client.post(ADJUSTMENTS, json=BODY)
    assert len(sample.known_adjustments) == 2


def test_equal_requests_at_the_same_time_adjust_once(sample: SampleReliability, client: TestClient):
    start = threading.Barrier(8)

    def post() -> None:
        start.wait()
        client.post(ADJUSTMENTS, json=BODY, headers={"idempotency-key": "a-2"})

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sample.known_adjustments) == 1


def test_a_failed_attempt_leaves_its_key_free(sample: SampleReliability, client: TestClient):
    adjust = sample.adjust

    def full(request: AdjustmentRequest) -> Adjustment:
        raise StoreFull("no space left on the device", remedy="free some space")

    key = {"idempotency-key": "a-3"}
    sample.adjust = full  # type: ignore[method-assign]
    failed = client.post(ADJUSTMENTS, json=BODY, headers=key)
    assert (failed.status_code, failed.json()["code"], failed.json()["remedy"]) == (
        503,
        "store-full",
        "free some space",
    )
    sample.adjust = adjust  # type: ignore[method-assign]
    assert client.post(ADJUSTMENTS, json=BODY, headers=key).status_code == 201


def test_getting_changes_nothing(sample: SampleReliability, client: TestClient):
    before = (sample.number, list(sample.known_adjustments))
    for path, endings in GETS.items():
        client.get(path.replace("{name}", endings[0].partition("?")[0]))
    assert (sample.number, sample.known_adjustments) == before


def test_a_wrong_address_or_method_is_a_problem_too(client: TestClient):
    for answer, status in (
        (client.get("/api/v1/nope"), 404),
        (client.put("/api/v1/slos"), 405),
        (client.post(ADJUSTMENTS, content=b"{", headers={"content-type": "application/json"}), 422),
    ):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
