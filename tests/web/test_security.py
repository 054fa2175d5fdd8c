"""What keeps other websites out."""

import asyncio

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from tests.web.house import application
from tests.web.sample import SampleDemo, SampleReliability

from covet_sre.web import Security


@pytest.fixture
def demo() -> SampleDemo:
    return SampleDemo()


@pytest.fixture
def client(demo: SampleDemo) -> TestClient:
    return TestClient(application(SampleReliability(), demo), base_url="http://127.0.0.1:8420", follow_redirects=False)


def switch(client: TestClient, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/demo/faults/errors", data={"on": "1"}, headers=named).status_code


@pytest.mark.parametrize("path", ["/", "/nope", "/api/v1/slos", "/static/nope"])
def test_every_answer_carries_the_policy(client: TestClient, path: str):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:3000"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": "http://localhost:3000"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"},
    ],
)
def test_another_website_cannot_change_anything(client: TestClient, demo: SampleDemo, headers: dict[str, str]):
    assert switch(client, **headers) == 403
    assert demo.on == set()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:8420"},
        {"origin": "http://127.0.0.1:8420", "sec_fetch_site": "same-origin"},
    ],
)
def test_our_own_pages_and_programs_can(client: TestClient, demo: SampleDemo, headers: dict[str, str]):
    assert switch(client, **headers) == 303
    assert demo.on == {"errors"}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "127.0.0.1@evil", ""])
def test_a_foreign_host_name_is_refused_even_for_reading(client: TestClient, host: str):
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9", "LOCALHOST:8420"])
def test_our_own_names_are_known_with_any_port(client: TestClient, host: str):
    assert client.get("/", headers={"host": host}).status_code == 200


def test_a_link_from_elsewhere_opens_a_page_and_a_script_from_elsewhere_reads_nothing(client: TestClient):
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/slos", headers=link).status_code == 200
    for mode, dest in (("no-cors", "script"), ("cors", "empty"), ("navigate", "iframe"), ("no-cors", "image")):
        headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        assert client.get("/api/v1/slos", headers=headers).status_code == 403


def test_a_host_that_was_known_before_excuses_nothing_else(client: TestClient, demo: SampleDemo):
    assert switch(client) == 303
    demo.on.clear()
    assert switch(client, origin="https://evil.example") == 403
    assert switch(client, sec_fetch_site="cross-site") == 403
    assert switch(client, host="evil.example") == 421
    assert demo.on == set()


def test_no_header_but_the_host_is_taken_for_one():
    """An Origin with the very text of a known Host is none."""
    answered: list[int] = []

    async def others(scope: Scope, receive: Receive, send: Send) -> None:
        answered.append(200)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    security = Security(others)
    for headers in ([(b"host", b"127.0.0.1:8420")], [(b"origin", b"127.0.0.1:8420")]):
        asyncio.run(security({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive, send))
    assert answered == [200, 200, 421]
