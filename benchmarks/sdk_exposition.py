"""CPU time of a scrape, by line of the exposition: our metrics, and prometheus-client's with the same series."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from benchmarks.result import Result, Sample
from covet_sre_sdk import Metrics
from covet_sre_sdk.exposition import Exposition
from covet_sre_sdk.families import REQUESTS

ROUTES = 500
CODES = ("200", "404", "500")
ROUNDS = 15
FASTER = 10
SECONDS = 0.02


def run() -> list[Result]:
    """Measure scrapes between which every series has moved, and one in twenty."""
    with tempfile.TemporaryDirectory() as directory:
        makers: dict[str, Callable[[], _Measured]] = {
            "ours": lambda: _Ours(None),
            "ours, shared by workers": lambda: _Ours(directory),
            "prometheus-client": _PrometheusClient,
        }
        return [_result(every, {name: make() for name, make in makers.items()}) for every in (1, 20)]


def _result(every: int, measured: dict[str, "_Measured"]) -> Result:
    times: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(ROUNDS):
        for name, subject in measured.items():
            subject.move(every)
            began = time.process_time()
            lines = subject.scrape().count(b"\n")
            times[name].append((time.process_time() - began) / lines * 1e6)
    samples = {name: _sample(values[1:]) for name, values in times.items()}  # the first formats what never changes
    ours = samples.pop("ours")
    ratio = samples["prometheus-client"].median / ours.median
    moved = "every series" if every == 1 else f"one series in {every}"
    return Result(
        name=f"a line of the exposition, {moved} moved",
        unit="us",
        ours=ours,
        peers=samples,
        target=f"<= 1/{FASTER} of prometheus-client's",
        met=ratio >= FASTER,
        note=f"CPU time, {ROUTES} routes with {len(CODES)} codes; {ratio:.1f} times cheaper",
    )


def _sample(values: list[float]) -> Sample:
    p25, median, p75 = statistics.quantiles(values, n=4)
    return Sample(median, p25, p75, len(values))


class _Measured:
    def move(self, every: int) -> None:
        """Count one more request in every so manieth route."""
        for number in range(0, ROUTES, every):
            for code in CODES:
                self.count(f"/route{number}/{{id}}", code)

    def count(self, route: str, code: str) -> None:
        raise NotImplementedError

    def scrape(self) -> bytes:
        raise NotImplementedError


class _Ours(_Measured):
    def __init__(self, directory: str | Path | None) -> None:
        self._metrics = Metrics(directory)
        self._exposition = Exposition()
        self.move(1)

    def count(self, route: str, code: str) -> None:
        self._metrics.observe(REQUESTS, ("GET", route, code), SECONDS)

    def scrape(self) -> bytes:
        return self._exposition.render(self._metrics.totals(), open_metrics=False).encode()


class _PrometheusClient(_Measured):
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("requests", "Requests", REQUESTS.labels, registry=self._registry)
        self._durations = Histogram(
            "duration_seconds", "Time", REQUESTS.labels[:-1], registry=self._registry, buckets=REQUESTS.bounds
        )
        self.move(1)

    def count(self, route: str, code: str) -> None:
        self._requests.labels("GET", route, code).inc()
        self._durations.labels("GET", route).observe(SECONDS)

    def scrape(self) -> bytes:
        return generate_latest(self._registry)
