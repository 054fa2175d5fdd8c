"""OpenSLO's `openslo/v1alpha` -> our documents."""

from dataclasses import dataclass
from typing import Literal, cast

from pydantic import Field

from covet_sre.spec.findings import Spot, listed, shown
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.documents import Values, document, metric, ratio_sli
from covet_sre.spec.importing.foreign import CamelForeign
from covet_sre.spec.importing.openslo_queries import openslo_ratio
from covet_sre.spec.importing.queries import is_query
from covet_sre.spec.openslo import Calendar, Description, Operator
from covet_sre.spec.promql import with_our_window
from covet_sre.spec.shape import check

PROMETHEUS_NAMES = ("prometheus", "thanos", "mimir", "cortex", "victoriametrics", "gmp", "amp")

_SLICE = "1m"
_UNITS = {"Day": "d", "Week": "w", "Month": "M", "Quarter": "Q"}


class Metadata(CamelForeign, frozen=True):
    name: str = Field(min_length=1, description="What the object is called.")
    display_name: str | None = None


class ServiceSpec(CamelForeign, frozen=True):
    description: Description = None


class Service(CamelForeign, frozen=True):
    api_version: Literal["openslo/v1alpha"]
    kind: Literal["Service"]
    metadata: Metadata
    spec: ServiceSpec = ServiceSpec()


class Source(CamelForeign, frozen=True):
    source: str = Field(description="The kind of system that is asked: prometheus.")
    query_type: str = Field(description="The query's language: promql.")
    query: str = Field(min_length=1, description="The query.")


class ThresholdIndicator(CamelForeign, frozen=True):
    threshold_metric: Source = Field(description="What is compared with each objective's op and value.")


class RatioMetrics(CamelForeign, frozen=True):
    incremental: bool = False
    good: Source = Field(description="Good events.")
    total: Source = Field(description="All events.")


class Objective(CamelForeign, frozen=True):
    display_name: str | None = None
    value: float | None = None
    ratio_metrics: RatioMetrics | None = None
    target: float = Field(description="Share of good events: 0.999.")
    time_slice_target: float | None = None
    op: Operator | None = None


class TimeWindow(CamelForeign, frozen=True):
    unit: Literal["Second", "Day", "Week", "Month", "Quarter"] = Field(description="Day, Week, Month or Quarter.")
    count: int = Field(gt=0, description="How many of them.")
    is_rolling: bool | None = None
    calendar: Calendar | None = None


class SloSpec(CamelForeign, frozen=True):
    description: Description = None
    service: str = Field(min_length=1, description="The service.")
    indicator: ThresholdIndicator | None = None
    budgeting_method: Literal["Occurrences", "Timeslices"] = Field(description="Occurrences or Timeslices.")
    time_windows: list[TimeWindow] = Field(min_length=1, max_length=1, description="Exactly one window.")
    objectives: list[Objective] = Field(min_length=1, description="At least one objective.")


class Slo(CamelForeign, frozen=True):
    api_version: Literal["openslo/v1alpha"]
    kind: Literal["SLO"]
    metadata: Metadata
    spec: SloSpec = Field(description="The SLO.")


@dataclass(frozen=True, slots=True)
class _Place:
    spot: Spot
    into: Collection

    def at(self, *steps: str | int) -> "_Place":
        spot = self.spot
        for step in steps:
            spot = spot / step
        return _Place(spot, self.into)

    def error(self, code: str, problem: str, remedy: str) -> None:
        self.into.findings.error(self.spot, code, problem, remedy)

    def warning(self, code: str, problem: str, remedy: str) -> None:
        self.into.findings.warning(self.spot, code, problem, remedy)


def import_v1alpha_service(value: Values, spot: Spot, into: Collection) -> None:
    written = check(Service, value, spot, into.findings)
    name = written and into.name(written.metadata.name, spot / "metadata" / "name")
    if written and name:
        spec: Values = {"description": written.spec.description} if written.spec.description else {}
        shown_as = written.metadata.display_name or (written.metadata.name if written.metadata.name != name else None)
        into.declare_service(document("Service", name, spec, displayName=shown_as), written.metadata.name, spot)


def import_v1alpha_slo(value: Values, spot: Spot, into: Collection) -> None:
    """An SLO whose objectives have ratioMetrics, or whose indicator is a threshold."""
    written = check(Slo, value, spot, into.findings)
    if written is None:
        return
    place = _Place(spot, into)
    service = into.service(written.spec.service, spot / "spec" / "service")
    name = into.name(written.metadata.name, spot / "metadata" / "name")
    spec: Values = {"description": written.spec.description} if written.spec.description else {}
    spec["service"] = service
    indicator = _threshold(written.spec, place.at("spec"))
    if indicator is not None:
        spec["indicator"] = {"metadata": {"name": name}, "spec": indicator}
    spec["budgetingMethod"] = written.spec.budgeting_method
    spec["timeWindow"] = [_window(written.spec.time_windows[0], place.at("spec", "timeWindows", 0))]
    spec["objectives"] = [
        _objective(name, written.spec, index, place.at("spec", "objectives", index))
        for index in range(len(written.spec.objectives))
    ]
    if len(written.spec.objectives) == 1:
        _lift_indicator(spec)
    if service and name:
        into.needs_source(spot)
        into.add(document("SLO", name, spec, displayName=written.metadata.display_name), service, spot)


