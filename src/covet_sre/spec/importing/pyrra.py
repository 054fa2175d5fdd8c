"""Pyrra's SLOs -> our documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import promql_parser

from covet_sre.spec.alerts import SEVERITIES
from covet_sre.spec.annotations import MAX_BREAKDOWN_LABELS
from covet_sre.spec.findings import Document, Spot, listed, shown
from covet_sre.spec.importing.alert_policies import AlertPolicies, Burn
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.documents import SloParts, Values, ratio_sli
from covet_sre.spec.importing.event_queries import EventQueries
from covet_sre.spec.importing.foreign import objects, unknown_kind
from covet_sre.spec.importing.names import prometheus_minutes
from covet_sre.spec.importing.pyrra_models import Alerting, BoolGauge, LatencyNative, Ratio, ServiceLevelObjective
from covet_sre.spec.importing.targets import percent
from covet_sre.spec.promql import WINDOW, parse
from covet_sre.spec.shape import check
from covet_sre.spec.writing import decimal
from covet_sre.units import MINUTES_PER_DAY, format_minutes

HEAD = (
    "The alert policies are Pyrra's: four burn rates over shares of the SLO's own window, with Pyrra's waiting times.",
    "An absent metric shows as the state no_data and the alert SourceSilent. docs/moving.md says what is different.",
)

_PROPAGATED = "pyrra.dev/"
_RUNBOOKS = ("pyrra.dev/runbook", "pyrra.dev/runbook_url", "runbook", "runbook_url")
_SERVICE_LABELS = ("pyrra.dev/service", "app.kubernetes.io/name", "service", "app")


class _Pair(NamedTuple):
    """One of Pyrra's alerts, for a window of 28 days; its windows are scaled with the SLO's."""

    name: str
    factor: float
    long_minutes: int
    short_minutes: int
    for_minutes: int
    severity: str


# slo/rules.go of Pyrra: Windows.
PAIRS = (
    _Pair("fast_burn", 14, 60, 5, 2, "critical"),
    _Pair("medium_burn", 7, 360, 30, 15, "critical"),
    _Pair("slow_burn", 2, MINUTES_PER_DAY, 120, 60, "warning"),
    _Pair("long_term_burn", 1, 4 * MINUTES_PER_DAY, 360, 180, "warning"),
)
_SCALE_MINUTES = 28 * MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class _Slo:
    written: ServiceLevelObjective
    spot: Spot
    into: Collection

    @property
    def spec(self) -> Spot:
        return self.spot / "spec"

    def error(self, spot: Spot, code: str, problem: str, remedy: str) -> None:
        self.into.findings.error(spot, code, problem, remedy)

    def warning(self, spot: Spot, code: str, problem: str, remedy: str) -> None:
        self.into.findings.warning(spot, code, problem, remedy)


def import_pyrra(documents: list[Document], into: Collection) -> None:
    """Every ServiceLevelObjective of the documents; what is wrong or gets lost goes to the findings."""
    policies = AlertPolicies("alertmanager", into)
    for value, spot in objects(documents, into.findings):
        if value.get("apiVersion") != "pyrra.dev/v1alpha1":
            wanted = "apiVersion: pyrra.dev/v1alpha1 and kind: ServiceLevelObjective"
            unknown_kind(value, spot, wanted, into.findings)
            continue
        written = check(ServiceLevelObjective, value, spot, into.findings)
        if written is not None:
            _slo(_Slo(written, spot, into), policies)


def _slo(slo: _Slo, policies: AlertPolicies) -> None:
    spec, metadata = slo.written.spec, slo.written.metadata
    service = _service(slo)
    name = slo.into.name(metadata.name, slo.spot / "metadata" / "name")
    objective, minutes = _target(slo), _window(slo)
    queries, grouping = _indicator(slo)
    _look_at_the_rest(slo)
    if not service or not name or objective is None or minutes is None or queries is None:
        return
    burns = list(_burns(spec.alerting, minutes, slo))
    annotations = _annotations(slo, grouping, queries)
    annotations["covet-sre/burn-rate-alerts"] = "off"
    labels = {key.removeprefix(_PROPAGATED): text for key, text in metadata.labels.items()}
    parts = SloParts(
        name=name,
        service=service,
        sli=ratio_sli(queries),
        objective=objective,
        window_minutes=minutes,
        display_name=metadata.name,
        description=spec.description.strip(),
        labels=labels,
        annotations=annotations,
        alert_policies=[policies.name(service, burn, slo.spec / "alerting") for burn in burns],
    )
    slo.into.add_slo(parts, slo.spot)


def _service(slo: _Slo) -> str:
    metadata, spot = slo.written.metadata, slo.spot / "metadata"
    if slo.into.settings.service:
        return slo.into.service(slo.into.settings.service, spot)
    for label in _SERVICE_LABELS:
        if metadata.labels.get(label):
            return slo.into.service(metadata.labels[label], spot / "labels" / label)
    written, place = (metadata.namespace, "namespace") if metadata.namespace else (metadata.name, "name")
    problem = f"Pyrra knows no services: the SLO is given to one called after its {place}, {written!r}"
    remedy = f"name the service with --service NAME, or the label {_SERVICE_LABELS[0]}"
    slo.warning(spot / place, "import-changed", problem, remedy)
    return slo.into.service(written, spot / place)


def _target(slo: _Slo) -> Values | None:
    spot, text = slo.spec / "target", slo.written.spec.target
    try:
        written = float(text)
    except ValueError:
        slo.error(spot, "value-wrong", f"is {shown(text)}", 'write a number of percent as text: "99.9"')
        return None
    return percent(written, spot, slo.into.findings)


def _window(slo: _Slo) -> int | None:
    try:
        return prometheus_minutes(slo.written.spec.window)
    except ValueError as error:
        slo.error(slo.spec / "window", "value-wrong", "is no window", str(error))
        return None


# ---------------------------------------------------------------- indicators


def _indicator(slo: _Slo) -> tuple[EventQueries | None, list[str]]:
    indicator, spot = slo.written.spec.indicator, slo.spec / "indicator"
    kinds = {
        "ratio": indicator.ratio,
        "latency": indicator.latency,
        "latencyNative": indicator.latency_native,
        "bool_gauge": indicator.bool_gauge,
    }
    given = {name: kind for name, kind in kinds.items() if kind is not None}
    if len(given) != 1:
        problem = f"has {' and '.join(given)}" if given else "has no indicator"
        slo.error(spot, "contradiction", problem, f"write one of {listed([*kinds])}")
        return None, []
    [(name, kind)] = given.items()
    here = spot / name
    match kind:
        case Ratio():
            return _ratio(kind, here, slo), kind.grouping
        case LatencyNative():
            return _native(kind, here, slo), kind.grouping
        case BoolGauge():
            return _gauge(kind, here, slo), kind.grouping
        case latency:
            good = _selector(latency.success.metric, here / "success" / "metric", slo)
            total = _selector(latency.total.metric, here / "total" / "metric", slo)
            return _different("good", good, total, here / "success", slo), latency.grouping


def _ratio(ratio: Ratio, spot: Spot, slo: _Slo) -> EventQueries | None:
    given = {"errors": ratio.errors, "success": ratio.success, "total": ratio.total}
    read = {
        name: _selector(query.metric, spot / name / "metric", slo) for name, query in given.items() if query is not None
    }
    if len(read) != 2:
        problem = f"has {listed([*read]) or 'no metrics'}"
        slo.error(spot, "contradiction", problem, "write two of errors, success and total, usually errors and total")
        return None
    if "total" in read:
        [part] = [name for name in read if name != "total"]
        return _different("bad" if part == "errors" else "good", read[part], read["total"], spot / part, slo)
    errors, success = read["errors"], read["success"]
    if errors is None or success is None:
        return None
    bad, good = (f"sum(increase({each}[{WINDOW}]))" for each in (errors, success))
    # Where one of them never happened yet, the other is the sum; where both are missing, nothing is known.
    total = f"({bad} or 0 * {good}) + ({good} or 0 * {bad})"
    return EventQueries("bad", bad, total, is_counter=False)


def _different(part: str, part_query: str | None, total: str | None, spot: Spot, slo: _Slo) -> EventQueries | None:
    if part_query is None or total is None:
        return None
    if parse(part_query) == parse(total):
        problem = f"is the same as total: the SLI would always be {'0' if part == 'bad' else '100'} %"
        slo.error(spot / "metric", "contradiction", problem, f"select the {part} events alone")
        return None
    return EventQueries("bad" if part == "bad" else "good", part_query, total, is_counter=True)


def _native(kind: LatencyNative, spot: Spot, slo: _Slo) -> EventQueries | None:
    selector = _selector(kind.total.metric, spot / "total" / "metric", slo)
    try:
        bound = promql_parser.parse_duration(kind.latency).total_seconds()
    except (ValueError, OverflowError):
        slo.error(spot / "latency", "value-wrong", f"is {shown(kind.latency)}", "write a duration such as 200ms or 1s")
        return None
    if selector is None:
        return None
    histogram = f"sum(increase({selector}[{WINDOW}]))"
    total = f"histogram_count({histogram})"
    return EventQueries(
        "good", f"histogram_fraction(0, {decimal(bound)}, {histogram}) * {total}", total, is_counter=False
    )


def _gauge(kind: BoolGauge, spot: Spot, slo: _Slo) -> EventQueries | None:
    """Each sample is an event, good when it is 1: as Pyrra counts them."""
    selector = _selector(kind.metric, spot / "metric", slo)
    if selector is None:
        return None
    good, total = (f"sum({function}({selector}[{WINDOW}]))" for function in ("sum_over_time", "count_over_time"))
    return EventQueries("good", good, total, is_counter=False)


def _selector(metric: str, spot: Spot, slo: _Slo) -> str | None:
    try:
        selector = parse(metric)
    except ValueError as error:
        slo.error(spot, "query-wrong", str(error), "mend the PromQL")
        return None
    if selector is None:
        slo.error(
            spot, "query-wrong", "is an expression, and Pyrra takes a metric", "write the metric and its matchers"
        )
        return None
    return metric.strip()


# ---------------------------------------------------------------- alerts and the rest


def _burns(alerting: Alerting, window_minutes: int, slo: _Slo) -> Iterator[Burn]:
    if alerting.disabled or not alerting.burnrates:
        return
    base = alerting.name if _is_word(alerting.name) else "ErrorBudgetBurn"
    for pair in PAIRS:
        long, short, waiting = (
            _scaled(minutes, window_minutes) for minutes in (pair.long_minutes, pair.short_minutes, pair.for_minutes)
        )
        if not short or short >= long:
            problem = (
                f"at this window, the alert over {pair.long_minutes} minutes of 28 days has no shorter window left"
            )
            remedy = "write an AlertPolicy of your own, or a longer window"
            slo.warning(slo.spec / "window", "import-dropped", problem, remedy)
            continue
        severity = _severity(getattr(alerting.severities, pair.name), pair, slo)
        yield Burn(f"{base}{format_minutes(long)}", severity, pair.factor, long, short, waiting)


def _is_word(text: str) -> bool:
    return text.isascii() and text.isidentifier()


def _scaled(minutes: int, window_minutes: int) -> int:
    """Rounded to whole minutes, halves up, as Go's Duration.Round does."""
    return (2 * minutes * window_minutes + _SCALE_MINUTES) // (2 * _SCALE_MINUTES)


