"""When something fails: nothing opens, nothing of the inside is shown, and the log has all of it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from covet_sre.engine.answers import Answers
from covet_sre.flows.access import gatekeeper
from covet_sre.flows.doors import DOORS, Open
from covet_sre.web.security import HEADERS
from tests.access.house import ADDRESS, House, house, with_roles
from tests.access.test_gate import path_of

INSIDE = "SELECT password FROM users WHERE secret='canary-of-the-inside'"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("failing")) as found:
        yield with_roles(found)


def client(found: House, token: str = "", accept: str = "*/*") -> TestClient:
    """As a server does: an exception is an answer, and not one of the test's."""
    shown = {"authorization": f"Bearer {token}"} if token else {}
    application = found.server.application
    return TestClient(application, base_url=ADDRESS, headers={**shown, "accept": accept}, raise_server_exceptions=False)


def is_generic(answer: object) -> None:
    text = answer.text  # type: ignore[attr-defined]
    for inside in ("canary", "SELECT", "Traceback", "File ", ".py", "RuntimeError", "sqlalchemy"):
        assert inside not in text
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]  # type: ignore[attr-defined]


def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked about measurements fails from now on."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(INSIDE)

    for name in vars(Answers):
        if not name.startswith("_") and name not in ("stop", "publish", "declare", "attach", "reloaded"):
            monkeypatch.setattr(Answers, name, broken)


@pytest.mark.parametrize("path", ["/slos", "/api/v1/slos", "/metrics"])
def test_a_route_that_fails_shows_nothing_of_why(locked: House, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    breaking(monkeypatch)
    for accept in ("text/html", "application/json"):
        with capture_logs() as lines:
            answer = client(locked, locked.tokens["admin everywhere"], accept).get(path)
        assert answer.status_code == 500
        is_generic(answer)
        assert any(line["log_level"] == "error" and line["event"] == "a request failed" for line in lines)
    monkeypatch.undo()
    assert client(locked, locked.tokens["admin everywhere"]).get(path).status_code == 200


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.path}")
def test_a_gate_that_fails_lets_nobody_through(locked: House, monkeypatch: pytest.MonkeyPatch, door: object) -> None:
    """A database that is away while it is asked who somebody is."""

    def broken(*_: object) -> None:
        raise RuntimeError(INSIDE)

    monkeypatch.setattr(gatekeeper.Gatekeeper, "known", broken)
    asked = client(locked, locked.tokens["admin everywhere"])
    answer = asked.request(door.method, path_of(door), json={})  # type: ignore[attr-defined, arg-type]
    if door.need is Open.WORLD:  # type: ignore[attr-defined]
        # Nobody is asked who they are there; the page of what is down is up.
        assert answer.status_code < 500
        return
    proves_itself = "slack" in door.path or "v3" in door.path  # type: ignore[attr-defined]
    assert answer.status_code == (503 if proves_itself else 500)
    is_generic(answer)


def test_a_store_that_fails_at_signing_in_signs_nobody_in(locked: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(INSIDE)

    monkeypatch.setattr(locked.server.store, "find_record", broken)
    answer = client(locked).post("/sign-in", data={"name": "ada", "password": "several unrelated words"})
    assert answer.status_code == 500
    assert "set-cookie" not in answer.headers
    is_generic(answer)


@pytest.mark.parametrize(("path", "what"), [("/slos", "sparklines"), ("/api/v1/slos", "statuses")])
def test_one_broken_number_leaves_the_rest_of_the_server_standing(
    locked: House, monkeypatch: pytest.MonkeyPatch, path: str, what: str
) -> None:
    """The page of the error still has its shell; a program is told a problem."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(INSIDE)

    monkeypatch.setattr(Answers, what, broken)
    answer = client(locked, locked.tokens["admin everywhere"], "text/html").get(path)
    assert answer.status_code == 500
    is_generic(answer)
    assert answer.headers["content-type"] == (
        "application/problem+json" if path.startswith("/api/") else "text/html; charset=utf-8"
    )


def test_debugging_is_off(locked: House) -> None:
    assert locked.server.web.debug is False
