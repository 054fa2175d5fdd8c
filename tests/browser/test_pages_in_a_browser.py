"""The pages in a real browser: seen, heard, typed at, and left open while numbers change."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from tests.web.sample import SampleDemo, SampleReliability, broken_reload

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
PAGES = {
    "now": "/",
    "slos": "/slos",
    "slo": "/slos/api-availability",
    "slo-no-data": "/slos/checkout-availability",
    "slo-misconfigured": "/slos/search-latency",
    "service": "/services/api",
    "services": "/services",
}

Open = Callable[..., Page]


def complaints(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:200]} {node['failureSummary']}" for each in found for node in each["nodes"]]


# The three pages that everybody opens in both schemes, the others once: contrast differs by state and scheme.
LOOKED_AT = [(name, scheme) for name in ("now", "slos", "slo") for scheme in ("light", "dark")] + [
    ("slo-no-data", "dark"),
    ("slo-misconfigured", "light"),
    ("service", "light"),
    ("services", "dark"),
]


@pytest.mark.parametrize(("name", "scheme"), LOOKED_AT)
def test_a_page_has_no_accessibility_violations(opened: Open, sample: SampleReliability, name: str, scheme: str):
    sample.known_problems.append(broken_reload())
    page = opened(PAGES[name], scheme=scheme)
    expect(page.locator("#live-state")).to_have_attribute("data-state", "on")
    for opening in ("#data-sli", "#adjust", "#data-signal-traffic"):
        for summary in page.locator(f"{opening} > summary").all():
            summary.click()
    assert complaints(page) == []


@pytest.mark.parametrize("name", ["now", "slos", "slo"])
def test_a_page_is_photographed_in_light_and_dark_and_narrow_and_fits(opened: Open, name: str):
    SCREENSHOTS.mkdir(exist_ok=True)
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360)):
        page = opened(PAGES[name], scheme=scheme, width=width)
        expect(page.locator("#live-state")).to_have_attribute("data-state", "on")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        taken = page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-{width}.png", full_page=True)
        assert len(taken) > 20_000


def names(page: Page) -> list[str]:
    return page.locator("#slos tbody th a.name").all_inner_texts()


def test_headings_sort_by_keyboard_alone_and_keep_the_focus(opened: Open):
    page = opened("/slos")
    assert names(page)[0] == "Database availability"
    page.evaluate("window.neverReloaded = true")
    page.locator("#sort-name").focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Objective")
    assert names(page) == sorted(names(page))
    assert page.evaluate("document.activeElement.id") == "sort-name"
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Objective")
    assert names(page) == sorted(names(page), reverse=True)
    page.go_back()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Objective")
    assert page.evaluate("window.neverReloaded")


def test_searching_finds_while_typing_and_the_address_can_be_shared(opened: Open):
    page = opened("/slos?sort=name")
    page.locator("#q").press_sequentially("jobs")
    expect(page.locator("#slos tbody tr")).to_have_count(2)
    expect(page.locator("#q")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/slos\?sort=name&q=jobs$"))
    page.locator("#choice-warning").click()
    expect(page.locator("#slos tbody tr")).to_have_count(1)
    page.locator("#q").fill("nothing of the kind")
    expect(page.locator("#results")).to_contain_text("Nothing matches")


def test_new_numbers_appear_without_a_reload_and_nothing_is_lost(opened: Open, sample: SampleReliability):
    page = opened("/slos/api-availability")
    expect(page.locator("#live-state")).to_have_text("Live")
    page.evaluate("window.neverReloaded = true")
    page.locator("#data-sli summary").click()
    page.locator("#range-1d").focus()
    page.evaluate("scrollTo(0, 900)")
    before = page.locator(".tile").nth(1).inner_text()
    sample.advance(9)
    expect(page.locator("#clock")).to_contain_text("Nov 23, 09:49")
    expect(page.locator(".tile").nth(1)).not_to_have_text(before)
    assert page.evaluate("window.neverReloaded")
    assert page.evaluate("document.activeElement.id") == "range-1d"
    assert page.evaluate("document.getElementById('data-sli').open")
    assert page.evaluate("scrollY") == 900


def test_what_is_being_typed_survives_an_update(opened: Open, sample: SampleReliability):
    page = opened("/slos/api-availability")
    expect(page.locator("#live-state")).to_have_text("Live")
    page.locator("#adjust > summary").click()
    page.locator("input[name=reason]").fill("Moving the orders table")
    sample.advance(3)
    expect(page.locator("#clock")).to_contain_text("09:43")
    expect(page.locator("input[name=reason]")).to_have_value("Moving the orders table")
    page.locator("input[name=author]").fill("mara")
    page.locator("#adjust button").click()
    expect(page.locator("#adjustments ~ ul")).to_contain_text("Moving the orders table")


def test_a_click_that_an_update_falls_into_still_counts(opened: Open, sample: SampleReliability, demo: SampleDemo):
    page = opened("/")
    expect(page.locator("#live-state")).to_have_text("Live")
    page.get_by_role("switch", name="Errors").hover()
    page.mouse.down()
    with page.expect_response(lambda answer: answer.url.endswith("/")):
        sample.advance(3)
    page.mouse.up()
    expect(page.get_by_role("switch", name="Errors")).to_have_attribute("aria-checked", "true")
    assert demo.on == {"errors"}


def test_what_is_marked_for_copying_stays_through_an_update(opened: Open, sample: SampleReliability):
    page = opened("/slos/api-availability")
    expect(page.locator("#live-state")).to_have_text("Live")
    page.locator("#declared ~ dl code").first.select_text()
    marked = page.evaluate("getSelection().toString()")
    sample.advance(3)
    expect(page.locator("#clock")).to_contain_text("09:43")
    assert marked
    assert page.evaluate("getSelection().toString()") == marked


def test_a_range_changes_the_charts_in_place(opened: Open):
    page = opened("/slos/api-availability")
    expect(page.locator("#chart-sli figcaption")).to_contain_text("in each 3m")
    page.locator("#range-7d").click()
    expect(page.locator("#range-7d")).to_have_attribute("aria-current", "true")
    expect(page.locator("#chart-sli figcaption")).to_contain_text("in each 84m")


def test_pointing_at_a_chart_shows_the_nearest_values(opened: Open, sample: SampleReliability):
    page = opened("/slos/api-availability")
    expect(page.locator("#live-state")).to_have_text("Live")
    plot = page.locator("#chart-sli .chart-plot")
    plot.scroll_into_view_if_needed()
    # Scrolling hides a tooltip, and is told with the next frame: on a busy machine that may come after the pointer.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    tip = page.locator("#tooltip")
    expect(tip).to_be_visible()
    said = tip.inner_text()
    assert re.search(r"Nov 23, 06:\d\d UTC", said)
    assert re.search(r"Good events\s+\d+(\.\d+)?%", said)
    inside = tip.bounding_box()
    assert inside is not None
    assert inside["x"] + inside["width"] <= 1280
    sample.advance(3)
    expect(page.locator("#clock")).to_contain_text("09:43")
    expect(tip).to_be_visible()
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_one_click_breaks_something(opened: Open, demo: SampleDemo):
    page = opened("/")
    page.get_by_role("switch", name="Errors").click()
    expect(page.get_by_role("switch", name="Errors")).to_have_attribute("aria-checked", "true")
    assert demo.on == {"errors"}
    page.get_by_role("switch", name="Errors").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("switch", name="Errors")).to_have_attribute("aria-checked", "false")
    assert demo.on == set()


def test_the_theme_is_chosen_kept_and_given_back_to_the_system(opened: Open):
    page = opened("/", scheme="light")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.locator("#theme").click()
    page.locator("#theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    expect(page.locator("#theme")).to_contain_text("Theme: dark")
    page.locator("#theme").click()
    assert page.evaluate(ground) == light


def test_everything_can_be_read_searched_and_sorted_without_javascript(opened: Open):
    page = opened("/slos", scripts=False)
    page.locator("#q").fill("jobs")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#slos tbody tr")).to_have_count(2)
    page.locator("#sort-name").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Objective")
    page.get_by_role("link", name="Jobs within SLA").click()
    expect(page.locator("h1")).to_contain_text("Jobs within SLA")
    expect(page.locator("#chart-sli svg.chart-plot")).to_be_visible()
    page.locator("#data-sli summary").click()
    expect(page.locator("#data-sli tbody tr").first).to_be_visible()
    expect(page.locator("#theme")).to_be_hidden()


def test_a_lost_server_is_said_and_found_again(opened: Open, sample: SampleReliability):
    page = opened("/")
    expect(page.locator("#live-state")).to_have_text("Live")
    page.route("**/live", lambda route: route.fulfill(status=204))
    number = sample.number
    sample.stop()
    expect(page.locator("#live-state")).to_have_text("Reconnecting")
    page.unroute("**/live")
    with sample.changed:
        sample.number = number + 1
    page.reload()
    expect(page.locator("#live-state")).to_have_text("Live")


def test_a_printed_page_has_its_numbers_and_no_buttons(opened: Open):
    page = opened("/slos/api-availability", scheme="dark")
    page.emulate_media(media="print")
    expect(page.locator(".tile-value").first).to_be_visible()
    expect(page.locator("#theme")).to_be_hidden()
    expect(page.locator("nav[aria-label=Main]")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf()[:4] == b"%PDF"