def _severity(written: str, pair: _Pair, slo: _Slo) -> str:
    if not written:
        return pair.severity
    if written.lower() in SEVERITIES:
        return written
    first, *others = pair.name.split("_")
    key = first + "".join(word.title() for word in others)
    problem = f"severity {written[:40]!r} is unknown here; it is taken as {pair.severity}"
    remedy = f"write one of {listed([*SEVERITIES])}"
    slo.warning(slo.spec / "alerting" / "severities" / key, "import-changed", problem, remedy)
    return pair.severity


def _annotations(slo: _Slo, grouping: list[str], queries: EventQueries) -> dict[str, str]:
    written = slo.written.metadata.annotations
    kept = {
        key: text
        for key, text in written.items()
        if key not in _RUNBOOKS and not key.startswith(("kubectl.kubernetes.io/", "covet-sre/", "openslo.com/"))
    }
    for key in _RUNBOOKS:
        if written.get(key, "").startswith(("http://", "https://")):
            kept["covet-sre/runbook"] = written[key]
            break
    if grouping:
        told = grouping[:MAX_BREAKDOWN_LABELS] if queries.is_counter else []
        if told:
            kept["covet-sre/breakdown"] = ",".join(told)
        problem = f"Pyrra makes an SLO for each value of {listed(grouping)}; here all of them share one budget"
        remedy = f"the breakdown by {listed(told)} tells who spent it; " if told else ""
        here = slo.spec / "indicator"
        slo.warning(here, "import-changed", problem, f"{remedy}write an SLO with a matcher for each that needs its own")
    return kept


