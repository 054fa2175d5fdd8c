"""What the log says of signing in and of refusals: enough to see an attack, and nothing that would help one."""

import io
import json
import sys
from collections.abc import Iterator
from datetime import datetime

import pytest
import structlog
from structlog.testing import capture_logs

from covet_sre.access.permission import Permission
from covet_sre.access.principal import Grant, Role
from covet_sre.app.logs import start_logging
from tests.access.house import PASSWORD, House, house, with_roles

Line = dict[str, object]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("log")) as found:
        yield with_roles(found)


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    with capture_logs() as caught:
        yield caught  # type: ignore[misc]


def of(lines: list[Line], event: str) -> list[Line]:
    return [
        {name: value for name, value in line.items() if name != "event"} for line in lines if line["event"] == event
    ]


def test_who_signed_in_is_logged_with_how_and_from_where(locked: House, lines: list[Line]) -> None:
    locked.browser("ada")
    assert of(lines, "signed in") == [{"user": "ada", "via": "password", "address": "192.0.2.7", "log_level": "info"}]


def test_a_failed_sign_in_is_logged_without_what_was_typed(locked: House, lines: list[Line]) -> None:
    for name, password in (("ada", "canary-password"), ("canary-password", "ada")):
        locked.client().post("/sign-in", data={"name": name, "password": password})
    failed = of(lines, "sign-in failed")
    assert [line["user"] for line in failed] == ["ada", ""], "a password in the wrong field is not written down"
    assert all(line["address"] == "192.0.2.7" and line["log_level"] == "warning" for line in failed)
    assert "canary" not in repr(lines)


def test_guessing_is_logged(locked: House, lines: list[Line]) -> None:
    for _ in range(7):
        locked.client().post("/sign-in", data={"name": "guessed", "password": "wrong"})
    assert of(lines, "sign-in slowed down")[0]["address"] == "192.0.2.7"


def test_a_return_from_the_provider_that_fits_nothing_is_logged(locked: House, lines: list[Line]) -> None:
    locked.client().get("/sign-in/provider/return?state=canary&code=canary")
    (line,) = of(lines, "sign-in failed")
    assert (line["via"], line["address"]) == ("provider", "192.0.2.7")
    assert "canary" not in repr(lines)


def test_what_somebody_may_not_do_is_logged(locked: House, lines: list[Line]) -> None:
    locked.client(locked.tokens["viewer everywhere"]).post("/api/v1/users", json={})
    assert of(lines, "refused") == [
        {
            "who": "token viewer everywhere",
            "may_not": "access",
            "method": "POST",
            "path": "/api/v1/users",
            "address": "192.0.2.7",
            "log_level": "warning",
        }
    ]


def test_what_somebody_may_not_do_to_somebody_elses_is_logged(locked: House, lines: list[Line]) -> None:
    client = locked.client(locked.tokens["responder service"])
    answer = client.post("/api/v1/incidents", json={"service": "jobs", "severity": "P3", "title": "not mine"})
    assert answer.status_code == 403
    (line,) = of(lines, "refused")
    assert (line["who"], line["may_not"], line["owner"]) == (
        "token responder service",
        Permission.RESPOND,
        "the service jobs",
    )


def test_a_wrong_token_is_logged_without_it(locked: House, lines: list[Line]) -> None:
    locked.client("csre_canary").get("/api/v1/slos/canary-in-a-path?canary=1")
    (line,) = of(lines, "refused")
    assert (line["who"], line["path"]) == ("nobody", "/api/v1/slos/{name}")
    assert "canary" not in repr(lines)


def test_a_form_without_its_key_and_another_website_are_logged(locked: House, lines: list[Line]) -> None:
    locked.browser("ada").post("/silences", data={"csrf": "canary"})
    locked.client().post("/silences", headers={"origin": "https://evil.example"})
    locked.client().get("/", headers={"host": "evil.example"})
    assert [line.get("may_not") or line.get("why") for line in of(lines, "refused")] == [
        "show no key of this session",
        "another website is behind this request",
        "this server is not known by that host name",
    ]
    assert "canary" not in repr(lines)


def test_an_attack_does_not_flood_what_is_allowed(locked: House, lines: list[Line]) -> None:
    locked.client(locked.tokens["admin everywhere"]).get("/api/v1/slos")
    locked.client().get("/healthz")
    assert of(lines, "refused") == []


@pytest.mark.parametrize("is_terminal", [False, True])
@pytest.mark.parametrize(
    "trick", ["one\nsigned in user=root", "one\r\n{}", "\x1b[2Jgone", "\u2028 a line", '"}\n{"a":"']
)
def test_no_text_makes_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch, trick: str, is_terminal: bool) -> None:
    written = io.StringIO()
    monkeypatch.setattr(written, "isatty", lambda: is_terminal)
    monkeypatch.setattr(sys, "stderr", written)
    kept = structlog.get_config()
    try:
        start_logging()
        structlog.get_logger("test").warning("sign-in failed", user=trick)
    finally:
        structlog.configure(**kept)
    text = written.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert "\r" not in text
    assert "\x1b[2J" not in text
    if not is_terminal:
        line = json.loads(text)
        assert line["user"] == trick
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() is not None
        assert (line["event"], line["level"]) == ("sign-in failed", "warning")


def test_every_change_by_somebody_stands_in_the_record_with_their_name(locked: House) -> None:
    locked.add_user("eve", Grant(Role.VIEWER), password=PASSWORD)
    client = locked.client(locked.tokens["admin everywhere"])
    assert client.patch("/api/v1/users/eve", json={"disabled": True}).status_code == 200
    last = client.get("/api/v1/audit?limit=1000").json()["items"][-1]
    assert (last["actor"], last["kind"], last["subject"]) == ("token admin everywhere", "ChangeUser", "eve")
