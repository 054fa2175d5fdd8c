"""The pages of incidents in a real browser: seen, pressed with one thumb, and left open while others act."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.test_pages_in_a_browser import SCREENSHOTS, complaints
from tests.web.house import application, serving
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import SampleIncidents, a_night, identity_of

from covet_sre.alerting.severity import Severity
from covet_sre.flows.ack_links import AcknowledgeLink, acknowledge_token, read_token
from covet_sre.incident import facts

pytestmark = pytest.mark.browser

SECRET = b"sixteen bytes at least"

Open = Callable[..., Page]


@pytest.fixture
def night(sample: SampleReliability) -> SampleIncidents:
    """Its changes are told to open pages as the server tells them."""
    return a_night(lambda: sample.advance(0))


@pytest.fixture
def address(sample: SampleReliability, night: SampleIncidents) -> Iterator[str]:
    def read_link(token: str) -> AcknowledgeLink:
        return read_token(SECRET, token, night.at)

    with serving(application(sample, None, night, read_link)) as found:
        yield found


@pytest.fixture
def api(night: SampleIncidents) -> str:
    """The path of the incident that nobody takes care of."""
    return f"/incidents/{identity_of(night, 'api')}"


def path_of(night: SampleIncidents, name: str) -> str:
    api = identity_of(night, "api")
    return {
        "now": "/",
        "incidents": "/incidents?state=all",
        "incident": f"/incidents/{api}",
        "incident-log": f"/incidents/{api}?show=log",
        "incident-over": f"/incidents/{identity_of(night, 'jobs')}",
        "alerts": "/alerts",
        "deliveries": "/alerts?show=arrivals",
        "silences": "/silences?matchers=service%3Dapi",
        "acknowledge": f"/ack/{acknowledge_token(SECRET, api, 'ana', night.at + 3600)}",
    }[name]


NAMES = [
    "now",
    "incidents",
    "incident",
    "incident-log",
    "incident-over",
    "alerts",
    "deliveries",
    "silences",
    "acknowledge",
]
LOOKED_AT = [(name, scheme) for name in NAMES for scheme in ("light", "dark")]


def live(page: Page) -> Page:
    expect(page.locator("#live-state")).to_have_attribute("data-state", "on")
    return page


@pytest.mark.parametrize(("name", "scheme"), LOOKED_AT)
def test_a_page_has_no_accessibility_violations(opened: Open, night: SampleIncidents, name: str, scheme: str):
    page = live(opened(path_of(night, name), scheme=scheme))
    for summary in page.locator("main details > summary").all()[:12]:
        summary.click()
    assert complaints(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_any_screen_and_is_photographed(opened: Open, night: SampleIncidents, name: str):
    SCREENSHOTS.mkdir(exist_ok=True)
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)):
        page = live(opened(path_of(night, name), scheme=scheme, width=width))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=SCREENSHOTS / f"incidents-{name}-{scheme}-{width}.png", full_page=True)


def test_acknowledging_takes_one_thumb_on_a_small_screen(opened: Open, night: SampleIncidents, api: str):
    page = live(opened(api, width=360))
    button = page.get_by_role("button", name="Acknowledge")
    box = button.bounding_box()
    assert box is not None
    assert box["width"] >= 280
    assert box["height"] >= 56
    assert box["y"] + box["height"] <= 640, "it is seen without scrolling"
    button.click()
    expect(page.locator(".next h2")).to_contain_text("takes care")
    assert [type(each) for each in night.commands] == [facts.Acknowledge]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_link_in_a_notification_is_one_press(opened: Open, night: SampleIncidents, scripts: bool):
    page = opened(path_of(night, "acknowledge"), width=360, scripts=scripts)
    assert night.commands == []
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#ack")).to_contain_text("You have acknowledged it")
    assert night.commands == [facts.Acknowledge(identity_of(night, "api"), "ana", "link")]


def test_everything_works_without_script(opened: Open, night: SampleIncidents, api: str):
    page = opened(api, scripts=False)
    page.locator("#next-actor").fill("ana")
    page.locator("#next-action").click()
    page.locator("#note-text").fill("Looking at the pods")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#timeline")).to_contain_text("Looking at the pods")
    page.locator("#show-log").click()
    expect(page.locator("#timeline")).to_contain_text("People are asked")
    page.locator("#do-severity > summary").click()
    page.locator("#severity-value").select_option("P1")
    page.locator("#severity-why").fill("Reads work")
    page.locator("#do-severity button").click()
    expect(page.locator("h1 .sev")).to_contain_text("P1")
    assert [each.actor for each in night.commands] == ["ana"] * 3  # type: ignore[union-attr]


def test_what_others_do_appears_by_itself_and_nothing_that_is_typed_is_lost(
    opened: Open, night: SampleIncidents, api: str
):
    page = live(opened(api))
    page.evaluate("window.neverReloaded = true")
    page.locator("#note-text").fill("A note that is not sent yet")
    page.locator("#do-false-alarm > summary").click()
    page.locator("#false-alarm-why").fill("Half a sentence")
    page.locator("#do-severity > summary").click()
    page.locator("#severity-value").select_option("P2")
    page.locator("#next-actor").fill("an")
    page.locator("#next-actor").focus()
    night.decide(facts.AddNote(identity_of(night, "api"), "sam", "I see it too"))
    expect(page.locator("#timeline")).to_contain_text("I see it too")
    night.decide(facts.ChangeSeverity(identity_of(night, "api"), "sam", Severity.P1, "reads work"))
    expect(page.locator("h1 .sev")).to_contain_text("P1")
    expect(page.locator("#next-actor")).to_be_focused()
    page.keyboard.type("a")
    expect(page.locator("#next-actor")).to_have_value("ana")
    expect(page.locator("#note-text")).to_have_value("A note that is not sent yet")
    expect(page.locator("#false-alarm-why")).to_have_value("Half a sentence")
    expect(page.locator("#severity-value")).to_have_value("P2")
    assert page.evaluate("window.neverReloaded")


def test_two_who_press_at_once_both_learn_who_takes_care(
    browser: Browser, address: str, night: SampleIncidents, api: str
):
    # Not by `opened`: the browser's console complains of an answer 409, which is what is asked for here.
    first, second = (browser.new_page(java_script_enabled=False) for _ in range(2))
    for page, name in ((first, "sam"), (second, "ana")):
        page.goto(address + api)
        page.locator("#next-actor").fill(name)
    first.locator("#next-action").click()
    expect(first.locator(".next h2")).to_contain_text("sam takes care")
    with second.expect_response(lambda answer: answer.status == 409):
        second.locator("#next-action").click()
    expect(second.locator("#trouble")).to_contain_text("sam has acknowledged it")
    expect(second.locator(".next h2")).to_contain_text("sam takes care")
    for page in (first, second):
        page.close()


def test_a_silence_is_tried_before_it_is_made(opened: Open, night: SampleIncidents):
    page = live(opened("/alerts?service=checkout"))
    page.get_by_role("link", name="Silence OrdersFail").click()
    expect(page.locator("#preview-result")).to_contain_text("1 of 7 firing alerts would be quiet")
    page.locator("#silence-matchers").fill("service=checkout")
    page.locator("#preview").click()
    expect(page.locator("#preview-result")).to_contain_text("1 of 7")
    page.locator("#silence-actor").fill("sam")
    page.locator("#silence-reason").fill("The provider knows")
    page.locator("#silence").click()
    expect(page.locator("#silences")).to_contain_text("The provider knows")
    assert any(each.reason == "The provider knows" for each in night.silences())


def test_the_way_to_undo_leads_into_the_open_form(opened: Open, night: SampleIncidents):
    page = live(opened("/alerts?service=checkout"))
    page.get_by_role("link", name="Not there?").click()
    expect(page.locator("#split-why")).to_be_visible()