def _look_at_the_rest(slo: _Slo) -> None:
    """Fields that mean nothing here. Pyrra's absent alerts are on by default: only what is written is told of."""
    spec, alerting = slo.written.spec, slo.spec / "alerting"
    dropped: list[tuple[Spot, bool, str]] = [
        (
            alerting / "name",
            bool(spec.alerting.name) and not _is_word(spec.alerting.name),
            "alerts are called by a word",
        ),
        (alerting / "absent", not spec.alerting.absent, "a silent source always raises SourceSilent"),
        (alerting / "absentName", bool(spec.alerting.absent_name), "a silent source raises SourceSilent"),
        (alerting / "severities" / "absent", bool(spec.alerting.severities.absent), "SourceSilent is of severity page"),
        (alerting / "burnRateType", spec.alerting.burn_rate_type != "static", "burn rates are fixed, and guarded"),
        (slo.spec / "partial_response_strategy", bool(spec.partial_response_strategy), "it is for ThanosRuler"),
        (slo.spec / "performanceOverAccuracy", spec.performance_over_accuracy, "events are always counted exactly"),
        (slo.spec / "ruleOutput", spec.rule_output is not None, "it is about Pyrra's own rules"),
    ]
    for spot, is_written, reason in dropped:
        if is_written:
            slo.warning(spot, "import-dropped", f"has no meaning here: {reason}", "nothing needs to be done")
