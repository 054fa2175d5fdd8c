"""The public status page: how many bytes it has, how long rendering takes, and a page while 1,000 mails wait."""

import gzip
import random
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.slow_mail import slow_mail
from covet_sre.alerting.severity import Severity
from covet_sre.app import Server, Settings
from covet_sre.incident.facts import Declare
from covet_sre.incident.outgoing import Delivery, Purpose
from covet_sre.incident.status_facts import PublishIncident
from covet_sre.status.page import Component, StatusPage
from covet_sre.status.standing import Standing, Told, standing
from covet_sre.status.subscriber import Subscriber, SubscriberKind, identity_of
from covet_sre.status.uptime import Measured, last_days
from covet_sre.web.status.site import render_site

COMPONENTS, ROUNDS = 20, 9
MOST_BYTES = 50_000
SUBSCRIBERS, PAGES = 1000, 15
LETTER_SECONDS = 0.2
_EVERY_SECONDS = 0.2
MOST_PAGE_SECONDS = 1.0
_NOW = 1_795_718_400.0

_FILES = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: nowhere}
spec: {type: prometheus, connectionDetails: {url: "http://127.0.0.1:9"}}
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {name: mail}
spec: {type: email, settings: {host: 127.0.0.1, port: PORT, startTls: false, from: status@example.com}}
---
apiVersion: covet-sre/v1
kind: StatusPage
metadata: {name: public}
spec:
  title: Example status
  address: https://status.example.com
  components: [{id: ordering, name: Ordering, services: [shop-0]}]
  subscribers: {email: mail}
"""
_TEAM = """\
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop-N, annotations: {covet-sre/team: team-N}}
spec: {}
---
apiVersion: covet-sre/v1
kind: Team
metadata: {name: team-N}
spec:
  members: [{name: ann-N}]
  targets: {page: [inbox], email: [inbox], slack: [inbox], ticket: [inbox]}
  escalationPolicy: policy-N
---
apiVersion: covet-sre/v1
kind: EscalationPolicy
metadata: {name: policy-N}
spec: {steps: [{notify: [{person: ann-N}]}]}
"""
"""Each page is another team's, so that nothing is bundled."""


def run() -> list[Result]:
    """The page in memory; then two servers, one of which has a thousand mails to send."""
    shown = _standing()
    site = render_site(shown)
    index = site["index.html"]
    rendering = [_seconds_of_rendering(shown) * 1000 for _ in range(ROUNDS)]
    quiet, busy, sent = _page_seconds(0), *_page_seconds_beside_mails()
    return [
        Result(
            name=f"the public page, {COMPONENTS} components with 90 days each",
            unit="bytes",
            ours=sample([float(len(index))]),
            peers={"ours, packed": sample([float(len(gzip.compress(index, 6)))])},
            target=f"< {MOST_BYTES:,}",
            met=len(index) < MOST_BYTES,
        ),
        Result(
            name="rendering all of it: pages, feeds, JSON",
            unit="ms",
            ours=sample(rendering),
            peers={},
            target="none, for information",
            met=True,
            note=f"{len(site)} files; at most once in 2 s",
        ),
        Result(
            name=f"from an incident to its page, while {SUBSCRIBERS:,} subscribers are told",
            unit="s",
            ours=sample(busy),
            peers={"ours, without mails": sample(quiet)},
            target=f"< {MOST_PAGE_SECONDS:g}",
            met=max(busy) < MOST_PAGE_SECONDS,
            note=f"the mail server takes {LETTER_SECONDS:g} s a letter, and had taken {sent} by the end",
        ),
    ]


def _standing() -> Standing:
    chance = random.Random(5)
    components = tuple(
        Component(
            f"component-{n}", f"Component {n}", "What it is for, in a few words.", f"Group {n // 5}", (), ("slo",)
        )
        for n in range(COMPONENTS)
    )
    days = last_days(_NOW, UTC)
    measured = {
        one.identity: {"slo": [Measured(chance.choice((0, 0, 0, 0, 1, 40, 900)), 20_000, 1440, 0.001) for _ in days]}
        for one in components
    }
    page = StatusPage("public", "Example status", "https://status.example.com", components=components)
    return standing(page, _NOW, Told(), {}, measured, days)


def _seconds_of_rendering(shown: Standing) -> float:
    began = time.perf_counter()
    render_site(shown)
    return time.perf_counter() - began


def _page_seconds_beside_mails() -> tuple[list[float], int]:
    with slow_mail(LETTER_SECONDS) as mails, _server(mails.port, SUBSCRIBERS) as server:
        server.desk.incidents.decide(PublishIncident("ann", "Orders cannot be placed", "We are looking into it."))
        while not mails.letters:
            time.sleep(0.01)
        return _pages(server), mails.letters


def _page_seconds(subscribers: int) -> list[float]:
    with _server(9, subscribers) as server:
        return _pages(server)


def _pages(server: Server) -> list[float]:
    """One after another, while the news are on their way."""
    taken: list[float] = []
    for number in range(PAGES):
        taken.append(_one_page(server, number))
        time.sleep(_EVERY_SECONDS)
    return taken


def _one_page(server: Server, number: int) -> float:
    """From the declaration until the page is recorded as delivered."""
    began = time.perf_counter()
    incident = server.desk.incidents.decide(Declare("ann", f"shop-{number}", Severity.P0, "Nothing works"))
    while not any(
        one.purpose is Purpose.TRIGGER and one.delivery is Delivery.DELIVERED
        for one in server.store.notifications(incident, None, 10)
    ):
        if time.perf_counter() - began > 60:
            raise RuntimeError("the page never left")
        time.sleep(0.002)
    return time.perf_counter() - began


@contextmanager
def _server(mail_port: int, subscribers: int) -> Generator[Server]:
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name:
        folder = Path(name)
        files = folder / "reliability.yaml"
        teams = "".join(_TEAM.replace("-N", f"-{number}") for number in range(PAGES))
        files.write_text(_FILES.replace("PORT", str(mail_port)) + teams)
        server = Server(Settings([files], f"sqlite:///{folder / 'covet-sre.db'}"))
        for number in range(subscribers):
            address = f"reader{number}@example.org"
            identity = identity_of(SubscriberKind.EMAIL, address)
            one = Subscriber(identity, SubscriberKind.EMAIL, address, f"{number:043}", 1.0, confirmed_at=1.0)
            server.store.change_record(Subscriber, identity, lambda _before, one=one: one, None)
        server.start()
        try:
            yield server
        finally:
            server.close()
