"""The addresses that take alerts: answered after the commit, in the sender's own form, whatever is sent."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Message

from covet_sre.alerting.labels import fingerprint
from covet_sre.api.hooks import HOOKS
from covet_sre.api.hooks.body import MIB, Room
from covet_sre.errors import StoreBusy, StoreError, StoreFull
from covet_sre.integrations.arriving import GLANCES, READERS
from tests.arriving.deliveries import START, written
from tests.arriving.house import DeskInMemory, application
from tests.arriving.test_formats import CLOUD, EVENT, FIRING, GRAFANA, GROUP, OVER

PATHS = [hook.path for hook in HOOKS]
ALERT = {"labels": {"alertname": "A", "service": "api"}}

GOOD = {
    "/api/v2/alerts": [ALERT],
    "/hooks/alertmanager": GROUP,
    "/hooks/grafana": GRAFANA,
    "/hooks/pagerduty/v2/enqueue": EVENT,
    "/hooks/cloudevents": CLOUD,
    "/hooks/alerts": {"name": "A"},
}
HEADERS = {"/hooks/cloudevents": {"content-type": "application/cloudevents+json"}}


# The same at each collection: without the time at which it was packed.
PACKED = gzip.compress(b'{"name": "A"}', mtime=0)


@pytest.fixture
def desk() -> DeskInMemory:
    return DeskInMemory()


@pytest.fixture
def client(desk: DeskInMemory) -> TestClient:
    return TestClient(application(desk))


def post(client: TestClient, path: str, document: Any = None, **more: Any) -> Any:
    headers = {**HEADERS.get(path, {}), **more.pop("headers", {})}
    content = more.pop("content", None)
    body = json.dumps(GOOD[path] if document is None else document).encode() if content is None else content
    return client.post(path, content=body, headers=headers)


def test_there_is_a_reader_for_every_hook() -> None:
    assert {hook.source for hook in HOOKS} == set(READERS)
    assert set(GOOD) == set(PATHS)


# ---------------------------------------------------------------- what is answered


@pytest.mark.parametrize("path", PATHS)
def test_what_is_good_is_kept_as_it_came(desk: DeskInMemory, client: TestClient, path: str) -> None:
    answer = post(client, path)
    assert answer.is_success
    (arrival,) = desk.arrivals_kept
    assert json.loads(arrival.body) == GOOD[path]
    assert arrival.actor == "testclient"


def test_alertmanagers_api_answers_nothing(client: TestClient) -> None:
    answer = post(client, "/api/v2/alerts")
    assert (answer.status_code, answer.content) == (200, b"")


def test_pagerdutys_answer_tells_the_key(client: TestClient) -> None:
    answer = post(client, "/hooks/pagerduty/v2/enqueue")
    assert answer.status_code == 202
    assert answer.json() == {"status": "success", "message": "Event processed", "dedup_key": "disk/db-1"}
    keyless = {name: value for name, value in EVENT.items() if name != "dedup_key"}
    assert len(post(client, "/hooks/pagerduty/v2/enqueue", keyless).json()["dedup_key"]) == 32


def test_pagerdutys_refusal_tells_the_fields(client: TestClient) -> None:
    answer = post(client, "/hooks/pagerduty/v2/enqueue", {**EVENT, "event_action": "shout"})
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": ["event_action: this must be trigger, acknowledge or resolve"],
    }


def test_a_webhook_is_told_what_was_kept(client: TestClient) -> None:
    answer = post(client, "/hooks/alertmanager")
    assert answer.json() == {"status": "accepted", "alerts": 2, "refused": []}


def test_a_webhook_with_a_bad_alert_is_taken_and_told(desk: DeskInMemory, client: TestClient) -> None:
    answer = post(client, "/hooks/alertmanager", {**GROUP, "alerts": [FIRING, {**OVER, "status": "odd"}]})
    assert answer.status_code == 200
    refused = ["alerts[1].status: this must be firing or resolved"]
    assert answer.json() == {"status": "accepted", "alerts": 1, "refused": refused}
    desk.turn()
    assert desk.refusals == refused
    assert len(desk.desk.alerts) == 1


def test_alertmanagers_api_keeps_the_valid_alerts_of_a_request_that_it_refuses(
    desk: DeskInMemory, client: TestClient
) -> None:
    answer = post(client, "/api/v2/alerts", [{"labels": {}}, ALERT])
    assert answer.status_code == 400
    assert answer.json() == "[0].labels: an alert needs at least one label with a value"
    desk.turn()
    assert [dict(alert.labels) for alert in desk.desk.alerts.values()] == [ALERT["labels"]]


def test_where_nothing_is_good_nothing_is_kept(desk: DeskInMemory, client: TestClient) -> None:
    answer = post(client, "/hooks/alertmanager", {"alerts": [{}, 7]})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "refused"
    assert (
        answer.json()["detail"] == "alerts[0].labels: labels must be an object; alerts[1]: an alert must be an object"
    )
    assert not desk.arrivals_kept


def test_what_is_no_json_is_told_where(client: TestClient) -> None:
    answer = post(client, "/hooks/alerts", content=b'{"name": }')
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("line 1, column 10: this is no JSON")


def test_an_empty_list_is_fine_and_nothing_is_kept(desk: DeskInMemory, client: TestClient) -> None:
    assert post(client, "/api/v2/alerts", []).status_code == 200
    assert post(client, "/hooks/alertmanager", {**GROUP, "alerts": []}).status_code == 200
    assert not desk.arrivals_kept


@pytest.mark.parametrize("path", PATHS)
def test_a_get_changes_nothing(desk: DeskInMemory, client: TestClient, path: str) -> None:
    assert client.get(path).status_code == (200 if path == "/api/v2/alerts" else 405)
    assert not desk.arrivals_kept


def test_an_event_without_its_headers_is_refused_and_with_them_is_noted(desk: DeskInMemory, client: TestClient) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "t", "x-other": "no"}
    assert (
        post(client, "/hooks/cloudevents", {"service": "api"}, headers={"content-type": "text/plain"}).status_code
        == 400
    )
    answer = client.post("/hooks/cloudevents", json={"service": "api"}, headers=headers)
    assert answer.status_code == 200
    (arrival,) = desk.arrivals_kept
    assert json.loads(arrival.note) == {
        "content-type": "application/json",
        **{name: value for name, value in headers.items() if name != "x-other"},
    }


# ---------------------------------------------------------------- what cannot be kept


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("error", [StoreBusy("many wait"), StoreError("broken"), StoreFull("no space")])
@pytest.mark.parametrize("when", ["broken", "breaks_later"])
def test_what_is_not_committed_is_asked_for_again(
    desk: DeskInMemory, client: TestClient, path: str, error: Exception, when: str
) -> None:
    setattr(desk, when, error)
    answer = post(client, path)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 5
    assert str(error) in answer.text
    assert not desk.arrivals_kept


def test_a_commit_that_takes_too_long_is_asked_for_again(desk: DeskInMemory) -> None:
    desk.slow = True
    answer = post(TestClient(application(desk, patience_seconds=0.05)), "/hooks/alerts")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_too_much_at_once_is_asked_for_again(desk: DeskInMemory) -> None:
    room = Room(100)
    client = TestClient(application(desk, room=room))
    assert post(client, "/hooks/alerts").status_code == 200
    answer = post(client, "/hooks/alerts", {"name": "A" * 100})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert room.held == 0
    assert post(client, "/hooks/alerts").status_code == 200


# ---------------------------------------------------------------- secrets


def test_a_secret_that_is_set_must_be_shown(desk: DeskInMemory) -> None:
    client = TestClient(application(desk, secrets={"alertmanager": "s3cret"}))
    for headers in (
        {},
        {"authorization": "Bearer other"},
        {"authorization": "Basic s3cret"},
        {"authorization": "s3cret"},
    ):
        answer = post(client, "/hooks/alertmanager", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "s3cret" not in answer.text
    assert not desk.arrivals_kept
    assert post(client, "/hooks/alertmanager", headers={"authorization": "bearer s3cret"}).status_code == 200
    assert post(client, "/hooks/grafana").status_code == 200


def test_pagerdutys_routing_key_is_a_secret_too(desk: DeskInMemory) -> None:
    client = TestClient(application(desk, secrets={"pagerduty": str(EVENT["routing_key"])}))
    assert post(client, "/hooks/pagerduty/v2/enqueue", {**EVENT, "routing_key": "f" * 32}).status_code == 401
    assert not desk.arrivals_kept
    assert post(client, "/hooks/pagerduty/v2/enqueue").status_code == 202


def test_the_secret_of_prometheus_guards_alertmanagers_api(desk: DeskInMemory) -> None:
    client = TestClient(application(desk, secrets={"prometheus": "s3cret"}))
    shown = {"authorization": "Bearer s3cret"}
    for path in ("/api/v2/alerts", "/api/v2/silences", "/api/v2/status"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=shown).status_code == 200
    assert post(client, "/api/v2/alerts").status_code == 401
    assert post(client, "/api/v2/alerts", headers=shown).status_code == 200


# ---------------------------------------------------------------- size, depth, packing


@pytest.mark.parametrize("hook", HOOKS, ids=PATHS)
def test_a_body_that_is_too_large_is_refused(desk: DeskInMemory, client: TestClient, hook: Any) -> None:
    answer = client.post(hook.path, content=b" " * (hook.most_bytes + 1))
    assert answer.status_code == 413

    def pieces() -> Any:
        for _ in range(hook.most_bytes // 65536 + 1):
            yield b" " * 65536

    assert client.post(hook.path, content=pieces()).status_code == 413
    assert not desk.arrivals_kept


def asked(app: Any, path: str, pieces: list[Message], headers: dict[str, str] | None = None) -> tuple[int, int]:
    """The status, and how many pieces were taken, of a request whose body comes in pieces; it never ends by itself."""
    taken = 0
    status = 0

    async def receive() -> Message:
        nonlocal taken
        if taken == len(pieces):
            await asyncio.sleep(3600)
        taken += 1
        return pieces[taken - 1]

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "POST", "path": path, "headers": raw, "query_string": b"", "root_path": ""}
    asyncio.run(app(scope, receive, send))
    return status, taken


def piece(content: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


@pytest.mark.parametrize("path", PATHS)
def test_a_body_without_an_end_takes_no_more_memory_than_it_may(desk: DeskInMemory, path: str) -> None:
    app = application(desk)
    endless = [piece(b" " * MIB)] * 100
    tracemalloc.start()
    status, taken = asked(app, path, endless)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (status, taken <= 9) == (413, True)
    assert peak < 4 * MIB  # The pieces are one object here.


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_trickles_is_given_up(desk: DeskInMemory, path: str) -> None:
    app = application(desk, patience_seconds=0.05)
    assert asked(app, path, [piece(b"[")] * 3) == (408, 3)
    assert asked(app, path, []) == (408, 0)


def test_a_sender_that_goes_away_leaves_nothing(desk: DeskInMemory) -> None:
    body = json.dumps([ALERT]).encode()
    assert asked(application(desk), "/api/v2/alerts", [piece(body), {"type": "http.disconnect"}])[0] == 400
    assert not desk.arrivals_kept


def test_a_length_that_is_told_as_too_large_is_refused_before_anything_is_read(desk: DeskInMemory) -> None:
    status, taken = asked(application(desk), "/hooks/alerts", [piece(b"{}")] * 9, {"content-length": "999999999999"})
    assert (status, taken) == (413, 0)


@pytest.mark.parametrize("path", PATHS)
def test_a_packed_body_is_unpacked(desk: DeskInMemory, client: TestClient, path: str) -> None:
    packed = gzip.compress(json.dumps(GOOD[path]).encode())
    assert post(client, path, content=packed, headers={"content-encoding": "gzip"}).is_success
    (arrival,) = desk.arrivals_kept
    assert json.loads(arrival.body) == GOOD[path]


def test_many_alerts_that_pack_well_are_no_bomb(client: TestClient) -> None:
    packed = gzip.compress(json.dumps([{"labels": {"alertname": "A", "n": str(n)}} for n in range(2000)]).encode())
    assert post(client, "/api/v2/alerts", content=packed, headers={"content-encoding": "gzip"}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_bomb_is_refused_in_little_memory(desk: DeskInMemory, path: str) -> None:
    machine = zlib.compressobj(9, wbits=31)
    bomb = b"".join(machine.compress(b" " * MIB) for _ in range(512)) + machine.flush()
    assert len(bomb) < MIB
    app = application(desk)
    tracemalloc.start()
    status, _ = asked(app, path, [piece(bomb, more=False)], {"content-encoding": "gzip"})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert status == 413
    assert peak < 20 * MIB
    assert not desk.arrivals_kept


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (b"{}", "gzip", 400),
        (PACKED[:-4], "gzip", 400),
        (PACKED + b"more", "gzip", 400),
        (PACKED * 2, "gzip", 400),
        (b"{}", "br", 415),
        (b"{}", "gzip, gzip", 415),
        (b'{"name": "A"}', "identity", 200),
    ],
)
def test_odd_packing_is_refused(client: TestClient, content: bytes, encoding: str, status: int) -> None:
    assert post(client, "/hooks/alerts", content=content, headers={"content-encoding": encoding}).status_code == status


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("depth", [33, 900, 100_000, 400_000])
@pytest.mark.parametrize("pair", [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused(client: TestClient, path: str, depth: int, pair: tuple[bytes, bytes]) -> None:
    body = pair[0] * depth + b"1" + pair[1] * depth
    assert post(client, path, content=body).status_code in (400, 413)


def test_ten_thousand_alerts_are_taken_and_one_more_is_not(desk: DeskInMemory, client: TestClient) -> None:
    alerts = [{"labels": {"alertname": "A", "n": str(n)}} for n in range(10_001)]
    assert post(client, "/api/v2/alerts", alerts).status_code == 400
    assert not desk.arrivals_kept
    assert post(client, "/api/v2/alerts", alerts[1:]).status_code == 200


# ---------------------------------------------------------------- anything at all

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=20),
    st.sampled_from(
        ["firing", "resolved", "trigger", "1.0", "2026-11-18T11:00:00Z", "0001-01-01T00:00:00Z", "critical"]
    ),
)
NAMES = st.sampled_from(
    [
        *(
            "alerts",
            "labels",
            "annotations",
            "status",
            "startsAt",
            "endsAt",
            "generatorURL",
            "alertname",
            "truncatedAlerts",
        ),
        *("event_action", "payload", "dedup_key", "summary", "source", "severity", "custom_details", "links"),
        *("specversion", "id", "type", "time", "data", "data_base64", "name", "key", "link"),
    ]
)
LABELS = st.dictionaries(
    NAMES | st.just("a" * 257), st.sampled_from(["", "api", "\ud800", "\x00", "x" * 4097]), max_size=3
)
TIMES = st.sampled_from(["", "0001-01-01T00:00:00Z", written(START), written(START + 60), "2026-02-30T00:00:00Z", "x"])
ALERTS = st.lists(st.fixed_dictionaries({}, optional={"labels": LABELS, "startsAt": TIMES, "endsAt": TIMES}))
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=6),
    max_leaves=30,
)
CONTENTS = ANYTHING.map(
    lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
) | st.binary(max_size=200)
ESCAPED = ANYTHING.map(lambda value: json.dumps(value).encode())


@st.composite
def nearly_good(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good request of which one part, however deep, is something else."""
    path = draw(st.sampled_from(PATHS))
    document = json.loads(json.dumps([GOOD[path]]))
    parent, place = document, 0
    while isinstance(parent[place], dict | list) and parent[place] and draw(st.integers(0, 3)):
        parent = parent[place]
        place = draw(st.sampled_from(sorted(parent) if isinstance(parent, dict) else range(len(parent))))
    parent[place] = draw(ANYTHING)
    return path, json.dumps(document[0], ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@settings(max_examples=400, deadline=None)
@given(
    nearly_good(), st.lists(st.fixed_dictionaries({}, optional={"labels": LABELS, "startsAt": TIMES, "endsAt": TIMES}))
)
def test_what_is_taken_at_a_glance_is_read_whole(request: tuple[str, bytes], alerts: list[Any]) -> None:
    path, content = request
    source = next(hook.source for hook in HOOKS if hook.path == path)
    for sent, body in ((source, content), ("prometheus", json.dumps(alerts).encode())):
        glance = GLANCES.get(sent)
        if glance is not None and glance(body, START):
            read = READERS[sent](body, "", START, fingerprint)
            assert read.reports
            assert not read.refused


def test_a_usual_request_is_taken_at_a_glance() -> None:
    alert = {**ALERT, "annotations": {"summary": "ü"}, "startsAt": written(START), "generatorURL": "http://p"}
    assert GLANCES["prometheus"](json.dumps([alert, ALERT]).encode(), START)
    assert not GLANCES["prometheus"](json.dumps([alert, {"labels": {"a": ""}}]).encode(), START)


@settings(max_examples=600, deadline=None)
@given(st.tuples(st.sampled_from(PATHS), CONTENTS | ESCAPED) | nearly_good())
def test_anything_is_kept_whole_or_refused_whole(request: tuple[str, bytes]) -> None:
    path, content = request
    desk = DeskInMemory()
    answer = post(TestClient(application(desk)), path, content=content)
    assert answer.status_code in (200, 202, 400)
    kept = len(desk.arrivals_kept)
    desk.turn()  # What was kept can be read, and decided about.
    if answer.is_success:
        assert kept == 1 or not desk.desk.alerts
    else:
        # Only Alertmanager's API refuses and keeps: the valid ones of several.
        assert kept == 0 or (path == "/api/v2/alerts" and desk.desk.alerts)
    for alert in desk.desk.alerts.values():
        for name, value in (*alert.labels, *alert.annotations):
            assert "\x00" not in name + value
            (name + value).encode()
