"""Markup in everything that can be written, shown to a real browser: nothing runs, nothing is even tried."""

import socket
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.access.house import HANDBOOK, PASSWORD, House, with_roles
from tests.access.marked import MARK, crawl, write_by_hook, write_everywhere

from covet_sre.app import Server, Settings

pytestmark = pytest.mark.browser

_LOOKED_AT = 60


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    folder = tmp_path_factory.mktemp("marked")
    server = Server(Settings([HANDBOOK], f"sqlite:///{folder / 'covet-sre.db'}", port=port))
    web = server.uvicorn_server()
    thread = threading.Thread(target=web.run, daemon=True)
    server.start()
    thread.start()
    while not web.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server did not start"
    found = with_roles(House(server))
    write_by_hook(found)
    write_everywhere(found)
    yield found
    web.should_exit = True
    server.close()
    thread.join(10)


def signed_in(page: Page) -> None:
    page.goto("/sign-in")
    page.fill("#name", "ada")
    page.fill("#password", PASSWORD)
    page.click("#sign-in")


def test_no_page_runs_what_somebody_wrote(browser: Browser, marked: House) -> None:
    """No dialog opens, the policy has nothing to forbid, no element was made of text; and the text is there to read."""
    by_path: dict[str, str] = {}
    for address, _, _ in crawl(marked.browser("ada")):
        by_path.setdefault(address.partition("?")[0], address)
    context = browser.new_context(base_url=marked.server.settings.address, user_agent=MARK)
    page = context.new_page()
    told: list[str] = []
    page.on("dialog", lambda dialog: (told.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: told.append(f"error {error}"))
    page.on("console", lambda said: told.append(said.text) if "Security Policy" in said.text else None)
    page.set_default_timeout(10_000)
    signed_in(page)
    shown = 0
    for address in list(by_path.values())[:_LOOKED_AT]:
        page.goto(address, wait_until="load")
        assert page.locator("[onload], [onerror], script:not([src])").count() == 0, address
        shown += MARK in page.locator("html").inner_text()
        assert told == [], address
    assert shown >= 5
    # What comes by the live stream is put into a page that stands open.
    page.goto("/incidents")
    client = marked.client(marked.tokens["admin everywhere"])
    body = {"service": "jobs", "severity": "P3", "title": f"later {MARK}"}
    assert client.post("/api/v1/incidents", json=body).status_code == 201
    page.get_by_text(f"later {MARK}").first.wait_for()
    assert told == []
    context.close()


def test_a_password_can_be_pasted_and_is_not_shown(browser: Browser, marked: House) -> None:
    """No script stands between a password manager and the fields, and every field for one is masked and named."""
    context = browser.new_context(base_url=marked.server.settings.address)
    page = context.new_page()
    signed_in(page)
    for address in ("/sign-in", "/account", "/settings/access"):
        page.goto(address)
        for field in page.locator("input[name*=password], input[name=old], input[name=new], input[name=again]").all():
            assert field.get_attribute("type") == "password"
            assert field.get_attribute("autocomplete") in ("current-password", "new-password")
            allowed = field.evaluate(
                "field => field.dispatchEvent(new ClipboardEvent('paste', {bubbles: true, cancelable: true}))"
            )
            assert allowed, address
    context.close()
    page = browser.new_context(base_url=marked.server.settings.address).new_page()
    page.goto("/sign-in")
    assert page.locator("#password").get_attribute("type") == "password"


def test_a_browser_keeps_the_theme_and_nothing_else(browser: Browser, marked: House) -> None:
    context = browser.new_context(base_url=marked.server.settings.address)
    page = context.new_page()
    signed_in(page)
    for address in ("/", "/incidents", "/account", "/settings/access"):
        page.goto(address)
        kept = page.evaluate("() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]")
        assert set(kept[0]) <= {"covet-sre-theme"}
        assert kept[1:] == [[], ""]
        assert page.evaluate("async () => (await indexedDB.databases()).length") == 0
        assert page.evaluate("async () => (await caches.keys()).length") == 0
    context.close()
