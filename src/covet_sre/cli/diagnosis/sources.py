"""The metric sources: whether they answer, how they are doing, and whether the files fit what they have."""

from collections.abc import Callable, Iterator, Mapping

from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.cli.diagnosis.check import Check, Group
from covet_sre.cli.prometheus_facts import findings_against, of_source
from covet_sre.errors import SourceError
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.prometheus.inspect import Inspection
from covet_sre.integrations.prometheus.operation import Operation, RuleState
from covet_sre.integrations.scrape.exposed_now import ExposedNow
from covet_sre.slo.indicator import CounterRatio
from covet_sre.spec.against_metrics import MetricFacts, judge
from covet_sre.spec.findings import listed
from covet_sre.spec.windows import window_minutes
from covet_sre.units import format_minutes

OUR_RULES = "covet"
_MOST_SHOWN = 5

Clock = Callable[[], float]


def source_checks(
    source: DataSource, declaration: Declaration, clock: Clock, environment: Mapping[str, str]
) -> Iterator[Check]:
    """Everything about one declared source."""
    group = Group(f"Source {source.name}")
    headers = {name: environment[variable] for name, variable in source.headers_env if variable in environment}
    own = of_source(declaration, source.name)
    if source.kind is SourceKind.PROMETHEUS:
        yield from prometheus_checks(group, source.addresses[0], own, clock, headers)
    else:
        yield from _scraped(group, source, own, headers)


def prometheus_checks(
    group: Group, address: str, declaration: Declaration, clock: Clock, headers: Mapping[str, str]
) -> Iterator[Check]:
    """One Prometheus, and whether the objectives that are read from it fit."""
    try:
        inspection = Inspection.at(address, headers)
    except ValueError as error:
        yield group.problem("address", str(error), "write http://host:port or https://host:port")
        return
    except SourceError as error:
        yield group.failed("answers", error)
        return
    try:
        for part in (_answers, _clock, _retention, _targets, _rules, _findings):
            try:
                yield from part(group, inspection, declaration, clock)
            except SourceError as error:
                yield group.failed(part.__name__.strip("_"), error)
    finally:
        inspection.close()


def _answers(group: Group, inspection: Inspection, _: Declaration, __: Clock) -> Iterator[Check]:
    version = Operation(inspection).version()
    told = f"{inspection.api.shown_address} answers" + (f", version {version}" if version else "")
    yield group.ok("answers", told)


def _clock(group: Group, inspection: Inspection, _: Declaration, clock: Clock) -> Iterator[Check]:
    skew = inspection.skew_seconds(clock)
    # A large one is among the findings where there are files.
    told = "its clock agrees with the one here" if skew is None else f"its clock differs by {skew:+.1f} s"
    if skew is not None and abs(skew) > 10:
        yield group.warning("clock", told, "let both machines synchronise their clocks (NTP)")
    else:
        yield group.ok("clock", told)


def _retention(group: Group, inspection: Inspection, declaration: Declaration, _: Clock) -> Iterator[Check]:
    kept = inspection.retention_minutes()
    if kept is None:
        yield group.not_checked("retention", "it does not say how long it keeps samples")
        return
    longest = max((window_minutes(each.budget_window) for each in declaration.objectives), default=0)
    told = f"it keeps {format_minutes(kept)}" + (
        f", the longest budget runs over {format_minutes(longest)}" if longest else ""
    )
    if longest > kept:
        yield group.warning("retention", told, "keep covet-sre running: its ledger needs no history")
    else:
        yield group.ok("retention", told)


