"""On call in a real browser: take a shift by an override, ask for a swap, accept it, and see the grid."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.test_pages_in_a_browser import SCREENSHOTS, complaints
from tests.web.house import application, serving
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import SampleIncidents
from tests.web.sample_on_call import a_week

from covet_sre.engine.oncall import Rosters
from covet_sre.incident.outgoing import Purpose

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

PATHS = {
    "oncall": "/oncall",
    "schedule": "/oncall/shop-primary",
    "schedule-month": "/oncall/shop-primary?view=month",
    "schedule-form": "/oncall/shop-primary?open=override",
    "person": "/oncall/people/ana",
    "preview": "/oncall-preview",
}


@pytest.fixture
def week(sample: SampleReliability) -> tuple[SampleIncidents, Rosters]:
    return a_week(lambda: sample.advance(0))


@pytest.fixture
def address(sample: SampleReliability, week: tuple[SampleIncidents, Rosters]) -> Iterator[str]:
    incidents, rosters = week
    with serving(application(sample, None, incidents, None, rosters)) as found:
        yield found


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PATHS)
def test_every_page_is_accessible_and_fits(opened: Open, name: str, scheme: str, width: int) -> None:
    page = opened(PATHS[name], scheme=scheme, width=width)
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-{width}.png", full_page=True)


def take_a_shift(page: Page) -> None:
    """From the table of shifts to the form that knows them."""
    page.get_by_role("link", name="Override Ana Lima, Tue 24 Nov, 07:00").click()
    expect(page.locator("#override-removes")).to_have_value("ana")
    expect(page.locator("#override-start")).to_have_value("2026-11-24T07:00")
    page.select_option("#override-adds", "eva")
    page.fill("#override-reason", "A talk")
    page.fill("#override-actor", "eva")
    page.click("#make-override")
    expect(page.locator("#overrides")).to_contain_text("Eva Rossi instead of Ana Lima")


def swap_a_shift(page: Page) -> None:
    page.get_by_role("link", name="Swap Ana Lima, Thu 26 Nov, 07:00").click()
    page.select_option("#swap-asked", "dan")
    page.fill("#swap-reason", "The school play")
    page.fill("#swap-actor", "ana")
    page.click("#ask-swap")
    row = page.locator(".swap-row", has_text="The school play")
    expect(row).to_contain_text("Pending")
    row.locator("input[name=actor]:visible").fill("dan")
    row.get_by_role("button", name="Accept").click()
    expect(page.locator(".swap-row", has_text="The school play")).to_contain_text("Accepted")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_shift_is_taken_another_swapped_and_both_stand_in_the_grid(opened: Open, scripts: bool) -> None:
    page = opened("/oncall/shop-primary", scripts=scripts)
    before = page.locator(".lane-final .bar-box.who-2").count()
    take_a_shift(page)
    swap_a_shift(page)
    assert page.locator(".lane-final .bar-box.who-2").count() == before + 1, "eva's bar"
    titles = page.locator(".lane-final .bar-box title").all_text_contents()
    assert any(re.match(r"Eva Rossi, Tue 24 Nov, 07:00 to Tue 24 Nov, 22:00", one) for one in titles)
    assert any(re.match(r"Dan Fischer, .*Thu 26 Nov, 22:00|Dan Fischer, Thu 26 Nov, 07:00", one) for one in titles)
    page.get_by_role("link", name="Month").click()
    expect(page.locator("#grid-title")).to_have_text("November 2026")
    page.locator("#later").click()
    expect(page.locator("#grid-title")).to_have_text("December 2026")


def test_a_contact_is_verified_with_a_thumb(opened: Open, week: tuple[SampleIncidents, Rosters]) -> None:
    from tests.web.sample_on_call import SECRET

    from covet_sre.flows.contact_codes import code_for

    incidents, _ = week
    page = opened("/oncall/people/ana", width=360)
    page.click("#code-mail")
    [sent] = [one for one in incidents.told.values() if one.purpose is Purpose.TEST and one.key.startswith("code/")]
    page.fill("#enter-mail", code_for(SECRET, sent.key.rpartition("/")[2]))
    page.get_by_role("button", name="Verify").click()
    expect(page.locator("#contacts")).to_contain_text("Verified")


def test_what_somebody_writes_survives_what_others_change_meanwhile(
    opened: Open, week: tuple[SampleIncidents, Rosters]
) -> None:
    from covet_sre.incident.oncall_facts import RemoveOverride

    incidents, _ = week
    page = opened("/oncall/shop-primary")
    page.fill("#handoff-note", "Half a sentence")
    incidents.decide(RemoveOverride("one", "sam"))
    incidents.changed()
    expect(page.locator("#overrides")).not_to_contain_text("The dentist")
    expect(page.locator("#handoff-note")).to_have_value("Half a sentence")
