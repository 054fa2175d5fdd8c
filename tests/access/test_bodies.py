"""What is sent to be done: read as what it says it is, whole or not at all."""

from collections.abc import Iterator, Mapping

import pytest
from starlette.testclient import TestClient

from covet_sre.access.user import User
from covet_sre.api.gate import LARGEST_BODY_BYTES
from tests.access.house import House, house, with_roles

USER = {"name": "bo", "grants": ["viewer"], "password": "several unrelated words"}
TOKEN = {"name": "ci", "scopes": ["read"], "grants": ["viewer"]}
INCIDENT = {"service": "api", "severity": "P3", "title": "a test"}
SILENCE = {"matchers": ['service="api"'], "duration_seconds": 60, "author": "x", "reason": "x"}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("bodies")) as found:
        yield with_roles(found)


@pytest.fixture(scope="module")
def admin(locked: House) -> TestClient:
    return locked.client(locked.tokens["admin everywhere"])


def users(found: House) -> list[User]:
    return list(found.server.store.records(User))


@pytest.mark.parametrize(
    ("method", "path", "body", "extra"),
    [
        ("POST", "/api/v1/users", USER, {"is_admin": True}),
        ("POST", "/api/v1/users", USER, {"revision": 7}),
        ("POST", "/api/v1/users", USER, {"proofs": [["https://id", "1"]]}),
        ("PATCH", "/api/v1/users/ada", {"display_name": "Ada"}, {"void_before": 0}),
        ("PATCH", "/api/v1/users/ada", {"display_name": "Ada"}, {"identity": "root"}),
        ("POST", "/api/v1/tokens", TOKEN, {"owner": "ada"}),
        ("POST", "/api/v1/tokens", TOKEN, {"identity": "chosen"}),
        ("POST", "/api/v1/incidents", INCIDENT, {"state": "closed"}),
        ("POST", "/api/v1/silences", SILENCE, {"made_at": 0}),
    ],
)
def test_a_field_that_is_not_meant_to_be_set_is_refused(
    locked: House, admin: TestClient, method: str, path: str, body: Mapping[str, object], extra: Mapping[str, object]
) -> None:
    before = users(locked)
    answer = admin.request(method, path, json={**body, **extra})
    assert answer.status_code == 422
    assert next(iter(extra)) in answer.json()["detail"]
    assert users(locked) == before


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "text/json",
        "application/json-seq",
        "",
    ],
)
def test_json_is_read_from_what_says_it_is_json(locked: House, admin: TestClient, media: str) -> None:
    """A form elsewhere can send the first three without being asked."""
    before = users(locked)
    content = b'{"name": "bo", "grants": ["viewer"]}'
    answer = admin.post("/api/v1/users", content=content, headers={"content-type": media} if media else {})
    assert answer.status_code == 422
    assert users(locked) == before


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"name":' * 50_000,
        b"9" * 10_000,
        b'{"name": ' + b"9" * 10_000 + b"}",
        b'{"name": "\\ud800"}',
        b"\xff\xfe{",
        b'{"name": NaN}',
        b'{"name": "bo", "grants": ["viewer"]',
        b"",
        b"null",
        b"[]",
    ],
)
def test_a_body_that_is_a_trick_is_refused_and_nothing_breaks(locked: House, admin: TestClient, body: bytes) -> None:
    before = users(locked)
    answer = admin.post("/api/v1/users", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert users(locked) == before
    assert admin.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 1),
        ("name", ["bo"]),
        ("name", {"$ne": ""}),
        ("name", None),
        ("grants", "admin"),
        ("grants", {"0": "admin"}),
        ("password", 123456789012),
        ("password", True),
        ("email", "a@example.org\r\nBcc: b@example.org"),
        ("display_name", "x" * 201),
    ],
)
def test_a_value_of_another_type_is_refused_and_not_bent(
    locked: House, admin: TestClient, field: str, value: object
) -> None:
    before = users(locked)
    assert admin.post("/api/v1/users", json={**USER, field: value}).status_code == 422
    assert users(locked) == before


def test_a_body_without_an_end_is_not_read_to_it(admin: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(4 * LARGEST_BODY_BYTES // 65_536):
            sent += 65_536
            yield b"x" * 65_536

    answer = admin.post("/api/v1/users", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"


def test_nobody_makes_the_server_read_anything(locked: House) -> None:
    """Who may not do it is refused before the body."""
    answer = locked.client().post("/api/v1/users", content=b"x" * (LARGEST_BODY_BYTES + 1))
    assert answer.status_code == 401


def test_of_a_parameter_that_stands_there_twice_nothing_else_comes_in(admin: TestClient) -> None:
    """A query is no place for what a body says, and a body none for a query's."""
    answer = admin.post("/api/v1/users?name=eve&grants=admin", json={})
    assert answer.status_code == 422
    once = admin.get("/api/v1/audit?limit=1").json()
    assert admin.get("/api/v1/audit?limit=1000&limit=1").json() == once
    assert admin.get("/api/v1/audit?limit=1&limit=100000").status_code == 422


def test_a_form_field_that_stands_there_twice_does_not_slip_past_its_key(locked: House) -> None:
    browser = locked.browser("ada")
    key = browser.get("/account").text.partition('name="csrf" value="')[2].partition('"')[0]
    media = {"content-type": "application/x-www-form-urlencoded"}
    twice = f"csrf={key}&csrf=wrong&token_name=x&scope-read=1"
    assert browser.post("/account/tokens", content=twice, headers=media).status_code == 403
    named = f"token_name=ci&scope-read=1&user=root&owner=root&csrf={key}"
    assert "csre_" in browser.post("/account/tokens", content=named, headers=media).text
    (token,) = [one for one in browser.get("/api/v1/tokens").json()["items"] if one["name"] == "ci"]
    assert token["owner"] == "ada"
