"""What an alert policy would have done to people: how often, when, for how long, and for what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from covet_sre.budget.incident import Incident
from covet_sre.slo.burn import BurnAlert, Severity
from covet_sre.slo.objective import Objective


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from its firing to its end, None when it still fired at the end of the replay.

    `budget_gone` is the share of the error budget that was spent when it began, above 1 when it was overspent, None
    before the first event. `detection_minutes` counts from the time that the error ratio crossed the objective;
    `reset_minutes` from the time that it came back, None where it had not when the alert ended. A crossing that
    cannot be what the alert fired for gives no delay.
    """

    alert: BurnAlert
    start: int
    end: int | None
    budget_gone: float | None
    detection_minutes: int | None
    reset_minutes: int | None


@dataclass(frozen=True, slots=True)
class Notice:
    """One page (or ticket, or warning) as people get it: episodes of one severity that overlap are one.

    `incidents` are those that it overlaps.
    """

    severity: Severity
    start: int
    end: int | None
    alerts: tuple[str, ...]
    budget_gone: float | None
    detection_minutes: int | None
    reset_minutes: int | None
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. `value` is None of none: neither 0 nor 1."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One policy over one objective, from `start` to `end`.

    `incidents` are the known ones of this time that concern the objective, None when nobody told of any.
    `untested` are alerts over indicators that were not measured. `measured` is the share of minutes that were.
    """

    policy: str
    objective: Objective
    start: int
    end: int
    episodes: tuple[Episode, ...]
    notices: tuple[Notice, ...]
    incidents: tuple[Incident, ...] | None
    untested: tuple[BurnAlert, ...]
    measured: float

    @property
    def is_known(self) -> bool:
        """Whether anything was measured: without, no page is no good news."""
        return self.measured > 0

    def of(self, severity: Severity) -> tuple[Notice, ...]:
        return tuple(notice for notice in self.notices if notice.severity is severity)

    @property
    def pages(self) -> tuple[Notice, ...]:
        return self.of(Severity.PAGE)

    @property
    def tickets(self) -> tuple[Notice, ...]:
        return self.of(Severity.TICKET)

    @property
    def first(self) -> Notice | None:
        """The first page; the first notice of any other kind where there was none."""
        return next(iter((*self.pages, *self.notices)), None)

    def minutes(self, notice: Notice) -> int:
        """How long a notice lasted, or has lasted at the end."""
        return (self.end if notice.end is None else notice.end) - notice.start

    @property
    def longest_minutes(self) -> int | None:
        return max((self.minutes(notice) for notice in self.pages or self.notices), default=None)

    @property
    def median_detection_minutes(self) -> float | None:
        return _median(notice.detection_minutes for notice in self.pages or self.notices)

    @property
    def median_reset_minutes(self) -> float | None:
        return _median(notice.reset_minutes for notice in self.pages or self.notices)

    @property
    def precision(self) -> Share | None:
        """Pages that overlap a known incident, of all pages. None when no incidents are known."""
        return None if self.incidents is None else precision([self])

    @property
    def recall(self) -> Share | None:
        """Known incidents that some page overlaps, of all that concern the objective."""
        return None if self.incidents is None else recall([self])


def precision(outcomes: Iterable[Outcome]) -> Share:
    """Over several objectives: pages for an incident, of all pages."""
    pages = [page for outcome in outcomes for page in outcome.pages]
    return Share(sum(bool(page.incidents) for page in pages), len(pages))


def recall(outcomes: Sequence[Outcome]) -> Share:
    """Over several objectives: an incident was paged for when any of them paged."""
    known = {incident for outcome in outcomes for incident in outcome.incidents or ()}
    paged = {incident for outcome in outcomes for page in outcome.pages for incident in page.incidents}
    return Share(len(paged & known), len(known))


def _median(delays: Iterable[int | None]) -> float | None:
    known = [delay for delay in delays if delay is not None]
    return float(median(known)) if known else None
