"""One scraped target: asked once, what came of it, and how it is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from covet_sre.errors import SourceError, SourceMisanswered
from covet_sre.integrations.bounded_http import HttpClient
from covet_sre.integrations.reply import refused_status
from covet_sre.integrations.scrape.exposition import ACCEPT, NotAnExposition, WantedLines, text_of
from covet_sre.integrations.scrape.kept import KeptSamples
from covet_sre.slo.counting import SeriesSamples

_REMARKS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """How a target is, for people. Times are seconds since the epoch.

    `failures` counts those in a row. `remarks` are oddities of the last scrape that did not spoil the rest of it.
    """

    address: str
    instance: str
    last_success_seconds: float | None = None
    last_error: SourceError | None = None
    last_error_seconds: float | None = None
    failures: int = 0
    series: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def up(self) -> bool | None:
        """Whether the last scrape succeeded; None before the first."""
        if self.last_success_seconds is None and not self.failures:
            return None
        return self.failures == 0


class ScrapedTarget:
    """A target and the samples of its last minutes."""

    def __init__(self, client: HttpClient, labels: Mapping[str, str], wanted: Iterable[str], kept: KeptSamples) -> None:
        self.labels = dict(labels)
        self._client, self._kept = client, kept
        self._wanted = WantedLines(wanted)
        address = client.address
        self._path = (address.path or "/metrics") + (f"?{address.query}" if address.query else "")
        self.health = TargetHealth(address.shown, self.labels.get("instance", address.host_and_port))

    def scrape(self, clock: Callable[[], float]) -> None:
        """Ask the target once. What goes wrong is told by `health`; samples are of the moment of asking."""
        moment = clock()
        try:
            series, remarks = self._kept.add(moment, self._wanted.of(self._exposed()))
        except NotAnExposition as wrong:
            self._failed(self._misanswered(str(wrong)), moment)
        except SourceError as error:
            self._failed(error, moment)
        else:
            self.health = replace(
                self.health,
                last_success_seconds=moment,
                failures=0,
                series=series,
                remarks=_few(remarks),
            )

    def between(
        self, metric: str, accepts: Callable[[Mapping[str, str]], bool], start_seconds: float, end_seconds: float
    ) -> list[SeriesSamples]:
        return self._kept.between(metric, accepts, start_seconds, end_seconds)

    def scraped_between(self, start_seconds: float, end_seconds: float) -> bool:
        """Whether a scrape in start < time <= end succeeded."""
        return self._kept.scraped_between(start_seconds, end_seconds)

    def close(self) -> None:
        self._client.close()

    def _exposed(self) -> str:
        reply = self._client.exchange("GET", self._path, headers={"Accept": ACCEPT})
        if refusal := refused_status(reply, self._client.address.shown):
            raise refusal
        return text_of(reply.body, reply.content_type, delimited=reply.delimited)

    def _misanswered(self, problem: str) -> SourceMisanswered:
        remedy = "check that the address is that of its metrics, and what they hold"
        return SourceMisanswered(problem, where=self._client.address.shown, remedy=remedy)

    def _failed(self, error: SourceError, moment: float) -> None:
        self.health = replace(
            self.health, last_error=error, last_error_seconds=moment, failures=self.health.failures + 1, series=0
        )


def _few(remarks: list[str]) -> tuple[str, ...]:
    rest = len(remarks) - _REMARKS_SHOWN
    return tuple(remarks) if rest <= 1 else (*remarks[:_REMARKS_SHOWN], f"and {rest} more like these")
