"""Markup in everything that can be written, looked for in everything that can be read."""

import json
from collections.abc import Iterator

import pytest

from covet_sre.access.principal import Grant, Role
from tests.access.house import House, house, with_roles
from tests.access.marked import ACTS, LINK, MARK, addresses, crawl, write_by_hook, write_everywhere


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("marked")) as found:
        with_roles(found)
        write_by_hook(found)
        said = write_everywhere(found)
        found.add_user("eve", Grant(Role.VIEWER, service=MARK.replace(" ", "")), password="")
        # So that the test does not pass because nothing could be written.
        for one in (
            "POST /api/v1/users",
            "PATCH /api/v1/users/{name}",
            "POST /api/v1/tokens",
            "POST /api/v1/incidents",
            "POST /api/v1/incidents/{identity}/notes",
            "POST /api/v1/incidents/{identity}/roles",
            "POST /api/v1/incidents/{identity}/roles/ask",
            "POST /api/v1/incidents/{identity}/participants",
            "POST /api/v1/incidents/{identity}/communications/draft",
            "POST /api/v1/silences",
            "POST /api/v1/slos/{name}/adjustments",
        ):
            assert min(said[one]) < 300, (one, said[one])
        yield found


def test_markup_is_text_on_every_page(marked: House) -> None:
    browser = marked.browser("ada")
    browser.headers["user-agent"] = MARK
    browser.post("/sign-in", data={"name": "ada", "password": "several unrelated words"})
    pages, quoted = 0, set[str]()
    for address, page, source in crawl(browser):
        pages += 1
        assert page.complaints == [], address
        for acts in ACTS:
            assert acts not in source, address
        assert not [link for link in page.links if link.lower().startswith(("javascript", "data", "vbscript"))], address
        assert "49<!" not in page.text, address
        if MARK in page.text:
            quoted.add(address.partition("?")[0])
    assert pages > 40
    assert {"/incidents", "/alerts", "/silences", "/settings/access", "/settings/audit"} <= quoted


def test_what_is_no_page_says_so_and_is_no_page(marked: House) -> None:
    admin = marked.client(marked.tokens["admin everywhere"])
    quoted = 0
    for address in addresses(admin):
        answer = admin.get(address)
        media = answer.headers.get("content-type", "").partition(";")[0]
        assert answer.headers["x-content-type-options"] == "nosniff"
        if media in ("application/json", "application/problem+json"):
            quoted += MARK in json.dumps(json.loads(answer.text), ensure_ascii=False).replace('\\"', '"')
        elif media == "text/plain":
            pass
        elif media != "text/html":
            assert not [acts for acts in ACTS if acts in answer.text], address
    assert quoted > 5


def test_looking_at_everything_changes_nothing(marked: House) -> None:
    """Every door of GET and HEAD, and every page that a link leads to."""
    browser = marked.browser("ada")
    admin = marked.client(marked.tokens["admin everywhere"])

    def state() -> list[object]:
        incidents = admin.get("/api/v1/incidents").json()["items"]
        whole = [admin.get(f"/api/v1/incidents/{one['id']}").json()["timeline"] for one in incidents]
        lists = [admin.get(f"/api/v1/{what}").json() for what in ("silences", "users")]
        arrivals = len(marked.server.store.arrivals(None, 1000))
        return [whole, lists, arrivals, marked.server.store.audit_head()]

    before = state()
    for address, _, _ in crawl(browser, most=150):
        browser.head(address)
    for address in addresses(admin):
        admin.get(address)
    assert state() == before


def test_a_link_that_would_act_leads_nowhere(marked: House) -> None:
    """A label of an alert may name any address; only http and https become links."""
    browser = marked.browser("ada")
    for address in ("/alerts", "/incidents"):
        assert f'href="{LINK}' not in browser.get(address).text
