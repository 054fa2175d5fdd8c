"""SLO documents -> objectives: whatever can be found wrong in one is found, even beside other mistakes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from covet_sre.catalog.source import DataSource
from covet_sre.slo.burn import BurnAlert
from covet_sre.slo.indicator import Comparison, CounterRatio, Indicator
from covet_sre.slo.objective import Objective, budget_window_of
from covet_sre.slo.window import Window
from covet_sre.spec import openslo
from covet_sre.spec.alerts import AlertReader, Condition, default_alerts, look_at_alerts
from covet_sre.spec.annotations import Annotations, read_annotations
from covet_sre.spec.findings import Document, Findings, Spot
from covet_sre.spec.indicators import Bound, IndicatorReader
from covet_sre.spec.library import Entry, Library
from covet_sre.spec.likeness import SimilarSlos
from covet_sre.spec.targets import budgeting, target
from covet_sre.spec.windows import window, window_minutes
from covet_sre.units import format_minutes


@dataclass(slots=True)
class _Slo:
    """What the objectives of one SLO share. `window` is None when it was reported."""

    entry: Entry[openslo.SLO]
    model: openslo.SLO
    window: Window | None
    annotations: Annotations
    alerts: tuple[BurnAlert, ...]
    conditions: list[Condition]


@dataclass(slots=True)
class ObjectiveReader:
    """Reads objectives of SLOs."""

    library: Library
    indicators: IndicatorReader
    alerts: AlertReader
    sources: dict[str, DataSource | None]
    _used: set[str] = field(default_factory=set[str])

    @property
    def findings(self) -> Findings:
        return self.library.findings

    def objectives(self, documents: Iterable[Document]) -> list[Objective]:
        """Every objective of the SLOs that these documents are, and that have no error.

        Each is added to the library, which has all other documents already.
        """
        found: list[Objective] = []
        similar = SimilarSlos(self.library)
        for document in documents:
            alike = similar.objectives(document)
            if alike:
                found.extend(alike)
                continue
            before = len(self.findings.found)
            objectives = self._of_document(document)
            if len(self.findings.found) == before:
                similar.learn(document, objectives)
            found.extend(objectives)
        for entry, model in self.library.all_of(openslo.SLI):
            read_annotations("SLI", model.metadata.annotations, entry.spot / "metadata", self.findings)
            if entry.name not in self._used:
                # Nobody refers to it: read it all the same, so that its mistakes are found.
                self.indicators.indicator(model.spec, entry.spot / "spec", None)
        self.alerts.check_unused()
        return found

    def _of_document(self, document: Document) -> list[Objective]:
        entry = self.library.add(document, keeps_model=False)
        if not entry or not isinstance(entry.model, openslo.SLO):
            return []
        return self._of_slo(cast("Entry[openslo.SLO]", entry), entry.model)

    def _of_slo(self, entry: Entry[openslo.SLO], model: openslo.SLO) -> list[Objective]:
        spec, spot = model.spec, entry.spot / "spec"
        annotations = read_annotations("SLO", model.metadata.annotations, entry.spot / "metadata", self.findings)
        self.library.find(openslo.Service, spec.service, spot / "service")
        alerts = self.alerts.declared(spec.alert_policies, spot / "alertPolicies")
        shared = _Slo(
            entry=entry,
            model=model,
            window=window(spec.time_window[0], spot / "timeWindow" / 0, self.findings),
            annotations=annotations,
            alerts=tuple(alert for _, alert in alerts),
            conditions=[condition for condition, _ in alerts],
        )
        self._look_at_places_of_indicators(spec, spot)
        found = [self._objective(shared, index) for index in range(len(spec.objectives))]
        return [objective for objective in found if objective]

    def _look_at_places_of_indicators(self, spec: openslo.SLOSpec, spot: Spot) -> None:
        of_objectives = [one for one in spec.objectives if one.indicator or one.indicator_ref]
        of_slo = spec.indicator or spec.indicator_ref
        places = "write indicator or indicatorRef in spec, or else on every objective"
        if of_slo and of_objectives:
            self.findings.error(spot, "contradiction", "has an indicator both in spec and on an objective", places)
        elif not of_slo and not of_objectives:
            self.findings.error(spot, "contradiction", "has no indicator", places)
        elif not of_slo and len(of_objectives) < len(spec.objectives):
            self.findings.error(spot, "contradiction", "has an indicator on some objectives only", places)

    def _objective(self, slo: _Slo, index: int) -> Objective | None:
        spec, written = slo.model.spec, slo.model.spec.objectives[index]
        spot = slo.entry.spot / "spec" / "objectives" / index
        share = target(written, spot, self.findings)
        counting = budgeting(spec.budgeting_method, written, spot, self.findings)
        indicator = self._indicator(slo, written, spot)
        if written.composite_weight is not None:
            problem = "weights are not combined: each objective has a budget of its own"
            self.findings.warning(spot / "compositeWeight", "no-effect", problem, "remove the line")
        if share is None or counting is None or indicator is None or slo.window is None:
            return None
        is_only = len(spec.objectives) == 1
        objective = Objective(
            name=slo.entry.name if is_only else f"{slo.entry.name}.{index + 1}",
            slo=slo.entry.name,
            service=spec.service,
            target=share,
            window=slo.window,
            indicator=indicator,
            location=slo.entry.spot.location if is_only else spot.location,
            display_name=written.display_name or slo.model.metadata.display_name or "",
            description=spec.description or "",
            budgeting=counting,
            alerts=_alerts(slo, slo.window),
            breakdown=slo.annotations.get("breakdown", ()),
            runbook=slo.annotations.get("runbook", ""),
            recorded_as=slo.annotations.get("recorded-as", ""),
            weighs_time=slo.annotations.get("weighting", False),
            labels=_labels(slo.model.metadata.labels),
        )
        self._look_at(objective, slo, spot)
        return objective

    def _look_at(self, objective: Objective, slo: _Slo, spot: Spot) -> None:
        """Warn of what has no effect, or never will have, in the objective as a whole."""
        look_at_alerts(objective, spot, slo.conditions, self.findings)
        self._look_at_retention(objective, slo)
        if objective.breakdown and not isinstance(objective.indicator, CounterRatio):
            here = slo.entry.spot / "metadata" / "annotations" / "covet-sre/breakdown"
            problem = "only indicators of plain counters tell who spent the budget"
            self.findings.warning(here, "no-effect", problem, "write plain counter selectors, or remove the line")

    def _indicator(self, slo: _Slo, written: openslo.SLOObjective, spot: Spot) -> Indicator | None:
        holder: openslo.SLOSpec | openslo.SLOObjective = slo.model.spec
        at = slo.entry.spot / "spec"
        if written.indicator or written.indicator_ref:
            holder, at = written, spot
        if holder.indicator and holder.indicator_ref:
            self.findings.error(at, "contradiction", "has both indicator and indicatorRef", "keep one of them")
            return None
        if holder.indicator:
            sli, sli_spot = holder.indicator.spec, at / "indicator" / "spec"
            read_annotations("SLI", holder.indicator.metadata.annotations, at / "indicator" / "metadata", self.findings)
        elif holder.indicator_ref:
            self._used.add(holder.indicator_ref)
            entry = self.library.find(openslo.SLI, holder.indicator_ref, at / "indicatorRef")
            if entry is None or entry.model is None:
                return None
            sli, sli_spot = entry.model.spec, entry.spot / "spec"
        else:
            return None
        return self.indicators.indicator(sli, sli_spot, self._bound(sli, written, spot))

    def _bound(self, sli: openslo.SLISpec, written: openslo.SLOObjective, spot: Spot) -> Bound | None:
        if sli.threshold_metric:
            if written.op is not None and written.value is not None:
                return Bound(Comparison(written.op), float(written.value))
            remedy = "add for example op: lte and value: 0.5"
            self.findings.error(spot, "field-missing", "a thresholdMetric needs op and value", remedy)
            return None
        for name, value in (("op", written.op), ("value", written.value)):
            if value is not None:
                problem = f"{name} has no meaning for a ratioMetric"
                self.findings.warning(spot / name, "no-effect", problem, "remove the line")
        return None

    def _look_at_retention(self, objective: Objective, slo: _Slo) -> None:
        source = self.sources.get(objective.indicator.source)
        retention = source.retention_minutes if source else None
        minutes = window_minutes(objective.budget_window)
        if source and retention is not None and minutes > retention:
            here = slo.entry.spot / "spec" / "timeWindow" / 0 / "duration"
            kept, needed = format_minutes(retention), format_minutes(minutes)
            problem = f"the budget runs over {needed}, and {source.name!r} keeps {kept}: earlier minutes stay unknown"
            remedy = f"keep covet-sre running (its ledger needs no history), or raise the retention to {needed}"
            self.findings.warning(here, "window-retention", problem, remedy)


def _alerts(slo: _Slo, window: Window) -> tuple[BurnAlert, ...]:
    """The declared alerts, and the default ones that they leave room for."""
    if not slo.annotations.get("burn-rate-alerts", True):
        return slo.alerts
    defaults = default_alerts(budget_window_of(window))
    if not slo.alerts:
        return defaults
    taken = {alert.name for alert in slo.alerts}
    return (*slo.alerts, *[alert for alert in defaults if alert.name not in taken])


def _labels(written: dict[str, str | list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value) for name, values in written.items() for value in ([values] if isinstance(values, str) else values)
    )
