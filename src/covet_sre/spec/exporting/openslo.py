"""`covet-sre generate openslo`: a declaration -> documents of openslo/v1 that declare the same."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Protocol

from covet_sre.catalog.service import Service
from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.errors import Finding, Location
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.generating import Generated, Kind
from covet_sre.incident.rules import ServiceRule
from covet_sre.slo.indicator import QueryThreshold
from covet_sre.slo.objective import Objective
from covet_sre.slo.stream import Budgeting, Occurrences, RatioTimeslices, Timeslices
from covet_sre.slo.window import RollingWindow, Window
from covet_sre.spec.exporting.openslo_alerts import SharedIndicators, policy, split_defaults
from covet_sre.spec.exporting.openslo_indicators import indicator_spec
from covet_sre.spec.exporting.remarks import cannot
from covet_sre.spec.findings import listed
from covet_sre.spec.writing import yaml_text
from covet_sre.units import format_minutes

Values = dict[str, object]

MARK = "covet-sre generate openslo"
# No service's name has an underscore or a dot in it.
_SOURCES = "_data-sources"
_SHARED = "_indicators"
_MAX_DISPLAY_CHARACTERS = 63


_KEEP = "keep the reliability file beside the export"


class _Placed(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def location(self) -> Location: ...


class _OpenSlo:
    kind = Kind(".openslo.yaml", MARK)

    def generate(self, declaration: Declaration) -> Generated:
        """A file for each service, one for the data sources, and one for indicators that several alerts name."""
        indicators = SharedIndicators()
        files: dict[str, list[Values]] = {_SOURCES: [_source(source) for source in declaration.sources]}
        for service in declaration.services:
            own = [objective for objective in declaration.objectives if objective.service == service.name]
            slos = [_slo(list(group), indicators) for _, group in groupby(own, key=lambda one: one.slo)]
            rule = declaration.rules.services.get(service.name, ServiceRule(service.name))
            files[service.name] = [_service(service, rule), *slos]
        files[_SHARED] = list(indicators.documents.values())
        head = (f"Made by {MARK}: change the reliability files instead.",)
        written = {f"{name}{self.kind.suffix}": yaml_text(made, head) for name, made in files.items() if made}
        return Generated(written, tuple(_remarks(declaration)))


OPENSLO = _OpenSlo()


def _remarks(declaration: Declaration) -> Iterator[Finding]:
    for one in declaration.policies:
        problem = "OpenSLO has no error budget policies: it is left out"
        yield cannot(one.location, f"the policy {one.name}", problem, _KEEP)
    directory = declaration.rules.directory
    kinds: dict[str, Iterable[_Placed]] = {
        "teams": directory.teams.values(),
        "schedules": directory.schedules.values(),
        "escalation policies": directory.escalations.values(),
        "severity policies": declaration.rules.severities,
        "business hours": directory.business_hours.values(),
        "notification targets of covet-sre/v1": directory.targets.values(),
    }
    for words, declared in kinds.items():
        # What comes with the programme stands in no file.
        written = [one for one in declared if one.location.file]
        if written:
            names = listed([one.name for one in written])
            yield cannot(written[0].location, names, f"OpenSLO has no {words}: left out", _KEEP)


def _document(kind: str, metadata: Values, spec: Values) -> Values:
    return {"apiVersion": "openslo/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _service(service: Service, rule: ServiceRule) -> Values:
    """Without its team and escalation: the documents that they name have no place in the export."""
    shown: Values = {"displayName": service.display_name} if service.display_name != service.name else {}
    ours = {"covet-sre/runbook": rule.runbook, "covet-sre/depends-on": ",".join(rule.depends_on)}
    annotations = {name: text for name, text in ours.items() if text}
    if annotations:
        shown["annotations"] = annotations
    spec: Values = {"description": service.description} if service.description else {}
    return _document("Service", {"name": service.name, **shown}, spec)


def _source(source: DataSource) -> Values:
    details: Values
    if source.kind is SourceKind.SCRAPE:
        details = {"targets": list(source.addresses), "interval": _interval(source.interval_seconds or 0)}
        if source.labels:
            details["labels"] = dict(source.labels)
    else:
        details = {"url": source.addresses[0]}
        if source.interval_seconds is not None:
            details["scrapeInterval"] = _interval(source.interval_seconds)
        if source.retention_minutes is not None:
            details["retention"] = format_minutes(source.retention_minutes)
        if source.replica_labels:
            details["replicaLabels"] = list(source.replica_labels)
        if source.headers_env:
            details["headersFromEnv"] = dict(source.headers_env)
    spec: Values = {"type": source.kind.value, "connectionDetails": details}
    return _document("DataSource", {"name": source.name}, spec)


def _interval(seconds: float) -> str:
    return f"{int(seconds)}s" if seconds == int(seconds) else f"{round(seconds * 1000)}ms"


def _slo(objectives: Sequence[Objective], indicators: SharedIndicators) -> Values:
    first = objectives[0]
    spec: Values = {"description": first.description} if first.description else {}
    spec["service"] = first.service
    specs = [indicator_spec(objective.indicator) for objective in objectives]
    is_shared = all(each == specs[0] for each in specs)
    if is_shared:
        spec["indicator"] = {"metadata": {"name": first.slo}, "spec": specs[0]}
    spec["budgetingMethod"] = _method(first.budgeting)
    spec["timeWindow"] = [_window(first.window)]
    has_short_title = len(objectives) == 1 and len(first.display_name) <= _MAX_DISPLAY_CHARACTERS
    spec["objectives"] = [
        _objective(objective, "" if has_short_title else objective.display_name, None if is_shared else own)
        for objective, own in zip(objectives, specs, strict=True)
    ]
    written, has_defaults = split_defaults(first)
    if written:
        spec["alertPolicies"] = [policy(alert, indicators) for alert in written]
    metadata: Values = {"name": first.slo}
    if has_short_title and first.display_name:
        metadata["displayName"] = first.display_name
    if first.labels:
        metadata["labels"] = _labels(first.labels)
    annotations = _annotations(first, has_defaults=has_defaults)
    if annotations:
        metadata["annotations"] = annotations
    return _document("SLO", metadata, spec)


def _method(budgeting: Budgeting) -> str:
    match budgeting:
        case Occurrences():
            return "Occurrences"
        case Timeslices():
            return "Timeslices"
        case RatioTimeslices():
            return "RatioTimeslices"


def _annotations(objective: Objective, *, has_defaults: bool) -> Values:
    annotations: Values = {}
    if objective.breakdown:
        annotations["covet-sre/breakdown"] = ",".join(objective.breakdown)
    if objective.runbook:
        annotations["covet-sre/runbook"] = objective.runbook
    if objective.recorded_as:
        annotations["covet-sre/recorded-as"] = objective.recorded_as
    if objective.weighs_time:
        annotations["covet-sre/weighting"] = "time"
    if not has_defaults:
        annotations["covet-sre/burn-rate-alerts"] = "off"
    return annotations


def _labels(labels: Sequence[tuple[str, str]]) -> Values:
    by_name: dict[str, list[str]] = {}
    for name, value in labels:
        by_name.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in by_name.items()}


def _window(window: Window) -> Values:
    if isinstance(window, RollingWindow):
        return {"duration": format_minutes(window.minutes), "isRolling": True}
    calendar = {"startTime": window.starts_at.strftime("%Y-%m-%d %H:%M:%S"), "timeZone": window.zone}
    return {"duration": str(window.duration), "isRolling": False, "calendar": calendar}


def _objective(objective: Objective, display_name: str, own_indicator: Values | None) -> Values:
    made: Values = {"displayName": display_name} if display_name else {}
    if isinstance(objective.indicator, QueryThreshold):
        made |= {"op": objective.indicator.op.value, "value": objective.indicator.bound}
    if own_indicator is not None:
        made["indicator"] = {
            "metadata": {"name": f"{objective.slo[:60]}-{objective.name.rpartition('.')[2]}"},
            "spec": own_indicator,
        }
    made |= _target(objective.target)
    match objective.budgeting:
        case Timeslices(minutes, share):
            made |= {"timeSliceTarget": share, "timeSliceWindow": format_minutes(minutes)}
        case RatioTimeslices(minutes):
            made["timeSliceWindow"] = format_minutes(minutes)
        case Occurrences():
            pass
    return made


def _target(share: Fraction) -> Values:
    """The share of which the reader makes the same fraction again; of percent, where that alone does."""
    number = float(share)
    if Fraction(str(number)) == share:
        return {"target": number}
    return {"targetPercent": float(share * 100)}
