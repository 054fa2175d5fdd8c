"""Every request has an id, which its answer, its problem and its log lines carry; counted by the route's template."""

import asyncio
import io
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.app import Server, Settings, start_logging
from covet_sre.app.requests import NO_ANSWER, UNMATCHED, Requests, request_id

ROOT = Path(__file__).resolve().parent.parent.parent
TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    files = ROOT / "examples/covetpy/reliability"
    made = Server(Settings((files,), f"sqlite:///{folder / 'test.db'}", log_requests="all"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(server: Server) -> TestClient:
    return TestClient(server.application, base_url="http://127.0.0.1")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    before, file = structlog.get_config(), io.StringIO()
    start_logging(file=file)
    yield file
    structlog.configure(**before)


def test_an_id_that_the_sender_gives_comes_back_in_header_problem_and_log(
    client: TestClient, lines: io.StringIO
) -> None:
    answer = client.get("/api/v1/slos/nothing", headers={"x-request-id": "deploy-4711.a_b"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "deploy-4711.a_b"
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(one["event"], one["route"], one["status"], one["request_id"]) for one in logged] == [
        ("request", "/api/v1/slos/{name}", 404, "deploy-4711.a_b")
    ]


def test_the_trace_of_a_traceparent_is_the_id(client: TestClient) -> None:
    answer = client.get("/healthz", headers={"traceparent": TRACE.decode()})
    assert answer.headers["x-request-id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_without_one_each_request_gets_another(client: TestClient) -> None:
    given = {client.get("/healthz").headers["x-request-id"] for _ in range(20)}
    assert len(given) == 20
    assert all(re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", one) for one in given)


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/nothing", "/nothing", "/hooks/alerts", "/metrics", "/static/missing.css", "/sign-in"]
)
def test_every_kind_of_answer_carries_it(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"x-request-id": "a"}).headers["x-request-id"] == "a"
    assert client.post(path, headers={"x-request-id": "a"}).headers["x-request-id"] == "a"
    refused = client.get(path, headers={"x-request-id": "a", "host": "evil.example"})
    assert (refused.status_code, refused.headers["x-request-id"]) == (421, "a")


@given(st.binary(max_size=80))
def test_what_is_not_well_formed_is_no_id(content: bytes) -> None:
    found = request_id([(b"x-request-id", content), (b"traceparent", content)])
    assert set(found) <= set(string.ascii_letters + string.digits + "._-")
    assert len(found) <= 64


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-request-id", b"a\r\nset-cookie: x")],
        [(b"x-request-id", b"a"), (b"x-request-id", b"b")],
        [(b"x-request-id", b"a" * 65)],
        [(b"traceparent", b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01")],
        [(b"traceparent", TRACE.upper())],
        [(b"traceparent", TRACE), (b"traceparent", TRACE)],
    ],
)
def test_a_header_that_could_be_anything_else_is_passed_over(headers: list[tuple[bytes, bytes]]) -> None:
    assert request_id(headers) == ""


def test_an_address_with_a_secret_in_it_is_not_logged(client: TestClient, lines: io.StringIO) -> None:
    client.get("/ack/canary-2e74d10e9c6b", params={"q": "canary-2e74d10e9c6b"})
    client.get("/nothing/canary-2e74d10e9c6b")
    assert "/ack/{token}" in lines.getvalue()
    assert f'"{UNMATCHED}"' in lines.getvalue()
    assert "canary" not in lines.getvalue()


def test_requests_are_counted_by_template_and_status(server: Server, client: TestClient) -> None:
    before = server.requests.doings().requests
    for number in range(50):
        client.get(f"/api/v1/incidents/INC-2026-1126-{number:03}")
        client.get(f"/made-up/{number}")
        client.request("BREW", "/")
    client.post("/hooks/alerts", content=b'[{"labels": {"alertname": "a"}}]')
    client.post("/hooks/alerts", content=b"[")
    after = server.requests.doings().requests
    new = {key: number - before.get(key, 0) for key, number in after.items() if number != before.get(key, 0)}
    assert new.pop(("other", UNMATCHED, 403), 0) + sum(new.pop(key) for key in list(new) if key[0] == "other") == 50
    assert new == {
        ("GET", "/api/v1/incidents/{identity}", 404): 50,
        ("GET", UNMATCHED, 404): 50,
        ("POST", "/hooks/alerts", 200): 1,
        ("POST", "/hooks/alerts", 400): 1,
    }
    exposed = client.get("/metrics").text
    for outcome, statuses in (("accepted", range(200, 300)), ("refused", range(400, 500)), ("failed", (NO_ANSWER,))):
        door = ("POST", "/hooks/alerts")
        number = sum(n for key, n in after.items() if key[:2] == door and key[2] in statuses and key[2] != NO_ANSWER)
        shown = f'covet_sre_ingest_requests_total{{door="/hooks/alerts",outcome="{outcome}"}} {float(number)}'
        assert shown in exposed


@pytest.mark.parametrize(("fails", "status"), [(True, 500), (False, NO_ANSWER)])
def test_a_request_without_an_answer_is_counted_too(fails: bool, status: int) -> None:
    requests = Requests()

    async def application(scope: object, receive: object, send: object) -> None:
        if fails:
            raise ZeroDivisionError

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await requests.around(application)(scope, None, None)  # type: ignore[arg-type]

    if fails:
        with pytest.raises(ZeroDivisionError):
            asyncio.run(ask())
    else:
        asyncio.run(ask())
    assert requests.doings().requests == {("GET", UNMATCHED, status): 1}
