"""Makes docs/images/*.png from the running demo: calm at first, then with a fault switched on.

Needs the environment of the tests (Playwright) and Chromium: `.make/test/venv/bin/python tools/screenshots.py`.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTH = 1280
LARGEST_BYTES = 300_000
CALM_MINUTES = 45
"""Of the demo's clock: enough live traffic beside the simulated past for charts to show."""
FAULT_MINUTES = 6


@dataclass(frozen=True)
class Picture:
    """One page, cut off below `height` pixels."""

    name: str
    path: str
    height: int


BURNING = (
    Picture("slo", "/slos/api-availability", 1120),
    Picture("slos", "/slos", 720),
    Picture("now", "/", 900),
)


OF_PEOPLE = (
    Picture("oncall", "/oncall/platform-primary", 860),
    Picture("status-page", "/status", 1100),
)


def main() -> int:
    """Take every picture; exit status 1 when one is too large to keep in the repository."""
    address = f"http://127.0.0.1:{_free_port()}"
    command = [str(Path(sys.executable).parent / "covet-sre"), "demo", "--port", address.rpartition(":")[2]]
    demo = subprocess.Popen(command, env={**os.environ, "NO_COLOR": "1"})
    try:
        _wait(lambda: len(_slos(address)) > 0, 60)
        began = _counted_until(address)
        _wait(lambda: _minutes_since(began, address) >= CALM_MINUTES, 180)
        subprocess.run([command[0], "demo", "fault", "errors", "on", "--server", address], check=True)
        switched = _counted_until(address)
        _wait(lambda: _is_firing(address) and _minutes_since(switched, address) >= FAULT_MINUTES, 90)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            incident = Picture("incident", _worked_on(address), 1000)
            _swapped(address)
            sizes = [_take(browser, address, picture) for picture in (*BURNING, incident, *OF_PEOPLE)]
            browser.close()
    finally:
        demo.terminate()
        demo.wait(20)
    return int(max(sizes) > LARGEST_BYTES)


def _worked_on(address: str) -> str:
    """The path of the fault's incident, on which four people work, and of which others and the public were told."""
    with urllib.request.urlopen(f"{address}/api/v1/incidents?service=api", timeout=10) as answer:
        identity = json.load(answer)["items"][-1]["id"]
    at = f"/api/v1/incidents/{identity}"
    _post(address, f"{at}/acknowledge", {"actor": "ben"})
    handed = {
        "role": "commander",
        "person": "ben",
        "to": "ann",
        "note": "I roll it back; you keep the others informed.",
    }
    _post(address, f"{at}/roles/hand-over", {"actor": "ben", **handed})
    _post(address, f"{at}/roles", {"actor": "ann", "role": "communications", "person": "chloe"})
    _post(address, f"{at}/roles", {"actor": "ann", "role": "expert", "person": "dan", "domain": "database"})
    _post(
        address,
        f"{at}/notes",
        {"actor": "ben", "text": "Half of all requests answer 500 since the release of 16:10. Rolling it back."},
    )
    with urllib.request.urlopen(f"{address}{at}/communications/draft?kind=initial", timeout=10) as answer:
        draft = json.load(answer)
    message = {
        "kind": "initial",
        "version": draft["version"],
        "fields": {},
        "public": "Placing an order fails for some of you. We know why, and are on it.",
        "confirmed": True,
    }
    _post(address, f"{at}/communications", {"actor": "chloe", **message})
    return f"/incidents/{identity}"


def _swapped(address: str) -> None:
    """Somebody takes an evening of somebody else's shift."""
    with urllib.request.urlopen(f"{address}/api/v1/oncall", timeout=10) as answer:
        duty = next(one for one in json.load(answer)["items"] if one["schedule"] == "platform-primary")
    now = datetime.fromtimestamp(_counted_until(address) * 60, UTC)
    start = (now + timedelta(days=1)).replace(hour=18, minute=0, second=0)
    taken = {"removes": duty["person"], "adds": next(one for one in ("ben", "chloe") if one != duty["person"])}
    span = {"start": start.isoformat(), "end": (start + timedelta(hours=14)).isoformat()}
    where = "/api/v1/oncall/schedules/platform-primary/overrides"
    _post(address, where, {"actor": taken["adds"], **taken, **span, "reason": "A concert"})


def _post(address: str, path: str, body: dict[str, Any]) -> None:
    data = json.dumps(body).encode()
    asked = urllib.request.Request(address + path, data, {"content-type": "application/json"})
    try:
        urllib.request.urlopen(asked, timeout=10).close()
    except HTTPError as error:
        raise RuntimeError(f"{path}: {error.read().decode()}") from error


def _take(browser: Browser, address: str, picture: Picture) -> int:
    page = browser.new_page(viewport={"width": WIDTH, "height": picture.height}, color_scheme="light")
    page.goto(address + picture.path)
    page.wait_for_timeout(300)  # fonts and the stylesheet's own transitions
    file = IMAGES / f"{picture.name}.png"
    page.screenshot(path=str(file))
    page.close()
    size = file.stat().st_size
    print(f"{file.name}: {size:,} bytes")
    return size


def _slos(address: str) -> list[dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{address}/api/v1/slos", timeout=10) as answer:
            items: list[dict[str, Any]] = json.load(answer)["items"]
            return items
    except OSError:
        return []


def _counted_until(address: str) -> float:
    """In minutes of the demo's clock."""
    text = str(_slos(address)[0]["counted_until"])
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) / 60


def _minutes_since(began: float, address: str) -> float:
    return _counted_until(address) - began


def _is_firing(address: str) -> bool:
    return any("ErrorBudgetBurn1h" in item["firing"] for item in _slos(address))


def _wait(holds: Callable[[], bool], within_seconds: float) -> None:
    deadline = time.monotonic() + within_seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the demo did not come as far as the picture needs")
        time.sleep(0.5)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    raise SystemExit(main())
