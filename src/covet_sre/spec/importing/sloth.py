"""Sloth's SLOs -> our documents."""

from collections.abc import Iterator
from dataclasses import dataclass

from covet_sre.spec.findings import Document, Spot
from covet_sre.spec.importing.alert_policies import AlertPolicies
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.documents import SloParts, Values, ratio_sli, raw_sli
from covet_sre.spec.importing.event_queries import event_queries, ratio_queries
from covet_sre.spec.importing.foreign import objects, unknown_kind
from covet_sre.spec.importing.queries import is_query_over_window
from covet_sre.spec.importing.sloth_alerts import SlothWindows, slo_alerts, take_windows, tell_of_names
from covet_sre.spec.importing.sloth_models import (
    Events,
    KubernetesSpecification,
    PrometheusServiceLevel,
    Raw,
    Slo,
    SloPlugins,
    Specification,
)
from covet_sre.spec.importing.targets import percent
from covet_sre.spec.promql import with_our_window
from covet_sre.spec.shape import check
from covet_sre.units import MINUTES_PER_DAY

DEFAULT_WINDOW_MINUTES = 30 * MINUTES_PER_DAY

HEAD = (
    "The default burn-rate alerts stand for Sloth's page and ticket alerts: the same windows and burn rates, and two",
    "guards for low traffic (at least 5 bad events, and confidence). docs/moving.md says what else is different.",
)


@dataclass(frozen=True, slots=True)
class _Service:
    """A specification in either spelling. `name` is ours."""

    name: str
    written: Specification | KubernetesSpecification
    spot: Spot
    is_kubernetes: bool

    def key(self, name: str) -> str:
        """A field as this specification spells it."""
        first, *others = name.split("_")
        return first + "".join(word.title() for word in others) if self.is_kubernetes else name


def import_sloth(documents: list[Document], into: Collection) -> None:
    """Every SLO of the documents; what is wrong or gets lost goes to the findings."""
    windows = SlothWindows(into.settings.window_minutes or DEFAULT_WINDOW_MINUTES)
    services: list[_Service] = []
    for value, spot in objects(documents, into.findings):
        version, kind = value.get("apiVersion", value.get("version")), value.get("kind")
        if "alertWindows" in str(version) or kind == "AlertWindows":
            take_windows(value, spot, windows, into)
        elif version == "prometheus/v1" and "version" in value:
            services += _plain(value, spot, into)
        elif version == "sloth.slok.dev/v1":
            services += _kubernetes(value, spot, into)
        else:
            wanted = "version: prometheus/v1, or apiVersion: sloth.slok.dev/v1 and kind: PrometheusServiceLevel"
            unknown_kind(value, spot, wanted, into.findings)
    policies = AlertPolicies("alertmanager", into)
    for service in services:
        _plugins(service.written.slo_plugins, service.spot / service.key("slo_plugins"), into)
        tell_of_names(service.written.slos, service.spot / "slos", into.findings)
        for index, slo in enumerate(service.written.slos):
            _slo(_SloInService(service, slo, service.spot / "slos" / index), windows, policies, into)


@dataclass(frozen=True, slots=True)
class _SloInService:
    service: _Service
    slo: Slo
    spot: Spot


def _plain(value: Values, spot: Spot, into: Collection) -> Iterator[_Service]:
    written = check(Specification, value, spot, into.findings)
    name = written and into.service(written.service, spot / "service")
    if written and name:
        yield _Service(name, written, spot, is_kubernetes=False)


def _kubernetes(value: Values, spot: Spot, into: Collection) -> Iterator[_Service]:
    written = check(PrometheusServiceLevel, value, spot, into.findings)
    name = written and into.service(written.spec.service, spot / "spec" / "service")
    if written and name:
        yield _Service(name, written.spec, spot / "spec", is_kubernetes=True)


def _slo(one: _SloInService, windows: SlothWindows, policies: AlertPolicies, into: Collection) -> None:
    slo, spot, service = one.slo, one.spot, one.service
    name = into.name(slo.name, spot / "name", service.name)
    objective = percent(slo.objective, spot / "objective", into.findings)
    _plugins(slo.plugins, spot / "plugins", into)
    for key, is_written in (("interval", slo.interval), ("infoLabels", slo.info_labels)):
        if is_written:
            problem = f"{key} is about Sloth's own rules, and has no meaning here"
            into.findings.warning(spot / key, "import-dropped", problem, "nothing needs to be done")
    sli = _sli(one, into)
    annotations, names = slo_alerts(slo.alerting, service.name, spot, windows, policies)
    if not name or objective is None or sli is None:
        return
    parts = SloParts(
        name=name,
        service=service.name,
        sli=sli,
        objective=objective,
        window_minutes=windows.minutes,
        display_name=slo.name,
        description=slo.description,
        labels={**service.written.labels, **slo.labels},
        annotations=annotations,
        alert_policies=names,
    )
    into.add_slo(parts, spot)


def _sli(one: _SloInService, into: Collection) -> Values | None:
    sli, spot = one.slo.sli, one.spot / "sli"
    given = [kind for kind in (sli.events, sli.raw, sli.plugin) if kind is not None]
    if len(given) != 1:
        problem = "has more than one of events, raw and plugin" if given else "has none of events, raw and plugin"
        into.findings.error(spot, "contradiction", problem, "write one of events and raw")
        return None
    match given[0]:
        case Events() as events:
            return _of_events(events, one, spot / "events", into)
        case Raw() as raw:
            return _of_raw(raw, spot / "raw" / one.service.key("error_ratio_query"), into)
        case plugin:
            problem = f"the plugin {plugin.id[:60]!r} makes its queries in Sloth alone"
            remedy = "write the queries that it makes as events (sloth generate shows them)"
            into.findings.error(spot / "plugin", "import-unsupported", problem, remedy)
            return None


def _of_events(events: Events, one: _SloInService, spot: Spot, into: Collection) -> Values | None:
    bad_spot, total_spot = spot / one.service.key("error_query"), spot / one.service.key("total_query")
    # Both are looked at, so that both are reported.
    are_right = [
        is_query_over_window(query, here, into.findings)
        for query, here in ((events.error_query, bad_spot), (events.total_query, total_spot))
    ]
    if not all(are_right):
        return None
    if with_our_window(events.error_query) == with_our_window(events.total_query):
        problem = "the error query and the total query are the same: every event would be bad"
        into.findings.error(bad_spot, "contradiction", problem, "select the bad events alone")
        return None
    queries = event_queries(events.error_query, events.total_query)
    for remark in queries.remarks:
        into.findings.warning(
            bad_spot, "import-changed", remark, "compare the numbers, or write sum(rate(...)) queries"
        )
    return ratio_sli(queries)


def _of_raw(raw: Raw, spot: Spot, into: Collection) -> Values | None:
    query = raw.error_ratio_query
    if not is_query_over_window(query, spot, into.findings):
        return None
    queries = ratio_queries(query)
    if queries is not None:
        return ratio_sli(queries)
    problem = "only gives a ratio: each minute weighs the same here, however many events it has"
    into.findings.warning(
        spot, "import-changed", problem, "write events with error and total queries, if there are any"
    )
    return raw_sli(with_our_window(query))


def _plugins(plugins: SloPlugins, spot: Spot, into: Collection) -> None:
    for index, plugin in enumerate(plugins.chain):
        problem = f"the plugin {plugin.id[:60]!r} changes the rules that Sloth makes, and does nothing here"
        remedy = "check what it changes, and write it into the SLOs or their alert policies"
        into.findings.warning(spot / "chain" / index, "import-dropped", problem, remedy)
