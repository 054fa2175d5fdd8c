"""Signing in, in a real browser on a real server: the first user, the way in and out, who may do what."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.access.house import HANDBOOK, PASSWORD, House
from tests.browser.test_pages_in_a_browser import complaints

from covet_sre.access.permission import Role
from covet_sre.access.principal import Grant
from covet_sre.access.user import User
from covet_sre.app import Server, Settings

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    server = Server(Settings([HANDBOOK], f"sqlite:///{tmp_path / 'covet-sre.db'}", port=port))
    web = server.uvicorn_server()
    thread = threading.Thread(target=web.run, daemon=True)
    server.start()
    thread.start()
    while not web.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server did not start"
    yield House(server)
    web.should_exit = True
    server.close()
    thread.join(10)


@pytest.fixture
def visit(browser: Browser, house: House) -> Iterator[Open]:
    """Opens a page in a browser of its own, or in one that was opened before."""
    contexts: list[BrowserContext] = []

    def opened(path: str, *, scripts: bool = True, width: int = 1280, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 860},
            java_script_enabled=scripts,
            color_scheme=scheme,  # type: ignore[arg-type] - one of two words
            base_url=house.server.settings.address,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("#sign-in")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_first_user_is_made_on_the_pages_and_then_everybody_signs_in(
    visit: Open, house: House, scripts: bool
) -> None:
    page = visit("/settings/access", scripts=scripts)
    page.fill("#user-name", "ada")
    page.fill("#user-password", PASSWORD)
    page.click("#add-user")
    expect(page).to_have_url(f"{house.server.settings.address}/sign-in?next=%2Fsettings%2Faccess")
    assert [one.identity for one in house.server.store.records(User)] == ["ada"]
    sign_in(page, "ada", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong")
    assert page.input_value("#name") == "ada"
    sign_in(page, "ada")
    expect(page.locator("#user-ada")).to_be_visible()
    expect(page.locator(".who")).to_have_text("ada")


def test_what_is_done_is_done_in_the_name_of_whoever_signed_in(visit: Open, house: House) -> None:
    house.add_user("ada", Grant(Role.ADMIN))
    page = visit("/silences")
    sign_in(page, "ada")
    expect(page.locator(".as-whom")).to_have_text("As ada")
    page.fill("#silence-matchers", 'service="api"')
    page.fill("#silence-reason", "a drill")
    page.click("#silence")
    expect(page.locator("#silences")).to_contain_text("a drill")
    (silence,) = house.server.store.silences(0)
    assert silence.author == "ada"
    acts = [(entry.act.actor, entry.act.kind) for entry in house.server.store.audit_entries(0, 100)]
    assert ("ada", "SetSilence") in acts


def test_signing_out_leaves_nothing_behind_not_even_by_going_back(visit: Open, house: House) -> None:
    house.add_user("ada", Grant(Role.ADMIN))
    page = visit("/account")
    sign_in(page, "ada")
    page.click("#sign-out")
    expect(page.locator("#sign-in")).to_be_visible()
    page.go_back()
    expect(page.locator("#sign-in")).to_be_visible()
    page.goto("/incidents")
    expect(page.locator("#sign-in")).to_be_visible()


def test_who_may_not_do_it_is_told_what_is_missing(visit: Open, house: House) -> None:
    house.add_user("ada", Grant(Role.ADMIN))
    house.add_user("vic", Grant(Role.VIEWER))
    page = visit("/silences")
    sign_in(page, "vic")
    page.fill("#silence-matchers", 'service="api"')
    page.fill("#silence-reason", "a drill")
    page.click("#silence")
    expect(page.locator("main")).to_contain_text("vic may not silence")
    expect(page.locator("main")).to_contain_text("ask an admin")
    assert not house.server.store.silences(0)
    page.goto("/settings/access")
    expect(page.locator("main")).to_contain_text("vic may not access")


def test_a_token_is_shown_once_and_works_for_a_program(visit: Open, house: House) -> None:
    house.add_user("ada", Grant(Role.ADMIN))
    page = visit("/account")
    sign_in(page, "ada")
    page.click("summary >> text=Make a token")
    page.fill("#token-name", "laptop")
    page.click("#make-token")
    token = page.locator("#made-token code.token").inner_text()
    assert house.client(token).get("/api/v1/me").json()["name"] == "ada (token laptop)"
    page.goto("/account")
    assert token not in page.content()
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("tr.is-over")).to_contain_text("revoked")
    assert house.client(token).get("/api/v1/me").status_code == 401


PAGES = ("/sign-in", "/account", "/settings/access", "/settings/audit")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_the_pages_of_access_are_accessible_and_fit(visit: Open, house: House, width: int, scheme: str) -> None:
    house.add_user("ada", Grant(Role.ADMIN))
    house.add_token("prometheus", Grant(Role.ADMIN))
    page = visit("/sign-in", width=width, scheme=scheme)
    for path in PAGES:
        assert complaints(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if path == "/sign-in":
            sign_in(page, "ada")
            expect(page.locator(".who")).to_be_visible()
        page.goto(PAGES[(PAGES.index(path) + 1) % len(PAGES)])
