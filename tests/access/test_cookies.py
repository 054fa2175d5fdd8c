"""The session's cookie: how browsers must keep it, and that nothing but the server's own counts."""

from collections.abc import Iterator
from http.cookies import Morsel, SimpleCookie

import pytest
from starlette.testclient import TestClient

from covet_sre.access.principal import Grant, Role
from covet_sre.access.session import Session
from covet_sre.access.token import digest
from tests.access.house import PASSWORD, House, house, with_roles

ENTER = {"name": "ada", "password": PASSWORD}
LOOPBACK, OVER_TLS = "covet_sre_session", "__Host-covet_sre_session"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("cookies")) as found:
        yield with_roles(found)


@pytest.fixture(autouse=True)
def unhurried(locked: House) -> None:
    """Many tests sign in as the same person from the same address."""
    signing_in = locked.server.access.sign_in._signing_in
    for throttle in (signing_in._by_name, signing_in._by_name_there, signing_in._by_address):
        throttle._free_at.clear()


def cookie_of(answer: object, name: str) -> "Morsel[str]":
    jar = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):  # type: ignore[attr-defined]
        jar.load(header)
    return jar[name]


def test_on_loopback_a_script_cannot_read_it_and_another_site_cannot_send_it(locked: House) -> None:
    found = cookie_of(locked.client().post("/sign-in", data=ENTER), LOOPBACK)
    assert found["httponly"] is True
    assert found["samesite"].lower() == "lax"
    assert (found["path"], found["domain"]) == ("/", "")
    assert 0 < int(found["max-age"]) <= 7 * 86_400
    assert len(found.value) >= 43, "256 bits"


def test_over_tls_it_is_bound_to_this_host_and_never_sent_in_clear(tmp_path_factory: pytest.TempPathFactory) -> None:
    with house(tmp_path_factory.mktemp("tls"), public_address="https://sre.example.org") as tls:
        tls.add_user("ada", Grant(Role.ADMIN))
        client = TestClient(tls.server.application, base_url="https://sre.example.org", follow_redirects=False)
        found = cookie_of(client.post("/sign-in", data=ENTER), OVER_TLS)
        assert found["secure"] is True
        assert found["httponly"] is True
        assert found["samesite"].lower() == "lax"
        assert (found["path"], found["domain"]) == ("/", ""), "what __Host- asks for"
        assert client.get("/api/v1/me").json()["name"] == "ada"
        client.cookies.clear()
        plain = client.get("/api/v1/me", headers={"cookie": f"{LOOPBACK}={found.value}"})
        assert plain.status_code == 401, "the name of plain http does not count here"


def test_the_cookie_is_told_by_its_header_alone(locked: House) -> None:
    browser = locked.browser("ada")
    value = browser.cookies[LOOPBACK]
    for path in ("/", "/account", "/settings/access", "/api/v1/me", "/settings/audit", "/metrics"):
        answer = browser.get(path)
        assert value not in answer.text
        assert digest(value) not in answer.text
        assert "set-cookie" not in answer.headers


def test_a_cookie_that_somebody_else_planted_becomes_nobodys_session(locked: House) -> None:
    client = locked.client(accept="text/html")
    planted = "A" * 43
    client.cookies.set(LOOPBACK, planted, domain="127.0.0.1", path="/")
    answer = client.post("/sign-in", data=ENTER)
    assert answer.status_code == 303
    assert cookie_of(answer, LOOPBACK).value != planted
    assert locked.server.store.find_record(Session, digest(planted)) is None
    attacker = locked.client()
    attacker.cookies.set(LOOPBACK, planted)
    assert attacker.get("/api/v1/me").status_code == 401


def form_key(client: TestClient) -> str:
    return client.get("/account").text.partition('name="csrf" value="')[2].partition('"')[0]


def test_who_signs_in_anew_leaves_no_session_behind(locked: House) -> None:
    browser = locked.browser("ada")
    before = browser.cookies[LOOPBACK]
    answer = browser.post("/sign-in", data={**ENTER, "csrf": form_key(browser)})
    assert answer.status_code == 303
    assert cookie_of(answer, LOOPBACK).value != before
    assert locked.server.store.find_record(Session, digest(before)) is None


def test_a_cookie_that_was_copied_is_worth_nothing_after_signing_out(locked: House) -> None:
    browser, thief = locked.browser("ada"), locked.client()
    thief.cookies.set(LOOPBACK, browser.cookies[LOOPBACK])
    assert thief.get("/api/v1/me").json()["name"] == "ada"
    answer = browser.post("/sign-out", data={"csrf": form_key(browser)})
    assert answer.status_code == 303
    assert '"cache"' in answer.headers["clear-site-data"]
    assert cookie_of(answer, LOOPBACK)["max-age"] == "0"
    assert thief.get("/api/v1/me").status_code == 401


def test_somebody_sees_where_they_are_signed_in_and_ends_it(locked: House) -> None:
    here, elsewhere = locked.browser("ada"), locked.client(**{"user-agent": "A lost telephone"})
    elsewhere.post("/sign-in", data=ENTER)
    assert elsewhere.get("/api/v1/me").status_code == 200
    assert "A lost telephone" in here.get("/account").text
    assert here.post("/account/sessions/end", data={"csrf": form_key(here)}).status_code == 303
    assert elsewhere.get("/api/v1/me").status_code == 401
    assert here.get("/api/v1/me").status_code == 200
    assert "A lost telephone" not in here.get("/account").text


@pytest.mark.parametrize("name", [LOOPBACK, OVER_TLS])
@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "A" * 43,
        "A" * 5000,
        "../../etc/passwd",
        "' OR 1=1 --",
        "%00",
        '"',
        "null",
        "ada",
        "eyJhbGciOiJub25lIn0.",
    ],
)
def test_a_forged_cookie_is_nobody(locked: House, name: str, value: str) -> None:
    answer = locked.client().get("/api/v1/me", headers={"cookie": f"{name}={value}"})
    assert answer.status_code == 401


def test_of_two_cookies_of_that_name_none_counts(locked: House) -> None:
    """A neighbouring host may add one: it must not choose the session."""
    value = locked.browser("ada").cookies[LOOPBACK]
    for both in (f"{LOOPBACK}={value}; {LOOPBACK}=x", f"{LOOPBACK}=x; {LOOPBACK}={value}"):
        assert locked.client().get("/api/v1/me", headers={"cookie": both}).status_code == 401


def test_every_page_of_somebody_who_signed_in_shows_the_way_out(locked: House) -> None:
    browser = locked.browser("ada")
    for path in ("/", "/slos", "/services", "/incidents", "/alerts", "/silences", "/account", "/settings/access"):
        assert 'href="/account"' in browser.get(path).text, path
    assert 'action="/sign-out"' in browser.get("/account").text
