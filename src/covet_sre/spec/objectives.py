"""SLO documents -> objectives: targets as exact fractions, windows, budgeting, alerts."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from covet_sre.catalog.source import DataSource
from covet_sre.slo.burn import BurnAlert
from covet_sre.slo.indicator import Comparison, CounterRatio, Indicator
from covet_sre.slo.objective import Objective
from covet_sre.slo.stream import Budgeting, Occurrences, RatioTimeslices, Timeslices
from covet_sre.slo.window import CalendarWindow, RollingWindow, Window
from covet_sre.spec import openslo
from covet_sre.spec.alerts import AlertReader, Condition, default_alerts, look_at_alerts
from covet_sre.spec.annotations import Annotations, read_annotations
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.indicators import Bound, IndicatorReader
from covet_sre.spec.library import Entry, Library
from covet_sre.units import MINUTES_PER_DAY, format_minutes, parse_duration

SHORTEST_USUAL_WINDOW_MINUTES = 5
LONGEST_KEPT_MINUTES = 400 * MINUTES_PER_DAY
"""The ledger keeps quarters of an hour for 400 days."""


@dataclass(frozen=True, slots=True)
class _Slo:
    """What the objectives of one SLO share."""

    entry: Entry[openslo.SLO]
    model: openslo.SLO
    window: Window
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

    def objectives(self) -> list[Objective]:
        """Every objective of every SLO that has no error."""
        found: list[Objective] = []
        for entry, model in self.library.all_of(openslo.SLO):
            found.extend(self._of_slo(entry, model))
        for entry, model in self.library.all_of(openslo.SLI):
            read_annotations("SLI", model.metadata.annotations, entry.spot / "metadata", self.findings)
            if entry.name not in self._used:
                # Nobody refers to it: read it all the same, so that its mistakes are found.
                self.indicators.indicator(model.spec, entry.spot / "spec", None)
        self.alerts.check_unused()
        return found

    def _of_slo(self, entry: Entry[openslo.SLO], model: openslo.SLO) -> list[Objective]:
        spec, spot = model.spec, entry.spot / "spec"
        annotations = read_annotations("SLO", model.metadata.annotations, entry.spot / "metadata", self.findings)
        service = self.library.find(openslo.Service, spec.service, spot / "service")
        window = self._window(spec.time_window[0], spot / "timeWindow" / 0)
        alerts = self.alerts.declared(spec.alert_policies, spot / "alertPolicies")
        has_one_place = self._has_one_place_for_indicators(spec, spot)
        if window is None or service is None or not has_one_place:
            return []
        shared = _Slo(
            entry,
            model,
            window,
            annotations,
            tuple(alert for _, alert in alerts),
            [condition for condition, _ in alerts],
        )
        found = [self._objective(shared, index) for index in range(len(spec.objectives))]
        return [objective for objective in found if objective]

    def _has_one_place_for_indicators(self, spec: openslo.SLOSpec, spot: Spot) -> bool:
        of_objectives = [one for one in spec.objectives if one.indicator or one.indicator_ref]
        of_slo = spec.indicator or spec.indicator_ref
        places = "write indicator or indicatorRef in spec, or else on every objective"
        if of_slo and of_objectives:
            self.findings.error(spot, "contradiction", "has an indicator both in spec and on an objective", places)
        elif not of_slo and len(of_objectives) < len(spec.objectives):
            self.findings.error(spot, "contradiction", "has no indicator for each objective", places)
        else:
            return True
        return False

    def _objective(self, slo: _Slo, index: int) -> Objective | None:
        spec, written = slo.model.spec, slo.model.spec.objectives[index]
        spot = slo.entry.spot / "spec" / "objectives" / index
        target = self._target(written, spot)
        budgeting = self._budgeting(spec.budgeting_method, written, spot)
        if written.indicator or written.indicator_ref:
            indicator = self._indicator(written, spot, written, spot)
        else:
            indicator = self._indicator(spec, slo.entry.spot / "spec", written, spot)
        if written.composite_weight is not None:
            problem = "weights are not combined: each objective has a budget of its own"
            self.findings.warning(spot / "compositeWeight", "no-effect", problem, "remove the line")
        if target is None or budgeting is None or indicator is None:
            return None
        is_only = len(spec.objectives) == 1
        objective = Objective(
            name=slo.entry.name if is_only else f"{slo.entry.name}.{index + 1}",
            slo=slo.entry.name,
            service=spec.service,
            target=target,
            window=slo.window,
            indicator=indicator,
            location=slo.entry.spot.location if is_only else spot.location,
            display_name=written.display_name or slo.model.metadata.display_name or "",
            description=spec.description or "",
            budgeting=budgeting,
            alerts=slo.alerts,
            breakdown=slo.annotations.get("breakdown", ()),
            runbook=slo.annotations.get("runbook", ""),
            labels=_labels(slo.model.metadata.labels),
        )
        return self._finished(objective, slo, spot)

    def _finished(self, objective: Objective, slo: _Slo, spot: Spot) -> Objective:
        """With the default alerts, and looked at as a whole."""
        if slo.annotations.get("burn-rate-alerts", True):
            taken = {alert.name for alert in objective.alerts}
            defaults = [alert for alert in default_alerts(objective.budget_window) if alert.name not in taken]
            objective = replace(objective, alerts=(*objective.alerts, *defaults))
        look_at_alerts(objective, spot, slo.conditions, self.findings)
        self._look_at_windows(objective, slo)
        if objective.breakdown and not isinstance(objective.indicator, CounterRatio):
            here = slo.entry.spot / "metadata" / "annotations" / "covet-sre/breakdown"
            problem = "only indicators of plain counters tell who spent the budget"
            self.findings.warning(here, "no-effect", problem, "write plain counter selectors, or remove the line")
        return objective

    def _indicator(
        self, holder: openslo.SLOSpec | openslo.SLOObjective, at: Spot, written: openslo.SLOObjective, spot: Spot
    ) -> Indicator | None:
        if holder.indicator and holder.indicator_ref:
            self.findings.error(at, "contradiction", "has both indicator and indicatorRef", "keep one of them")
            return None
        if holder.indicator:
            sli, sli_spot = holder.indicator.spec, at / "indicator" / "spec"
            read_annotations("SLI", holder.indicator.metadata.annotations, at / "indicator" / "metadata", self.findings)
        else:
            assert holder.indicator_ref is not None
            self._used.add(holder.indicator_ref)
            entry = self.library.find(openslo.SLI, holder.indicator_ref, at / "indicatorRef")
            if entry is None or entry.model is None:
                return None
            sli, sli_spot = entry.model.spec, entry.spot / "spec"
        if not sli.threshold_metric:
            for name, value in (("op", written.op), ("value", written.value)):
                if value is not None:
                    problem = f"{name} has no meaning for a ratioMetric"
                    self.findings.warning(spot / name, "no-effect", problem, "remove the line")
            return self.indicators.indicator(sli, sli_spot, None)
        if written.op is None or written.value is None:
            self.findings.error(
                spot, "field-missing", "a thresholdMetric needs op and value", "add op: lte and value: 0.5"
            )
            return None
        return self.indicators.indicator(sli, sli_spot, Bound(Comparison(written.op), float(written.value)))

    def _target(self, written: openslo.SLOObjective, spot: Spot) -> Fraction | None:
        if (written.target is None) == (written.target_percent is None):
            both = "has both target and targetPercent" if written.target is not None else "has no target"
            self.findings.error(spot, "contradiction", both, "write one of them: target: 0.999, or targetPercent: 99.9")
            return None
        if written.target is not None:
            here, target = spot / "target", Fraction(str(written.target))
            if 1 < target < 100:
                problem = f"is {written.target:g}, and a target is a share below 1"
                self.findings.error(
                    here, "target-impossible", problem, f"did you mean targetPercent: {written.target:g}?"
                )
                return None
        else:
            here, target = spot / "targetPercent", Fraction(str(written.target_percent)) / 100
            if 0 < target < Fraction(1, 100):
                problem = f"is {written.target_percent:g} %, less than one in a hundred"
                self.findings.warning(
                    here, "target-unusual", problem, f"did you mean target: {written.target_percent:g}?"
                )
        if target == 1:
            problem = "an objective of 100 % leaves no error budget: the first bad event breaks it for good"
            self.findings.error(here, "target-impossible", problem, "write what users need, for example 0.999")
            return None
        if not 0 <= target < 1:
            self.findings.error(
                here, "target-impossible", "is no share of events", "write 0 <= target < 1 (or 100 percent)"
            )
            return None
        return target

    def _budgeting(self, method: str, written: openslo.SLOObjective, spot: Spot) -> Budgeting | None:
        if method == "Occurrences":
            for name, value in (
                ("timeSliceTarget", written.time_slice_target),
                ("timeSliceWindow", written.time_slice_window),
            ):
                if value is not None:
                    problem = f"{name} has no meaning for Occurrences"
                    self.findings.warning(spot / name, "no-effect", problem, "remove it, or change budgetingMethod")
            return Occurrences()
        minutes = self._slice_minutes(method, written, spot)
        if method == "RatioTimeslices":
            return RatioTimeslices(minutes) if minutes else None
        if written.time_slice_target is None:
            problem = "Timeslices needs timeSliceTarget"
            self.findings.error(spot, "field-missing", problem, "add the share that makes a slice good: 0.95")
            return None
        return Timeslices(minutes, float(written.time_slice_target)) if minutes else None

    def _slice_minutes(self, method: str, written: openslo.SLOObjective, spot: Spot) -> int | None:
        if written.time_slice_window is None:
            self.findings.error(spot, "field-missing", f"{method} needs timeSliceWindow", "add for example 5m")
            return None
        minutes = parse_duration(written.time_slice_window).minutes
        if minutes > MINUTES_PER_DAY or MINUTES_PER_DAY % minutes:
            problem = f"{written.time_slice_window} does not divide a day"
            here = spot / "timeSliceWindow"
            self.findings.error(here, "value-wrong", problem, "write for example 1m, 5m, 10m, 15m, 30m or 1h")
            return None
        return minutes

    def _window(self, written: openslo.TimeWindow, spot: Spot) -> Window | None:
        duration, here = parse_duration(written.duration), spot / "duration"
        if duration.minutes < SHORTEST_USUAL_WINDOW_MINUTES:
            months = f", months are {duration.count}M" if duration.unit == "m" else ""
            problem = f"a window of {duration} is {duration.minutes} minute{'s' if duration.minutes > 1 else ''}"
            self.findings.warning(here, "window-short", problem, f"m stands for minutes{months}")
        if duration.minutes > LONGEST_KEPT_MINUTES:
            problem = f"{duration} is longer than the ledger keeps (400 days)"
            self.findings.error(here, "window-long", problem, "write a window of at most 400d")
            return None
        if written.is_rolling:
            if written.calendar:
                problem = "calendar is set, and isRolling is true"
                self.findings.error(
                    spot / "calendar", "contradiction", problem, "remove calendar, or write isRolling: false"
                )
                return None
            return RollingWindow(duration.minutes)
        if written.calendar is None:
            remedy = "write isRolling: true, or add calendar with startTime and timeZone"
            self.findings.error(spot, "contradiction", "isRolling is false, and calendar is missing", remedy)
            return None
        start = self._start_time(written.calendar.start_time, spot / "calendar" / "startTime")
        is_zone = self._is_zone(written.calendar.time_zone, spot / "calendar" / "timeZone")
        return CalendarWindow(duration, start, written.calendar.time_zone) if start and is_zone else None

    def _start_time(self, text: str, spot: Spot) -> datetime | None:
        try:
            # Wall-clock time of the calendar's own zone, which the window adds.
            return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        except ValueError:
            self.findings.error(spot, "value-wrong", f"is {text[:40]!r}", "write for example 2026-01-01 00:00:00")
            return None

    def _is_zone(self, name: str, spot: Spot) -> bool:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            remedy = "write an IANA name such as Europe/Rome or UTC"
            self.findings.error(spot, "value-wrong", f"there is no time zone {name[:40]!r}", remedy)
            return False
        return True

    def _look_at_windows(self, objective: Objective, slo: _Slo) -> None:
        source = self.sources.get(objective.indicator.source)
        retention = source.retention_minutes if source else None
        window = objective.budget_window
        minutes = window.minutes if isinstance(window, RollingWindow) else window.duration.minutes
        if source and retention is not None and minutes > retention:
            here = slo.entry.spot / "spec" / "timeWindow" / 0 / "duration"
            kept, needed = format_minutes(retention), format_minutes(minutes)
            problem = f"the budget runs over {needed}, and {source.name!r} keeps {kept}: earlier minutes stay unknown"
            remedy = f"keep covet-sre running (its ledger needs no history), or raise the retention to {needed}"
            self.findings.warning(here, "window-retention", problem, remedy)


def _labels(written: dict[str, str | list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value) for name, values in written.items() for value in ([values] if isinstance(values, str) else values)
    )
