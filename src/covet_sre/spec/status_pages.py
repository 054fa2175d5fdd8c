"""The StatusPage document -> the status page."""

import re
from collections.abc import Iterable, Sequence

from covet_sre.oncall.target import NotificationTarget, TargetKind
from covet_sre.slo.burn import Severity as AlertSeverity
from covet_sre.slo.objective import Objective
from covet_sre.spec import openslo
from covet_sre.spec import status_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.clock_times import a_date
from covet_sre.spec.findings import Findings, Spot, did_you_mean
from covet_sre.spec.library import Library
from covet_sre.spec.notification_documents import NotificationTarget as TargetDocument
from covet_sre.spec.sources import is_address
from covet_sre.spec.windows import is_zone
from covet_sre.status.page import Component, StatusPage
from covet_sre.status.rules import DEFAULT_RULES, Sign, StateRule
from covet_sre.status.states import ComponentState

_LEVELS = {Sign.INCIDENT: ("P0", "P1", "P2", "P3"), Sign.ALERT: tuple(one.value for one in AlertSeverity)}
_MAILTO = re.compile(r"mailto:[^@\s<>\"]+@[A-Za-z0-9.-]+\Z")


def status_page(
    library: Library, objectives: Iterable[Objective], targets: dict[str, NotificationTarget]
) -> StatusPage | None:
    """The page, if one is declared; a second one is a finding."""
    found: StatusPage | None = None
    by_slo: dict[str, list[Objective]] = {}
    for objective in objectives:
        by_slo.setdefault(objective.slo, []).append(objective)
    for entry, model in library.all_of(documents.StatusPage):
        spot, findings = entry.spot, library.findings
        read_annotations("StatusPage", model.metadata.annotations, spot / "metadata", findings)
        if found is not None:
            problem = f"{found.name!r} is declared already (at {found.location}), and one page is shown"
            findings.error(spot / "metadata" / "name", "contradiction", problem, "keep one of them")
            continue
        found = _page(library, model, spot, by_slo, targets)
    return found


def _page(
    library: Library,
    model: documents.StatusPage,
    spot: Spot,
    by_slo: dict[str, list[Objective]],
    targets: dict[str, NotificationTarget],
) -> StatusPage:
    spec, here, findings = model.spec, spot / "spec", library.findings
    _look_at_address(spec.address, here / "address", findings)
    if spec.support is not None and not _MAILTO.match(spec.support):
        is_address(spec.support, here / "support", findings, "nothing")
    is_zone(spec.time_zone, here / "timeZone", findings)
    _look_for_twins([one.identity for one in spec.components], here / "components", findings)
    told = spec.subscribers or documents.StatusSubscribers(email=None, webhook=False, address=None)
    if told.address is not None:
        _look_at_address(told.address, here / "subscribers" / "address", findings)
    if told.email is not None:
        _look_at_target(library, told.email, targets, here / "subscribers" / "email")
    takes_any = told.email is not None or told.webhook
    return StatusPage(
        name=model.metadata.name,
        title=spec.title,
        address=spec.address.rstrip("/"),
        description=spec.description or "",
        support=spec.support or "",
        time_zone=spec.time_zone,
        components=tuple(
            _component(library, one, here / "components" / index, by_slo) for index, one in enumerate(spec.components)
        ),
        mail_target=told.email or "",
        takes_webhooks=told.webhook,
        subscribe_address=(told.address or spec.address).rstrip("/") if takes_any else "",
        location=spot.location,
    )


def _component(
    library: Library, one: documents.StatusComponent, spot: Spot, by_slo: dict[str, list[Objective]]
) -> Component:
    findings = library.findings
    for index, name in enumerate(one.services):
        library.find(openslo.Service, name, spot / "services" / index)
    slos = _objectives(library, one.slos, spot / "slos", by_slo)
    if not one.slos:
        own = [each for several in by_slo.values() for each in several if each.service in one.services]
        slos = tuple(each.name for each in own)
    if not (one.services or one.slos or one.manual):
        problem = "has neither services nor slos, so that nothing but people changes its state"
        findings.error(spot, "field-missing", problem, "name them, or add manual: true")
    if one.manual and one.states:
        remedy = "remove one of the two"
        findings.error(spot / "states", "contradiction", "has rules, although only people change its state", remedy)
    return Component(
        identity=one.identity,
        name=one.name,
        description=one.description or "",
        group=one.group or "",
        services=tuple(dict.fromkeys(one.services)),
        slos=slos,
        uptime_slos=_objectives(library, one.uptime, spot / "uptime", by_slo) if one.uptime else slos,
        rules=tuple(_rule(rule, spot / "states" / index, findings) for index, rule in enumerate(one.states))
        or DEFAULT_RULES,
        manual=one.manual,
        since=a_date(one.since, spot / "since", findings) if one.since else None,
    )


def _objectives(
    library: Library, names: Sequence[str], spot: Spot, by_slo: dict[str, list[Objective]]
) -> tuple[str, ...]:
    """The objectives of SLOs, by name; a reference to nothing is a finding."""
    found: dict[str, None] = {}
    for index, name in enumerate(names):
        if library.find(openslo.SLO, name, spot / index) is not None:
            found |= dict.fromkeys(objective.name for objective in by_slo.get(name, ()))
    return tuple(found)


def _rule(rule: documents.ComponentStateRule, spot: Spot, findings: Findings) -> StateRule:
    sign = Sign(rule.when)
    levels = _LEVELS.get(sign)
    if levels is not None and rule.level not in levels:
        findings.error(spot / "is", "value-wrong", f"is {rule.level!r}", did_you_mean(rule.level, levels))
    if rule.errors_above is not None and sign is not Sign.ALERT:
        remedy = "remove it, or write when: alert"
        findings.error(spot / "errorsAbove", "contradiction", f"means nothing for {rule.when}", remedy)
    return StateRule(sign, rule.level, ComponentState(rule.state), rule.errors_above or 0.0)


def _look_for_twins(identities: Sequence[str], spot: Spot, findings: Findings) -> None:
    seen: set[str] = set()
    for index, identity in enumerate(identities):
        if identity in seen:
            problem = f"the component {identity!r} is declared twice"
            findings.error(spot / index / "id", "reference-ambiguous", problem, "rename or remove one of them")
        seen.add(identity)


def _look_at_address(address: str, spot: Spot, findings: Findings) -> None:
    if is_address(address, spot, findings, "nothing") and ("?" in address or "#" in address):
        findings.error(spot, "value-wrong", "holds ? or #, which have no place in a base address", "take them out")


def _look_at_target(library: Library, name: str, targets: dict[str, NotificationTarget], spot: Spot) -> None:
    library.find(TargetDocument, name, spot)
    target = targets.get(name)
    if target is not None and target.kind is not TargetKind.EMAIL:
        problem = f"{name!r} is of the type {target.kind}, and writes no mails to strangers"
        library.findings.error(spot, "contradiction", problem, "name a NotificationTarget of type email")
