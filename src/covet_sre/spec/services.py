"""Service documents -> services, and whose they are, what they depend on, and how they escalate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from covet_sre.catalog.service import Service
from covet_sre.incident.rules import ServiceRule
from covet_sre.spec import openslo
from covet_sre.spec.annotations import PREFIX, Annotations, read_annotations
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.library import Library
from covet_sre.spec.oncall_documents import EscalationPolicy, Team

_LINKS = ("graphs", "logs", "traces")


@dataclass(frozen=True, slots=True)
class WrittenService:
    """A service with its annotations; `spot` is that of its metadata."""

    service: Service
    annotations: Annotations
    spot: Spot


def services(library: Library) -> list[WrittenService]:
    """Every well-shaped service."""
    return list(_services(library))


def _services(library: Library) -> Iterator[WrittenService]:
    for entry, model in library.all_of(openslo.Service):
        metadata, spot = model.metadata, entry.spot / "metadata"
        annotations = read_annotations("Service", metadata.annotations, spot, library.findings)
        service = Service(
            entry.name, metadata.display_name or entry.name, model.spec.description or "", entry.spot.location
        )
        yield WrittenService(service, annotations, spot)


def service_rules(library: Library, written: list[WrittenService]) -> dict[str, ServiceRule]:
    """What alerts and incidents need to know of each service, by name."""
    rules: dict[str, ServiceRule] = {}
    has_teams = bool(library.names(Team))
    for one in written:
        rule = _rule(library, one)
        rules[rule.name] = rule
        if has_teams and not rule.team:
            problem = f"no team answers for the service {rule.name}"
            remedy = f"add the annotation {PREFIX}team with the name of a Team"
            library.findings.warning(one.spot, "service-without-team", problem, remedy)
    _look_for_circles(rules, {one.service.name: one.spot for one in written}, library.findings)
    return rules


def _rule(library: Library, one: WrittenService) -> ServiceRule:
    annotations, spot = one.annotations, one.spot / "annotations"
    rule = ServiceRule(
        name=one.service.name,
        team=annotations.get("team", ""),
        escalation=annotations.get("escalation-policy", ""),
        runbook=annotations.get("runbook", ""),
        depends_on=annotations.get("depends-on", ()),
        first_step=annotations.get("first-step", ""),
        links=tuple((name.title(), annotations.get(name, "")) for name in _LINKS if annotations.get(name, "")),
    )
    if rule.team:
        library.find(Team, rule.team, spot / f"{PREFIX}team")
    if rule.escalation:
        library.find(EscalationPolicy, rule.escalation, spot / f"{PREFIX}escalation-policy")
    for name in rule.depends_on:
        library.find(openslo.Service, name, spot / f"{PREFIX}depends-on")
    return rule


def _look_for_circles(rules: Mapping[str, ServiceRule], spots: Mapping[str, Spot], findings: Findings) -> None:
    """Warn once of each circle that a walk along the dependencies closes."""
    done: set[str] = set()
    for first in rules:
        # The way from the first to where the walk is, and what is still to be seen at each of its places.
        path = {first: iter(_upstreams(rules, first))} if first not in done else {}
        while path:
            name = next(reversed(path))
            upstream = next(path[name], None)
            if upstream is None:
                done.add(name)
                del path[name]
            elif upstream in path:
                way = list(path)
                circle = [*way[way.index(upstream) :], upstream]
                problem = f"services depend on each other in a circle: {' > '.join(circle)}"
                remedy = "remove the weaker dependency: of services that fail together, one must be the cause"
                here = spots[name] / "annotations" / f"{PREFIX}depends-on"
                findings.warning(here, "dependency-circle", problem, remedy)
            elif upstream not in done:
                path[upstream] = iter(_upstreams(rules, upstream))


def _upstreams(rules: Mapping[str, ServiceRule], name: str) -> tuple[str, ...]:
    rule = rules.get(name)
    return rule.depends_on if rule else ()
