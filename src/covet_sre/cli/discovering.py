"""Asking a Prometheus which services it has, by the usual metrics, and what their indicators did so far."""

from collections.abc import Callable, Mapping, Sequence

from covet_sre.cli.progress import Progress, untold
from covet_sre.cli.prometheus_facts import HistoryReader, metric_facts
from covet_sre.errors import Finding
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.prometheus.history import History
from covet_sre.integrations.prometheus.inspect import Inspection
from covet_sre.slo.indicator import CounterRatio, Selector
from covet_sre.spec.against_history import HistoryFacts, counts_of, judge_history
from covet_sre.spec.against_metrics import MetricFacts, judge, pairs
from covet_sre.spec.discovery.bounds import choose_bound
from covet_sre.spec.discovery.catalogue import CATALOGUE, INSUFFICIENT
from covet_sre.spec.discovery.instrumentation import Durations, Insufficient
from covet_sre.spec.discovery.plan import Measured, PlannedService, plan_service
from covet_sre.spec.discovery.services import FoundIndicator, FoundService, Sighting, naming_labels, services_of
from covet_sre.units import Counts

MOST_VALUES_OF_A_BREAKDOWN = 100


class Discovery:
    """Looks around in one Prometheus. All methods raise SourceError."""

    def __init__(self, inspection: Inspection) -> None:
        self._history = History(inspection)
        self._inspection = inspection
        self.names = frozenset(inspection.metric_names())

    def services(self) -> tuple[list[FoundService], list[str]]:
        """Services by name, and what had to be left out, in sentences."""
        return services_of(
            Sighting(entry, kind, labels)
            for entry in CATALOGUE
            for kind in entry.kinds
            if kind.metric in self.names
            for labels in self._history.groups(Selector(kind.metric, kind.selecting), naming_labels(entry))
        )

    def insufficient(self) -> list[Insufficient]:
        """Metrics that are there, and of which no objective can be made."""
        return [each for each in INSUFFICIENT if each.metric in self.names]

    def plan(self, services: Sequence[FoundService]) -> list[PlannedService]:
        """What each service's files should say, with the usual targets; those without an objective are left out."""
        planned = [plan_service(service, self._measured) for service in services]
        return [service for service in planned if service.objectives]

    def _measured(self, indicator: FoundIndicator) -> Measured:
        kind, buckets = indicator.kind, indicator.all_events
        labels = tuple(
            label for label in kind.blame if 0 < self._history.value_count(buckets, label) <= MOST_VALUES_OF_A_BREAKDOWN
        )
        if not isinstance(kind, Durations):
            return Measured(labels)
        bound = choose_bound(self._history.by_bound(buckets), milliseconds=kind.milliseconds)
        return Measured(labels, bound, f"{kind.histogram}_count" in self.names)


class Verdict:
    """What a Prometheus says to a declaration: the days of each objective, and what is wrong with its metrics."""

    def __init__(
        self, declaration: Declaration, inspection: Inspection, clock: Callable[[], float], progress: Progress = untold
    ) -> None:
        """Raises SourceError."""
        self.metrics: MetricFacts = metric_facts(declaration, inspection)
        self.history: HistoryFacts = HistoryReader(inspection, self.metrics, clock).facts(declaration, progress)
        self._ratios: Mapping[str, CounterRatio] = {each.name: ratio for each, ratio in pairs(declaration)}

    def days(self) -> Mapping[str, Sequence[Counts]]:
        """Whole events by objective and day, oldest first."""
        return {name: [counts_of(day, self._ratios[name]) for day in days] for name, days in self.history.days.items()}

    def findings(self, declaration: Declaration) -> list[Finding]:
        """Of the same objectives, whatever their targets are by now."""
        found = [*judge(declaration, self.metrics), *judge_history(declaration, self.history, self.metrics)]
        return list(dict.fromkeys(found))

    def scrape_interval_seconds(self) -> float | None:
        """The shortest rhythm of the indicators' samples."""
        rhythms = [each.spacing_seconds for each in self.history.rhythms.values() if each.spacing_seconds]
        return min(rhythms, default=None)
