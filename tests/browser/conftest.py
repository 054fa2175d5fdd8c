"""A headless Chromium and a sample installation behind a real server.

Without Chromium these tests fail and say how to get it.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.web.house import application, serving
from tests.web.sample import SampleDemo, SampleReliability

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")  # and no longer: while it lives, a loop runs here, in which other tests can start none
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail("Chromium is needed: apt-get install -y chromium", pytrace=False)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def sample() -> SampleReliability:
    return SampleReliability()


@pytest.fixture
def demo() -> SampleDemo:
    return SampleDemo()


@pytest.fixture
def address(sample: SampleReliability, demo: SampleDemo) -> Iterator[str]:
    with serving(application(sample, demo)) as found:
        yield found


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page; at the end nothing was asked of another host, and the console is empty."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str, *, scheme: Scheme = "light", width: int = 1280, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 860}, color_scheme=scheme, java_script_enabled=scripts
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda asked: None if asked.url.startswith(address) else complaints.append(asked.url))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(10_000)
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
