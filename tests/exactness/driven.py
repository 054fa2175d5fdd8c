"""The real order service, driven with a known number of good and bad requests, and the SLOs over it."""

from contextlib import ExitStack
from pathlib import Path

from covet_sre.flows.declaration import Declaration
from covet_sre.spec import read_paths
from servers.prometheus import free_port
from tests.examples.conftest import Service, running_service

SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: api
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  objectives: [{{target: 0.9}}]
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        counter: true
        total: {{metricSource: {{metricSourceRef: covet, spec: {{query: '{total}'}}}}}}
        {part}: {{metricSource: {{metricSourceRef: covet, spec: {{query: '{selector}'}}}}}}
---
"""
REQUESTS = 'http_requests_total{job="covet"}'
BY_BAD = SLO.format(name="by-bad", total=REQUESTS, part="bad", selector='http_requests_total{job="covet",code=~"5.."}')
BY_GOOD = SLO.format(
    name="by-good", total=REQUESTS, part="good", selector='http_requests_total{job="covet",code!~"5.."}'
)
WITHIN_TEN_SECONDS = SLO.format(
    name="in-time",
    total='http_request_duration_seconds_count{job="covet"}',
    part="good",
    selector='http_request_duration_seconds_bucket{job="covet",le="10.0"}',
)
SERVICE = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: api}\nspec: {}\n---\n"


def source(details: str, kind: str) -> str:
    return (
        "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: covet}\n"
        f"spec: {{type: {kind}, connectionDetails: {{{details}}}}}\n---\n"
    )


def declared(folder: Path, *documents: str) -> Declaration:
    """Read documents as a user's file would be read."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "slos.yaml").write_text("".join((SERVICE, *documents)))
    return read_paths([folder])


class DrivenService:
    """Starts, ends and drives the service. `good` and `bad` are what its clients were answered, over all its lives."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lives = folder, ExitStack()
        self.port = free_port()
        self.good = self.bad = 0
        self.service: Service | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def truth(self) -> tuple[int, int]:
        return self.bad, self.good + self.bad

    def start(self) -> None:
        life = running_service(self._folder, "--port", str(self.port))
        self.service = self._lives.enter_context(life)

    def crash(self) -> None:
        """As by kill -9: nothing is said to anybody."""
        assert self.service is not None
        self.service.process.kill()
        self.service.process.wait(10)

    def restart(self) -> None:
        self.crash()
        self.start()

    def send(self, good: int, bad: int = 0) -> None:
        assert self.service is not None
        self.service.switch(errors=0)
        self._ask(good)
        if bad:
            self.service.switch(errors=1)
            self._ask(bad)
            self.service.switch(errors=0)

    def _ask(self, number: int) -> None:
        assert self.service is not None
        for turn in range(number):
            status, _ = self.service.ask("GET", "/orders" if turn % 3 else f"/orders/{turn % 20 + 1}")
            if status >= 500:
                self.bad += 1
            else:
                self.good += 1

    def close(self) -> None:
        self._lives.close()