def _targets(group: Group, inspection: Inspection, declaration: Declaration, _: Clock) -> Iterator[Check]:
    answer = Operation(inspection).down_targets()
    if answer is None:
        yield group.not_checked("targets", "it does not tell its targets")
        return
    down, number = answer
    if not down:
        yield group.ok("targets", f"{number} target{'s' * (number != 1)}, none down")
    jobs = _jobs(declaration)
    for each in down[:_MOST_SHOWN]:
        told = f"{each.job} {each.instance} is down: {each.error or 'no reason given'}"
        remedy = "start it, or mend its address in scrape_configs"
        ours = any(accepts(each.job) for accepts in jobs)
        yield group.problem("targets", told, remedy) if ours else group.warning("targets", told, remedy)
    if len(down) > _MOST_SHOWN:
        yield group.warning("targets", f"{len(down) - _MOST_SHOWN} more are down", "look at its page Status, Targets")


def _jobs(declaration: Declaration) -> list[Callable[[str], bool]]:
    """What the objectives say about the label `job`."""
    selectors = [
        selector
        for objective in declaration.objectives
        if isinstance(objective.indicator, CounterRatio)
        for selector in (objective.indicator.part, objective.indicator.total)
    ]
    return [matcher.accepts for selector in selectors for matcher in selector.matchers if matcher.label == "job"]


def _rules(group: Group, inspection: Inspection, _: Declaration, __: Clock) -> Iterator[Check]:
    rules = Operation(inspection).rules(OUR_RULES)
    if rules is None:
        yield group.not_checked("rules", "it does not tell its rules")
        return
    if not rules:
        yield group.not_checked("rules", "no rules of covet-sre generate are loaded there")
        return
    failing = [rule for rule in rules if rule.error]
    for rule in failing[:_MOST_SHOWN]:
        told = f"the rule {rule.name} of {rule.group} fails: {rule.error}"
        yield group.problem("rules", told, "generate the rules again and load them: covet-sre generate prometheus")
    for name, rule in _slow(rules).items():
        told = f"the group {name} takes {rule.evaluation_seconds:.3g} s, and comes every {rule.interval_seconds:.3g} s"
        yield group.problem("rules", told, "lengthen its interval: evaluations are left out now")
    if not failing and not _slow(rules):
        yield group.ok("rules", f"{len(rules)} of ours, all healthy")


def _slow(rules: list[RuleState]) -> dict[str, RuleState]:
    return {rule.group: rule for rule in rules if rule.evaluation_seconds > rule.interval_seconds > 0}


def _findings(group: Group, inspection: Inspection, declaration: Declaration, clock: Clock) -> Iterator[Check]:
    number = len(declaration.objectives)
    if not number:
        yield group.not_checked("metrics", "no objective is read from here")
        return
    findings = findings_against(declaration, inspection, clock)
    # Both have lines of their own above.
    findings = [
        each for each in findings if each.code != "window-retention" and (each.code != "clock-skew" or each.field)
    ]
    yield from group.of_findings(findings)
    if not findings:
        yield group.ok("metrics", f"{number} objective{'s' * (number != 1)}, and the series of each fit")


# ---------------------------------------------------------------- scraped directly


def _scraped(group: Group, source: DataSource, declaration: Declaration, headers: Mapping[str, str]) -> Iterator[Check]:
    exposed: list[ExposedNow] = []
    for address in source.addresses:
        try:
            exposed.append(ExposedNow.at(address, dict(source.labels), headers))
        except ValueError as error:
            yield group.problem("target", str(error), "write http://host:port/metrics")
        except SourceError as error:
            yield group.failed("target", error)
        else:
            yield group.ok("target", f"{exposed[-1].shown_address} exposes {len(exposed[-1].names):,} metrics")
    if not exposed or not declaration.objectives:
        return
    names = sorted({name for target in exposed for name in target.names})
    series = {name: [labels for target in exposed for labels in target.series.get(name, ())] for name in names}
    findings = judge(declaration, MetricFacts(names, series, sums={}, kinds={}))
    yield from group.of_findings(findings)
    if not findings:
        objectives = listed([objective.name for objective in declaration.objectives], 5)
        yield group.ok("metrics", f"the series of {objectives} fit")