def _lift_indicator(spec: Values) -> None:
    """The indicator of the only objective is the SLO's."""
    [objective] = cast("list[Values]", spec["objectives"])
    if "indicator" in objective:
        spec["indicator"] = objective.pop("indicator")
        for key in ("budgetingMethod", "timeWindow", "objectives"):
            spec[key] = spec.pop(key)


def _threshold(spec: SloSpec, place: _Place) -> Values | None:
    ratios = [objective for objective in spec.objectives if objective.ratio_metrics is not None]
    if spec.indicator is None:
        if len(ratios) < len(spec.objectives):
            remedy = "write ratioMetrics on every objective, or spec.indicator with a thresholdMetric"
            place.error("contradiction", "an objective has no ratioMetrics, and there is no indicator", remedy)
        return None
    if ratios:
        place.error("contradiction", "has both an indicator and ratioMetrics on an objective", "keep one of them")
        return None
    written = spec.indicator.threshold_metric
    here = place.at("indicator", "thresholdMetric")
    if not _is_ours(written, here) or not is_query(written.query, here.spot / "query", place.into.findings):
        return None
    return {"thresholdMetric": metric(with_our_window(written.query))}


def _objective(name: str, spec: SloSpec, index: int, place: _Place) -> Values:
    written = spec.objectives[index]
    made: Values = {"displayName": written.display_name} if written.display_name else {}
    if written.ratio_metrics is not None:
        for key, value in (("op", written.op), ("value", written.value)):
            if value is not None:
                place.at(key).warning(
                    "import-dropped", f"{key} has no meaning beside ratioMetrics", "nothing is missing"
                )
        sli = _ratio(written.ratio_metrics, place.at("ratioMetrics"))
        number = f"-{index + 1}" if len(spec.objectives) > 1 else ""
        if sli is not None:
            made["indicator"] = {"metadata": {"name": f"{name[:60]}{number}"}, "spec": sli}
    else:
        made |= {key: value for key, value in (("op", written.op), ("value", written.value)) if value is not None}
    made["target"] = written.target
    if written.time_slice_target is not None:
        made["timeSliceTarget"] = written.time_slice_target
    if spec.budgeting_method == "Timeslices":
        made["timeSliceWindow"] = _SLICE
        problem = f"v1alpha does not say how long a slice is: slices of {_SLICE} are taken"
        place.warning("import-changed", problem, "change timeSliceWindow, if another length was meant")
    return made


def _ratio(written: RatioMetrics, place: _Place) -> Values | None:
    # Both are looked at, so that both are reported.
    are_ours = [_is_ours(source, place.at(key)) for key, source in (("good", written.good), ("total", written.total))]
    if not all(are_ours):
        return None
    good, total = (place.at(key, "query").spot for key in ("good", "total"))
    queries = openslo_ratio(
        ("good", written.good.query, good), (written.total.query, total), written.incremental, place.into.findings
    )
    return queries and ratio_sli(queries)


def _is_ours(source: Source, place: _Place) -> bool:
    if source.source.lower() not in PROMETHEUS_NAMES:
        problem = f"is {shown(source.source)}: only queries of a Prometheus can be imported"
        place.at("source").error("import-unsupported", problem, f"write one of {listed(PROMETHEUS_NAMES)}")
        return False
    if source.query_type.lower() != "promql":
        problem = f"is {shown(source.query_type)}: only PromQL can be imported"
        place.at("queryType").error("import-unsupported", problem, "write promql, if that is what the query is")
        return False
    return True


def _window(written: TimeWindow, place: _Place) -> Values:
    if written.unit == "Second":
        if written.count % 60:
            place.at("count").error(
                "value-wrong", f"{written.count} seconds are no whole minutes", "write whole minutes"
            )
        duration = f"{max(1, written.count // 60)}m"
    else:
        duration = f"{written.count}{_UNITS[written.unit]}"
    if written.calendar is not None:
        made: Values = {"duration": duration, "isRolling": bool(written.is_rolling)}
        start, zone = written.calendar.start_time, written.calendar.time_zone
        return {**made, "calendar": {"startTime": start, "timeZone": zone}}
    if not written.is_rolling:
        problem = "has no calendar and does not say isRolling: it is taken as rolling, as Sloth takes it"
        place.warning("import-changed", problem, "write isRolling: true, or a calendar")
    return {"duration": duration, "isRolling": True}
