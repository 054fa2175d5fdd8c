"""OpenSLO's `openslo.com/v2alpha` -> our documents: what has another name there, and metrics that name a source."""

from typing import Literal, cast

from covet_sre.spec import openslo
from covet_sre.spec.findings import Spot, did_you_mean, shown
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.documents import SOURCE_NAME, Values, document, metric, ratio_sli
from covet_sre.spec.importing.names import our_name
from covet_sre.spec.importing.openslo_queries import openslo_ratio
from covet_sre.spec.importing.openslo_v1alpha import PROMETHEUS_NAMES
from covet_sre.spec.importing.openslo_v2alpha_models import (
    KINDS,
    SLI,
    SLO,
    VERSION,
    DataSource,
    InlineSLI,
    MetricSpec,
    Objective,
    RatioMetric,
    Service,
    SLISpec,
    SLOSpec,
)
from covet_sre.spec.importing.queries import is_query
from covet_sre.spec.promql import with_our_window
from covet_sre.spec.shape import check


def import_v2alpha(value: Values, spot: Spot, into: Collection) -> None:
    """One document of any kind."""
    kind = value.get("kind")
    if kind == "BudgetAdjustment":
        problem = "adjustments are kept by a running server, and not in files"
        into.findings.warning(spot / "kind", "import-dropped", problem, "type covet-sre slo adjust for each of them")
        return
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        here, problem = spot / "kind" if "kind" in value else spot, f"{VERSION} has no kind {shown(kind)}"
        into.findings.error(here, "kind-unknown", problem, did_you_mean(str(kind), KINDS))
        return
    match check(model, value, spot, into.findings):
        case SLO() as slo:
            _slo(slo, value, spot, into)
        case SLI() as sli:
            spec = _sli(sli.spec, spot / "spec", into)
            into.add(_renamed(value, spec), "", spot)
        case DataSource() as source:
            spec = _source(source.spec, spot / "spec", into)
            into.add(_renamed(value, spec), "", spot)
        case Service() as service:
            into.declare_service(_renamed(value), service.metadata.name, spot)
        case None:
            pass
        case _:
            into.add(_renamed(value), "", spot)


def _renamed(value: Values, spec: Values | None = None) -> Values:
    """The document of openslo/v1 that has the same metadata, and the same spec where none is given."""
    of_value = cast("Values", value.get("spec", {}))
    metadata = cast("Values", value["metadata"])
    return {"apiVersion": "openslo/v1", "kind": value["kind"], "metadata": metadata, "spec": spec or of_value}


def _slo(slo: SLO, value: Values, spot: Spot, into: Collection) -> None:
    spec, here = slo.spec, spot / "spec"
    if (spec.service is None) == (spec.service_ref is None):
        problem = "has both service and serviceRef" if spec.service else "has no serviceRef"
        into.findings.error(here, "contradiction", problem, "write serviceRef: the name of the Service")
        return
    key = "service" if spec.service else "serviceRef"
    service = into.service(spec.service or spec.service_ref or "", here / key)
    written = cast("Values", value["spec"])
    made: Values = {}
    for name, item in written.items():
        match name:
            case "service" | "serviceRef":
                made["service"] = service
            case "sli" | "sliRef":
                made |= _indicator(name, item, spec.sli, here / "sli", into)
            case "objectives":
                made[name] = [
                    _objective(objective, cast("list[Values]", item)[index], spec, here / name / index, into)
                    for index, objective in enumerate(spec.objectives)
                ]
            case _:
                made[name] = item
    into.add(_renamed(value, made), service, spot)


def _indicator(name: str, item: object, inline: InlineSLI | None, spot: Spot, into: Collection) -> Values:
    if name == "sliRef" or inline is None:
        return {"indicatorRef": item}
    metadata = cast("Values", cast("Values", item)["metadata"])
    return {"indicator": {"metadata": metadata, "spec": _sli(inline.spec, spot / "spec", into)}}


def _objective(objective: Objective, item: Values, spec: SLOSpec, spot: Spot, into: Collection) -> Values:
    sli = objective.sli or spec.sli
    is_ratio = sli is not None and sli.spec.ratio_metric is not None
    made: Values = {}
    for name, value in item.items():
        if name in ("op", "value") and is_ratio:
            problem = f"{name} has no meaning beside a ratioMetric"
            into.findings.warning(spot / name, "import-dropped", problem, "nothing is missing")
        elif name in ("sli", "sliRef"):
            made |= _indicator(name, value, objective.sli, spot / "sli", into)
        else:
            made[name] = value
    return made


