"""The status page in a real browser: without JavaScript, at 360 pixels, in the dark; and told from our own pages."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.browser.test_pages_in_a_browser import SCREENSHOTS, complaints
from tests.status.sample import sample
from tests.status.server import eventually, status_server
from tests.web.house import serving

from covet_sre.app import Server
from covet_sre.app.static_folder import bring_to
from covet_sre.web.security import HEADERS
from covet_sre.web.status.site import TYPES, render_site

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

WEATHERS = ["fine", "outage", "maintenance"]
OTHERS = ["history", "components/ordering", "incidents/5ea1c400a001", "maintenance/7a17e4a4ce01"]
LOOKED_AT = [*((weather, "index") for weather in WEATHERS), *(("outage", name) for name in OTHERS)]


@pytest.fixture(scope="module")
def samples() -> Iterator[str]:
    """Every weather's site below a folder of its own, with the headers of our server."""
    sites = {weather: render_site(sample(weather)) for weather in WEATHERS}  # type: ignore[arg-type]

    async def file(request: Request) -> Response:
        weather, path = request.path_params["weather"], request.path_params["path"]
        content = sites[weather].get(path)
        kind = TYPES.get(path.rpartition(".")[2], "text/plain")
        return Response(content or b"", 404 if content is None else 200, {**HEADERS, "content-type": kind})

    with serving(Starlette(routes=[Route("/{weather}/{path:path}", file)])) as found:  # type: ignore[arg-type]
        yield found


@pytest.fixture
def address(samples: str) -> str:
    return samples


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(("weather", "name"), LOOKED_AT)
def test_the_public_pages_fit_any_screen_and_have_no_accessibility_violations(
    opened: Open, weather: str, name: str, width: int, scheme: str
) -> None:
    page = opened(f"/{weather}/{name}.html", scheme=scheme, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints(page) == []
    if name == "index":
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"status-{weather}-{width}-{scheme}.png", full_page=True)


def test_everything_is_said_in_words_and_without_a_script(opened: Open) -> None:
    page = opened("/outage/index.html", scripts=False, width=360)
    expect(page.get_by_role("heading", level=1)).to_have_text("Major system outage")
    expect(page.get_by_role("heading", name="Orders cannot be placed")).to_be_visible()
    group = page.get_by_role("group", name="Shop")
    expect(group.get_by_text("Major outage", exact=True)).to_be_visible()
    bars = group.get_by_role("img", name="Ordering, the last 90 days")
    expect(bars).to_be_visible()
    group.get_by_role("link", name="Ordering").click()
    expect(page.get_by_role("row")).to_have_count(91)
    expect(page.get_by_role("row").nth(1)).to_contain_text("Major outage")


def test_it_is_read_with_the_keyboard(opened: Open) -> None:
    page = opened("/outage/index.html")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Orders cannot be placed")).to_be_focused()


