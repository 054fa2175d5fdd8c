"""A whole server with a status page, whose internal names are all marked, asked without a network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from starlette.testclient import TestClient

from covet_sre.app import Server, Settings
from covet_sre.status.subscriber import Subscriber, SubscriberKind, identity_of

ADDRESS = "http://127.0.0.1:8420"
MARK = "zanzibar"
"""In every internal name."""

FILES = """
apiVersion: openslo/v1
kind: Service
metadata:
  name: zanzibar-svc
  displayName: Zanzibar service
  annotations:
    covet-sre/team: zanzibar-team
    covet-sre/runbook: https://zanzibar.example/runbook
    covet-sre/first-step: Restart the zanzibar
spec: {description: The zanzibar}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: zanzibar-source}
spec: {type: prometheus, connectionDetails: {url: http://127.0.0.1:9}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: zanzibar-slo, displayName: Zanzibar SLO}
spec:
  service: zanzibar-svc
  description: All of the zanzibar
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: zanzibar-sli}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {spec: {query: 'zanzibar_total{code="500"}'}}}
        total: {metricSource: {spec: {query: zanzibar_total}}}
  objectives: [{target: 0.999, displayName: Zanzibar objective}]
---
apiVersion: covet-sre/v1
kind: Team
metadata: {name: zanzibar-team, displayName: Zanzibar team}
spec:
  members: [{name: zanzibar-ann, displayName: Ann Zanzibar, email: ann@zanzibar.example}]
  targets: {page: [inbox], email: [inbox], slack: [inbox], ticket: [inbox]}
  escalationPolicy: zanzibar-policy
---
apiVersion: covet-sre/v1
kind: EscalationPolicy
metadata: {name: zanzibar-policy}
spec: {steps: [{notify: [{team: zanzibar-team}]}]}
---
apiVersion: covet-sre/v1
kind: NotificationTarget
metadata: {name: mail}
spec:
  type: email
  settings: {host: 127.0.0.1, port: PORT, startTls: false, from: status@example.com}
---
apiVersion: covet-sre/v1
kind: StatusPage
metadata: {name: public}
spec:
  title: Example status
  address: https://status.example.com
  support: https://example.com/help
  components:
    - {id: ordering, name: Ordering, group: Shop, services: [zanzibar-svc]}
    - {id: support, name: Customer support, manual: true, since: 2026-01-01}
  subscribers: {email: mail, webhook: true}
"""


@contextmanager
def status_server(folder: Path, mail_port: int = 9, subscribers: int = 0, **settings: object) -> Iterator[Server]:
    """Measuring and deciding; `subscribers` are there from the start. Stopped at the end."""
    files = folder / "reliability.yaml"
    files.write_text(FILES.replace("PORT", str(mail_port)))
    made = Server(Settings([files], f"sqlite:///{folder / 'covet-sre.db'}", **settings))  # type: ignore[arg-type]
    for one in map(reader, range(subscribers)):
        made.store.change_record(Subscriber, one.identity, lambda _before, one=one: one, None)
    made.start()
    try:
        yield made
    finally:
        made.close()


def reader(number: int) -> Subscriber:
    address = f"reader{number}@example.org"
    identity = identity_of(SubscriberKind.EMAIL, address)
    return Subscriber(identity, SubscriberKind.EMAIL, address, f"{number:043}", 1.0, confirmed_at=1.0)


def client(server: Server, address: str = ADDRESS, **headers: str) -> TestClient:
    return TestClient(server.application, base_url=address, headers=headers, follow_redirects=False)


def eventually(is_so: object, seconds: float = 30.0) -> None:
    """Wait until it is so; what is awaited happens in other threads, and no time is too short for a slow machine."""
    until = monotonic() + seconds
    while not is_so():  # type: ignore[operator]
        assert monotonic() < until, "it did not happen"
        sleep(0.02)