def _sli(spec: SLISpec, spot: Spot, into: Collection) -> Values:
    made: Values = {"description": spec.description} if spec.description else {}
    if spec.threshold_metric is not None:
        made["thresholdMetric"] = _metric(spec.threshold_metric, spot / "thresholdMetric", into)
    if spec.ratio_metric is not None:
        made["ratioMetric"] = _ratio(spec.ratio_metric, spot / "ratioMetric", into)
    return made


def _ratio(ratio: RatioMetric, spot: Spot, into: Collection) -> Values:
    parts = {"good": ratio.good, "bad": ratio.bad, "total": ratio.total, "raw": ratio.raw}
    made: Values = {"counter": ratio.counter}
    if ratio.raw_type:
        made["rawType"] = ratio.raw_type
    given = {name: part for name, part in parts.items() if part is not None}
    made |= {name: _metric(part, spot / name, into) for name, part in given.items()}
    queries = {name: part.spec.get("query") for name, part in given.items()}
    if set(given) not in ({"good", "total"}, {"bad", "total"}) or not all(isinstance(q, str) for q in queries.values()):
        # What is wrong with these is reported when they are read back.
        return made
    word: Literal["good", "bad"] = "good" if "good" in given else "bad"
    spots = {name: spot / name / "spec" / "query" for name in given}
    total = str(queries["total"]), spots["total"]
    found = openslo_ratio((word, str(queries[word]), spots[word]), total, ratio.counter, into.findings)
    if found is None:
        return made
    read = cast("Values", ratio_sli(found)["ratioMetric"])
    read[found.part] = metric(found.part_query, _source_name(made, word))
    read["total"] = metric(found.total_query, _source_name(made, "total"))
    return read


def _source_name(ratio: Values, name: str) -> str:
    return str(cast("Values", cast("Values", ratio[name])["metricSource"])["metricSourceRef"])


def _metric(written: MetricSpec, spot: Spot, into: Collection) -> Values:
    name = written.data_source_ref or SOURCE_NAME
    if written.data_source_spec is not None and written.data_source_ref is None:
        url = str(written.data_source_spec.connection_details.get("url", ""))
        name = our_name("source", url) or SOURCE_NAME
        spec = _source(written.data_source_spec, spot / "dataSourceSpec", into)
        into.add_once(document("DataSource", name, spec), spot / "dataSourceSpec")
    elif written.data_source_ref is None:
        into.needs_source(spot)
    else:
        into.needs_declared(name, spot / "dataSourceRef")
    query = written.spec.get("query")
    if not isinstance(query, str) or not is_query(query, spot / "spec" / "query", into.findings):
        return {"metricSource": {"metricSourceRef": name, "spec": written.spec}}
    others = {key: value for key, value in written.spec.items() if key != "query"}
    spec = {"query": with_our_window(query), **others}
    return {"metricSource": {"metricSourceRef": name, "spec": spec}}


def _source(spec: openslo.DataSourceSpec, spot: Spot, into: Collection) -> Values:
    """A DataSource's spec: the address, and the fields that mean the same here."""
    made: Values = {"description": spec.description} if spec.description else {}
    if spec.type.lower() == "scrape":
        return {**made, "type": "scrape", "connectionDetails": spec.connection_details}
    if spec.type.lower() not in PROMETHEUS_NAMES:
        problem = f"is {shown(spec.type)}: only a Prometheus can be asked"
        into.findings.error(
            spot / "type", "import-unsupported", problem, "write type: prometheus, if it speaks its API"
        )
    known = ("url", "scrapeInterval", "retention", "replicaLabels", "headersFromEnv")
    details = {key: value for key, value in spec.connection_details.items() if key in known}
    for key in spec.connection_details:
        if key not in known:
            remedy = "url is used; secrets belong to headersFromEnv, see docs/measuring.md"
            into.findings.warning(spot / "connectionDetails" / key, "import-dropped", "has no meaning here", remedy)
    if "url" not in details:
        details = {"url": into.settings.prometheus_url, **details}
        problem = f"has no url: {into.settings.prometheus_url} is taken"
        into.findings.warning(
            spot / "connectionDetails", "import-changed", problem, "name the address with --prometheus"
        )
    return {**made, "type": "prometheus", "connectionDetails": details}
