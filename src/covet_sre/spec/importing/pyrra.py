"""Pyrra's SLOs -> our documents."""

from dataclasses import dataclass

from covet_sre.spec.annotations import MAX_BREAKDOWN_LABELS
from covet_sre.spec.findings import Document, Spot, listed, shown
from covet_sre.spec.importing.alert_policies import AlertPolicies
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.documents import SloParts, Values, ratio_sli
from covet_sre.spec.importing.event_queries import EventQueries
from covet_sre.spec.importing.foreign import objects, unknown_kind
from covet_sre.spec.importing.names import prometheus_minutes
from covet_sre.spec.importing.pyrra_alerts import is_word, pyrra_burns
from covet_sre.spec.importing.pyrra_indicators import pyrra_indicator
from covet_sre.spec.importing.pyrra_models import ServiceLevelObjective
from covet_sre.spec.importing.targets import percent
from covet_sre.spec.shape import check

HEAD = (
    "The alert policies are Pyrra's: four burn rates over shares of the SLO's own window, with Pyrra's waiting times.",
    "An absent metric shows as the state no_data and the alert SourceSilent. docs/moving.md says what is different.",
)

_PROPAGATED = "pyrra.dev/"
_RUNBOOKS = ("pyrra.dev/runbook", "pyrra.dev/runbook_url", "runbook", "runbook_url")
_SERVICE_LABELS = ("pyrra.dev/service", "app.kubernetes.io/name", "service", "app")


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
    queries, grouping = pyrra_indicator(spec.indicator, slo.spec / "indicator", slo.into.findings)
    _look_at_the_rest(slo)
    if not service or not name or objective is None or minutes is None or queries is None:
        return
    burns = list(pyrra_burns(spec.alerting, minutes, slo.spec, slo.into.findings))
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
            bool(spec.alerting.name) and not is_word(spec.alerting.name),
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
