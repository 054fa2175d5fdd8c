"""Raw counter samples from targets that are scraped here, without a Prometheus."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from covet_sre.errors import SourceError, SourceMisanswered
from covet_sre.integrations.address import Address, clipped
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.reply import Limits
from covet_sre.integrations.scrape.kept import KeptSamples
from covet_sre.integrations.scrape.target import ScrapedTarget, TargetHealth
from covet_sre.ports import Clock, CounterAnswer, CounterQuery, Pacer
from covet_sre.slo.counting import SeriesSamples
from covet_sre.slo.indicator import Selector

PROCESS_START = "process_start_time_seconds"
DEFAULT_INTERVAL_SECONDS = 15.0
_STALE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class ScrapeSettings:
    """What to scrape, and how far to go.

    `targets` are URLs; one without a path means `/metrics`. `wanted` are the names of the samples to keep, as exposed
    (`http_requests_total`, `..._bucket`). `interval_seconds` and `kept_seconds` are of the clock, `timeout_seconds`
    of the wall. `labels` are given to every series, `job` usually. `headers` go with every request, never shown.
    """

    targets: Sequence[str]
    wanted: Collection[str]
    interval_seconds: float = DEFAULT_INTERVAL_SECONDS
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    timeout_seconds: float = 10.0
    kept_seconds: float = 900.0
    size_limit_bytes: int = 10_000_000
    series_limit: int = 50_000


class ScrapeSource:
    """A MetricSource that scrapes. `start` begins; each target has a thread of its own, so that none waits for another.

    The set of wanted metrics is fixed: after a change build a new source. (A metric that joined later would look as
    if its counters had been born just then.) Raises ValueError when a target is no http or https URL.
    """

    def __init__(
        self,
        settings: ScrapeSettings,
        clock: Clock,
        pacer: Pacer,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._clock, self._pacer = clock, pacer
        self._wanted = frozenset(settings.wanted) | {PROCESS_START}
        addresses = [Address.parse(target) for target in dict.fromkeys(settings.targets)]
        uses = Counter(address.host_and_port for address in addresses)
        self._targets = [self._target(address, uses[address.host_and_port] > 1, monotonic) for address in addresses]
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def health(self) -> tuple[TargetHealth, ...]:
        """How each target is, in the order of the settings."""
        return tuple(target.health for target in self._targets)

    def start(self) -> "ScrapeSource":
        """Begin to scrape, each target at once and then at the interval. Returns itself."""
        if not self._threads:
            for target in self._targets:
                thread = threading.Thread(
                    target=self._keep_scraping, args=(target,), name=f"scrape {target.health.instance}", daemon=True
                )
                self._threads.append(thread)
                thread.start()
        return self

    def scrape_once(self) -> None:
        """Scrape each target now, one after another, on the caller's thread."""
        for target in self._targets:
            target.scrape(self._clock)

    def read(self, query: CounterQuery, start_seconds: float, end_seconds: float) -> CounterAnswer:
        """See MetricSource.read. When no target gave anything in that time and one failed, its error is raised."""
        if query.metric not in self._wanted:
            raise SourceMisanswered(
                f"{query.metric} is not among the metrics that are kept", remedy="name it as wanted"
            )
        selector = Selector(query.metric, query.matchers)
        try:
            series = self._between(
                query.metric, lambda labels: selector.accepts(dict(labels)), start_seconds, end_seconds
            )
        except re.error as wrong:
            raise SourceMisanswered(f"a matcher of {selector} cannot be read: {wrong}", remedy="mend it") from wrong
        if not series and not any(target.scraped_between(start_seconds, end_seconds) for target in self._targets):
            self._raise_failure()
        return CounterAnswer(query, series)

    def evaluate(
        self,
        expression: str,
        start_minute: int,  # noqa: ARG002 -- the port's signature
        end_minute: int,  # noqa: ARG002 -- the port's signature
    ) -> Sequence[tuple[Mapping[str, str], Mapping[int, float]]]:
        """Always raises SourceMisanswered: there is no PromQL without a Prometheus."""
        raise SourceMisanswered(
            f"targets that are scraped directly answer no PromQL: {clipped(expression)}",
            remedy="use a plain counter selector, or a source of type prometheus",
        )

    def process_starts(self, at_seconds: float) -> Mapping[tuple[str, str], float]:
        """See MetricSource.process_starts. Of several processes behind one target the youngest counts."""
        starts: dict[tuple[str, str], float] = {}
        for series in self._between(PROCESS_START, lambda _: True, at_seconds - _STALE_SECONDS, at_seconds):
            target = series.labels.get("job", ""), series.labels.get("instance", "")
            started = float(series.samples[-1][1])
            if started == started:
                starts[target] = max(started, starts.get(target, started))
        return starts

    def remarks(self) -> Sequence[str]:
        """Targets that fail, and oddities of the others' last scrapes."""
        told: list[str] = []
        for health in self.health:
            if health.failures and health.last_error is not None:
                told.append(f"{health.address} fails: {health.last_error.problem}")
            else:
                told += [f"{health.address}: {remark}" for remark in health.remarks]
        return told

    def close(self) -> None:
        """Stop scraping; a scrape that is under way is broken off."""
        self._stop.set()
        for target in self._targets:
            target.close()
        for thread in self._threads:
            thread.join(timeout=2.0)

    def _target(self, address: Address, shares_port: bool, monotonic: Callable[[], float]) -> ScrapedTarget:
        settings = self.settings
        limits = Limits(settings.timeout_seconds, settings.size_limit_bytes)
        client = HttpClient(
            address, limits, headers=settings.headers, monotonic=monotonic, secrets=settings.headers.values()
        )
        # Prometheus' `instance` is host and port; two targets that share them are told apart by their paths.
        instance = address.host_and_port + (address.path if shares_port else "")
        labels = {"instance": instance, **settings.labels}
        kept = KeptSamples(labels, kept_seconds=settings.kept_seconds, series_limit=settings.series_limit)
        return ScrapedTarget(client, labels, self._wanted, kept)

    def _between(
        self, metric: str, accepts: Callable[[Mapping[str, str]], bool], start_seconds: float, end_seconds: float
    ) -> list[SeriesSamples]:
        answers = [target.between(metric, accepts, start_seconds, end_seconds) for target in self._targets]
        return [series for answer in answers for series in answer]

    def _raise_failure(self) -> None:
        errors: list[SourceError] = [
            health.last_error for health in self.health if health.failures and health.last_error
        ]
        if errors:
            raise errors[0]

    def _keep_scraping(self, target: ScrapedTarget) -> None:
        due = self._clock()
        while not self._stop.is_set():
            target.scrape(self._clock)
            due = _next_turn(due, self._clock(), self.settings.interval_seconds)
            if self._pacer.wait(due - self._clock(), self._stop):
                return


def _next_turn(due: float, now: float, interval_seconds: float) -> float:
    """The next turn after now, in rhythm with the last one; turns that were missed are not made up for."""
    following = due + interval_seconds
    if following > now + interval_seconds:
        return now + interval_seconds  # The clock was set back.
    if following <= now:
        following += ((now - following) // interval_seconds + 1) * interval_seconds
    return following
