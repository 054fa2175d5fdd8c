"""A whole installation in virtual time: the real server's engine, API and pages, over sources that may lie."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import covet_sre.app.sources
from covet_sre.app import PROMETHEUS_SETTLE_SECONDS, Server, Settings
from covet_sre.errors import StoreError
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.reply import Reply
from covet_sre.integrations.scrape import ScrapeSettings, ScrapeSource
from tests.exactness.driven import SERVICE, SLO

START_SECONDS = 28_000_080 * 60.0 + PROMETHEUS_SETTLE_SECONDS + 1
GOOD_A_MINUTE, BAD_A_MINUTE = 56, 4


class HandScraped(ScrapeSource):
    """Scrapes when the test says so, on the test's thread."""

    def __init__(self, settings: ScrapeSettings, *arguments: Any, **options: Any) -> None:
        super().__init__(replace(settings, size_limit_bytes=8_000_000), *arguments, **options)

    def start(self) -> "HandScraped":
        return self


class SmallAnswers(PrometheusSource):
    def __init__(self, address: str, *, headers: Mapping[str, str]) -> None:
        super().__init__(address, headers=headers, size_limit_bytes=8_000_000)


def impatient_with(hanging: set[str]) -> Callable[..., Reply]:
    """Exchanges that soon give up on servers (host:port) that hang, and never on one that is merely slow."""
    exchange = HttpClient.exchange

    def impatient(client: HttpClient, *arguments: Any, **options: Any) -> Reply:
        timeout_seconds = 0.3 if client.address.host_and_port in hanging else 60.0
        client.limits = replace(client.limits, timeout_seconds=timeout_seconds)
        return exchange(client, *arguments, **options)

    return impatient


def slo(name: str, source: str) -> str:
    document = SLO.format(
        name=name,
        total='requests_total{job="shop"}',
        part="bad",
        selector='requests_total{job="shop",code="500"}',
    )
    return document.replace("metricSourceRef: covet", f"metricSourceRef: {source}")


def prometheus(name: str, url: str) -> str:
    return (
        f"apiVersion: openslo/v1\nkind: DataSource\nmetadata: {{name: {name}}}\n"
        f"spec: {{type: prometheus, connectionDetails: {{url: '{url}', scrapeInterval: 15s}}}}\n---\n"
    )


def scrape(name: str, *urls: str) -> str:
    targets = ", ".join(f"'{url}/metrics'" for url in urls)
    return (
        f"apiVersion: openslo/v1\nkind: DataSource\nmetadata: {{name: {name}}}\nspec: {{type: scrape, "
        f"connectionDetails: {{targets: [{targets}], interval: 15s, labels: {{job: shop}}}}}}\n---\n"
    )


class Installation:
    """`minute()` lets one minute pass: targets count, are scraped, and the engine does its turn."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, documents: str, database_url: str = "") -> None:
        monkeypatch.setattr(covet_sre.app.sources, "PrometheusSource", SmallAnswers)
        monkeypatch.setattr(covet_sre.app.sources, "ScrapeSource", HandScraped)
        self.hanging: set[str] = set()
        monkeypatch.setattr(HttpClient, "exchange", impatient_with(self.hanging))
        self.seconds = START_SECONDS
        self.file = folder / "reliability.yaml"
        self.file.write_text(SERVICE + documents)
        self.database_url = database_url or f"sqlite:///{folder / 'ledger.db'}"
        self.server = self._opened()

    def _opened(self) -> Server:
        server = Server(Settings((self.file,), self.database_url, clock=lambda: self.seconds))
        self.client = TestClient(server.application, base_url="http://127.0.0.1")
        self._turn(server)
        return server

    def restart(self) -> None:
        self.server.close()
        self.server = self._opened()

    def close(self) -> None:
        self.server.close()

    # ------------------------------------------------------------ time

    def minutes(self, number: int, *, scraped: bool = True) -> None:
        for _ in range(number):
            for _ in range(4):
                self.seconds += 15
                if scraped:
                    for source in self.server._sources._open.values():
                        if isinstance(source, HandScraped):
                            source.scrape_once()
            self.turn()

    def turn(self) -> None:
        self._turn(self.server)

    def _turn(self, server: Server) -> None:
        try:
            server.engine.turn()
        except StoreError as error:
            # As the engine's own thread does.
            server.engine._note(error)

    def fill_in(self) -> None:
        self.server.engine.fill_in_everything(lambda _done, _all: None)

    # ------------------------------------------------------------ what the doors say

    def slos(self) -> dict[str, dict[str, Any]]:
        answer = self.client.get("/api/v1/slos")
        assert answer.status_code == 200
        return {item["name"]: item for item in answer.json()["items"]}

    def sources(self) -> dict[str, dict[str, Any]]:
        answer = self.client.get("/api/v1/sources")
        assert answer.status_code == 200
        return {item["name"]: item for item in answer.json()["items"]}

    def page(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def counts(self, name: str) -> tuple[int, int]:
        budget = self.server.answers.status(name).budget
        return (0, 0) if budget is None else tuple(budget.counts)

    def silences(self, source: str) -> list[str]:
        told = self.server.answers.alert_history(f"covet-sre/source/{source}", 100)
        return [transition.state for transition in told]

    # ------------------------------------------------------------ what honest sources answer

    def counted(self, code: str, at: float) -> int:
        """An even stream of requests, counted since long before the start."""
        a_minute = GOOD_A_MINUTE if code == "200" else BAD_A_MINUTE
        return math.floor((at - START_SECONDS + 86_400) * a_minute / 60)

    def exposition(self, _path: str = "") -> bytes:
        lines = [f'requests_total{{code="{code}"}} {self.counted(code, self.seconds)}' for code in ("200", "500")]
        return "\n".join(["# TYPE requests_total counter", *lines, ""]).encode()

    def api_answer(self, _path: str = "") -> bytes:
        """The last hour of raw samples, as a range selector of the Prometheus API answers them."""
        return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": self.matrix()}}).encode()

    def matrix(self) -> list[dict[str, Any]]:
        now = math.floor(self.seconds / 15) * 15
        moments = range(now - 3600, now + 1, 15)
        return [
            {
                "metric": {"__name__": "requests_total", "job": "shop", "instance": "a:1", "code": code},
                "values": [[at, str(self.counted(code, at))] for at in moments],
            }
            for code in ("200", "500")
        ]


Answer = Callable[[str], bytes]