def test_the_static_files_work_from_a_folder_without_any_server(browser: Browser, tmp_path: Path) -> None:
    bring_to(tmp_path / "site", render_site(sample("outage")))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "site" / "index.html").as_uri())
    expect(page.locator(".banner")).to_have_css("border-radius", "16px")
    page.get_by_role("link", name="Orders cannot be placed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders cannot be placed")
    page.get_by_role("link", name="Status", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Major system outage")
    context.close()


def test_it_prints_with_its_colours_and_without_its_buttons(opened: Open) -> None:
    page = opened("/outage/index.html", scheme="dark")
    page.emulate_media(media="print", color_scheme="light")
    expect(page.get_by_role("link", name="Subscribe")).to_be_hidden()
    expect(page.locator(".bars").first).to_be_visible()


# ---------------------------------------------------------------- telling it


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    with status_server(tmp_path_factory.mktemp("status"), 9, 2) as server:
        eventually(lambda: server.status_site.served() is not None)
        with serving(server.application) as address:  # type: ignore[arg-type]
            yield server, address


@pytest.fixture
def page(browser: Browser, house: tuple[Server, str]) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    found = context.new_page()
    found.set_default_timeout(10_000)
    found.goto(f"{house[1]}/status-page")
    yield found
    context.close()


def test_somebody_tells_the_public_looks_at_it_first_and_is_warned_of_internal_names(
    page: Page, house: tuple[Server, str]
) -> None:
    server, address = house
    page.locator("#publish > summary").click()
    page.locator("#publish-title").fill("Orders cannot be placed")
    page.locator("#publish-text").fill("The zanzibar-svc is down. <b>Sorry</b>")
    page.locator("select[name='state:ordering']").select_option("major_outage")
    page.locator("#publish-impact").select_option("major")
    page.locator("#publish-actor").fill("Ann")
    page.locator("#publish-preview").click()
    expect(page.locator("#preview-notice")).to_contain_text("zanzibar-svc")
    expect(page.locator(".updates")).to_contain_text("<b>Sorry</b>")
    page.locator("#preview-edit").click()
    expect(page.locator("#publish-text")).to_have_value("The zanzibar-svc is down. <b>Sorry</b>")
    page.locator("#publish-now").click()
    expect(page.locator("#trouble")).to_contain_text("the name of a service 'zanzibar-svc'")
    page.locator("#publish-text").fill("We are looking into it.")
    page.locator("#publish-now").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Orders cannot be placed")
    identity = page.url.rpartition("/")[2]
    # Somebody else tells on meanwhile; what is written here is not lost.
    incident = server.public.incident(identity)
    page.locator("#update-text").fill("My own words.")
    from covet_sre.incident.status_facts import UpdatePublicIncident
    from covet_sre.status.public_incident import PublicStatus

    server.desk.incidents.decide(
        UpdatePublicIncident("Ben", identity, incident.version, "Ben was quicker.", PublicStatus.IDENTIFIED)
    )
    page.locator("#update-now").click()
    expect(page.locator("#trouble")).to_contain_text("changed meanwhile by Ben")
    expect(page.locator("#update-text")).to_have_value("My own words.")
    expect(page.locator(".public-texts")).to_contain_text("Ben was quicker.")
    page.locator("#update-status").select_option("resolved")
    page.locator("#update-now").click()
    expect(page.locator(".public-texts")).to_contain_text("My own words.")
    eventually(lambda: b"My own words." in server.status_site.served().site["index.html"])  # type: ignore[union-attr]
    page.goto(f"{address}/status/")
    expect(page.get_by_role("link", name="Orders cannot be placed")).to_be_visible()


def test_maintenance_is_scheduled_and_a_state_set_by_hand(page: Page, house: tuple[Server, str]) -> None:
    page.locator("#schedule > summary").click()
    page.locator("#schedule-title").fill("Larger machines")
    page.locator("#schedule-text").fill("Pages may be slow.")
    page.locator("#schedule input[name='component:ordering']").check()
    page.locator("#schedule input[name='silence']").check()
    page.locator("#schedule-actor").fill("Ann")
    page.locator("#schedule-preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Larger machines")
    page.locator("#preview-publish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Larger machines Scheduled")
    expect(page.get_by_role("link", name="silence")).to_be_visible()
    page.goto(f"{house[1]}/status-page")
    page.locator("#component-support > summary").click()
    page.locator("#state-support").select_option("partial_outage")
    page.locator("#reason-support").fill("the phone is broken")
    page.locator("#set-support").click()
    expect(page.locator("#component-support > summary")).to_contain_text("By Ann: the phone is broken")
    page.locator("#component-support > summary").click()
    page.locator("#clear-support").click()
    expect(page.locator("#component-support > summary")).not_to_contain_text("the phone is broken")


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(
    "path",
    [
        "/status-page",
        "/status-page?incident=INC-2026-1126-009",
        "/status-page/subscribers",
        "/status/subscribe",
        "/status/confirm/x/y",
        "/status/unsubscribe/x/y",
    ],
)
def test_the_pages_around_it_fit_any_screen_and_have_no_accessibility_violations(
    browser: Browser, house: tuple[Server, str], path: str, width: int
) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)  # type: ignore[arg-type]
        shown = context.new_page()
        shown.goto(house[1] + path)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        for summary in shown.locator("details > summary").all():
            summary.click()
        assert complaints(shown) == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        SCREENSHOTS.mkdir(exist_ok=True)
        name = path.strip("/").replace("/", "-").partition("?")[0]
        shown.screenshot(path=SCREENSHOTS / f"around-{name}-{width}-{scheme}.png", full_page=True)
        context.close()
