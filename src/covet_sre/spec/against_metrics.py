"""Reliability files against what a Prometheus has: series that are missing, and names that are almost right."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from covet_sre.errors import Finding, Level
from covet_sre.flows.declaration import Declaration
from covet_sre.slo.indicator import (
    CounterRatio,
    Indicator,
    Matcher,
    MatchOp,
    QueryRatio,
    QueryRaw,
    QueryThreshold,
    Selector,
)
from covet_sre.slo.objective import Objective
from covet_sre.spec.findings import listed
from covet_sre.spec.promql import selectors_in
from covet_sre.spec.windows import window_minutes
from covet_sre.units import format_minutes

Series = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """What a Prometheus has. `series` are the labels by metric; `sums` are values now by selector text.

    `kinds` are declared types by metric. `retention_minutes` is None when the server doesn't say.
    """

    names: Sequence[str]
    series: Mapping[str, Series]
    sums: Mapping[str, float | None]
    kinds: Mapping[str, str]
    retention_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """One selector of one objective. `word` says as what: good, bad, total, or part of a query."""

    objective: Objective
    selector: Selector
    word: str
    of_alert: str = ""


def uses(declaration: Declaration) -> list[Use]:
    """Every selector that the objectives and their alerts read."""
    return [use for objective in declaration.objectives for use in _of_objective(objective)]


def pairs(declaration: Declaration) -> list[tuple[Objective, CounterRatio]]:
    """The indicators whose parts can be compared with their totals."""
    return [
        (objective, objective.indicator)
        for objective in declaration.objectives
        if isinstance(objective.indicator, CounterRatio)
    ]


def judge(declaration: Declaration, facts: MetricFacts) -> list[Finding]:
    """What does not fit, errors first; each finding once, however many objectives share it."""
    found: list[Finding] = []
    for use in uses(declaration):
        found.extend(_judge_use(use, facts))
    for objective in declaration.objectives:
        found.extend(_judge_breakdown(objective, facts))
        found.extend(_judge_paths(objective, facts))
        found.extend(_judge_retention(objective, facts))
    for objective, ratio in pairs(declaration):
        found.extend(_judge_sums(objective, ratio, facts))
    unique = dict.fromkeys(found)
    return sorted(unique, key=lambda each: (each.level is not Level.ERROR, each.location.file, each.location.line))


def _of_objective(objective: Objective) -> Iterator[Use]:
    yield from _of_indicator(objective, objective.indicator, "")
    for alert in objective.alerts:
        if alert.indicator is not None:
            yield from _of_indicator(objective, alert.indicator, alert.name)


def _of_indicator(objective: Objective, indicator: Indicator, alert: str) -> Iterator[Use]:
    match indicator:
        case CounterRatio(_, total, good, bad):
            for word, selector in (("good", good), ("bad", bad), ("total", total)):
                if selector:
                    yield Use(objective, selector, word, alert)
        case QueryRatio(_, total, good, bad):
            for selector in selectors_in(total) + selectors_in(good or bad or total):
                yield Use(objective, selector, "query", alert)
        case QueryThreshold(_, query) | QueryRaw(_, query):
            for selector in selectors_in(query):
                yield Use(objective, selector, "query", alert)


# ---------------------------------------------------------------- one selector


def _judge_use(use: Use, facts: MetricFacts) -> Iterator[Finding]:
    selector = use.selector
    if selector.metric not in facts.names:
        yield _error(use, "metric-missing", f"there is no metric {selector.metric}", _nearest_metric(use, facts))
        return
    series = facts.series.get(selector.metric)
    if series is None:
        return
    kind = facts.kinds.get(selector.metric)
    if use.word != "query" and kind in ("gauge", "summary"):
        remedy = "use a counter; its name usually ends in _total, _count or _bucket"
        yield _error(use, "metric-kind", f"{selector.metric} is a {kind}, which can fall", remedy)
    labels = {label for one in series for label in one}
    missing = [matcher for matcher in selector.matchers if matcher.label not in labels and not _is_for_absence(matcher)]
    for matcher in missing:
        remedy = _label_that_looks_alike(matcher, selector, series)
        problem = f"no series of {selector.metric} has a label {matcher.label!r}"
        yield _error(use, "label-missing", problem, remedy)
    if not missing and not any(selector.accepts(dict(one)) for one in series):
        yield from _judge_values(use, series)


def _is_for_absence(matcher: Matcher) -> bool:
    """`canary=""` asks for series without the label: that it is missing is no mistake."""
    return matcher.op in (MatchOp.EQUAL, MatchOp.MATCHES) and matcher.accepts("")


def _judge_values(use: Use, series: Series) -> Iterator[Finding]:
    selector = use.selector
    for matcher in selector.matchers:
        values = sorted({one.get(matcher.label, "") for one in series} - {""})
        if any(matcher.accepts(one.get(matcher.label, "")) for one in series):
            continue
        if matcher.label == "le" and matcher.op is MatchOp.EQUAL:
            problem = f'{selector.metric} has no bucket le="{matcher.value}"'
            yield _error(use, "bound-missing", problem, _nearest_bounds(matcher.value, values))
        elif use.word in ("bad", "query"):
            # What never went wrong yet may have no series, unless the application creates it beforehand.
            problem = f"no series of {selector.metric} matches {matcher} yet (values: {listed(values, 8)})"
            remedy = "nothing to do if no such event happened yet; otherwise correct the matcher"
            yield _warning(use, "value-missing", problem, remedy)
        else:
            near = get_close_matches(matcher.value, values, n=1, cutoff=0.6)
            remedy = f'did you mean {matcher.label}="{near[0]}"?' if near else f"values there: {listed(values, 8)}"
            yield _error(use, "value-missing", f"no series of {selector.metric} matches {matcher}", remedy)
        return
    problem = f"no series matches all of {selector}"
    remedy = "each matcher alone matches some series: check the combination"
    yield (_warning if use.word in ("bad", "query") else _error)(use, "series-missing", problem, remedy)


_PATHS = ("route", "path", "endpoint", "handler", "uri", "url", "http_route", "http_target")
_ALIKE = (
    ("code", "status", "status_code", "http_status", "http_status_code", "http_response_status_code"),
    _PATHS,
    ("method", "verb", "http_method", "http_request_method"),
    ("job", "service", "service_name", "app", "application"),
    ("outcome", "result", "status", "state"),
)
_IDENTIFIER = re.compile(r"[0-9]+|[0-9a-fA-F]{8,}|[0-9a-fA-F-]{32,}")


def _label_that_looks_alike(matcher: Matcher, selector: Selector, series: Series) -> str:
    """By its values first (which label has what the matcher asks for), then by its name."""
    asked = Matcher("", MatchOp.MATCHES if matcher.op in (MatchOp.MATCHES, MatchOp.NOT_MATCHES) else MatchOp.EQUAL, "")
    asked = Matcher("", asked.op, matcher.value)
    used = {other.label for other in selector.matchers}
    values: dict[str, set[str]] = {}
    for one in series:
        for label, value in one.items():
            if label not in used:
                values.setdefault(label, set()).add(value)
    having = [label for label, known in values.items() if any(asked.accepts(value) for value in known if value)]
    by_name = [label for group in _ALIKE if matcher.label in group for label in group if label in values]
    candidates = [label for label in by_name if label in having] or having or by_name
    candidates = candidates or get_close_matches(matcher.label, values, n=1)
    if not candidates:
        return f"labels there: {listed(sorted(values))}" if values else "no labels are there at all"
    examples = listed(sorted(values[candidates[0]]), 5)
    return (
        f'{candidates[0]!r} looks alike (values: {examples}): write {candidates[0]}{matcher.op.value}"{matcher.value}"'
    )


def _nearest_metric(use: Use, facts: MetricFacts) -> str:
    metric = use.selector.metric
    stems = [metric.removesuffix("_total"), f"{metric}_total", metric.replace("_seconds", ""), metric]
    # Among names that begin alike first: a client's prefix or a missing unit is the usual difference.
    near = [stem for stem in stems if stem in facts.names and stem != metric]
    near += get_close_matches(metric, facts.names, n=3, cutoff=0.7)
    if near:
        return f"did you mean {' or '.join(dict.fromkeys(near))}?"
    return "check that the application is scraped, and what its metrics page calls it"


def _nearest_bounds(wanted: str, values: Sequence[str]) -> str:
    try:
        bound = float(wanted)
        by_number = {float(value): value for value in values}
    except ValueError:
        return f"bounds there: {listed(values)}"
    if bound in by_number:
        return f'there it is written le="{by_number[bound]}"'
    nearest = sorted(sorted(by_number, key=lambda each: abs(each - bound))[:4])
    bounds = ", ".join(by_number[each] for each in nearest)
    return f"use a bound that the histogram has (the nearest: {bounds}), or add {wanted} to its buckets"


def _judge_paths(objective: Objective, facts: MetricFacts) -> Iterator[Finding]:
    """Labels that hold raw paths: one series for each order number, and no route to blame."""
    for metric in sorted({use.selector.metric for use in _of_objective(objective)}):
        series = facts.series.get(metric, ())
        for label in sorted({*_PATHS, *objective.breakdown} & {label for one in series for label in one}):
            values = {one.get(label, "") for one in series}
            shapes = Counter(_shape_of_path(value) for value in values if value.startswith("/"))
            raw = [shape for shape, count in shapes.items() if count > 1 and "*" in shape]
            if raw:
                problem = f"the label {label!r} of {metric} holds raw paths ({shapes[raw[0]]} of {raw[0]})"
                remedy = "label with the route's template, such as /orders/{id}: each path is a series of its own now"
                yield Finding(Level.WARNING, "label-raw-path", objective.location, objective.name, problem, remedy)


def _shape_of_path(path: str) -> str:
    return "/".join("*" if _IDENTIFIER.fullmatch(part) else part for part in path.split("?")[0].split("/"))


# ---------------------------------------------------------------- one objective


def _judge_breakdown(objective: Objective, facts: MetricFacts) -> Iterator[Finding]:
    if not isinstance(objective.indicator, CounterRatio):
        return
    part = objective.indicator.part
    series = facts.series.get(part.metric)
    if not series:
        return
    labels = {label for one in series for label in one}
    for label in objective.breakdown:
        if label not in labels:
            use = Use(objective, part, "breakdown")
            problem = f"no series of {part.metric} has the label {label!r} of covet-sre/breakdown"
            yield _error(use, "label-missing", problem, f"labels there: {listed(sorted(labels))}")


def _judge_retention(objective: Objective, facts: MetricFacts) -> Iterator[Finding]:
    minutes = window_minutes(objective.budget_window)
    if facts.retention_minutes is None or minutes <= facts.retention_minutes:
        return
    kept = format_minutes(facts.retention_minutes)
    problem = f"the budget runs over {format_minutes(minutes)}, and this Prometheus keeps {kept}"
    remedy = "keep covet-sre running: its ledger needs no history; only the first fill is shorter"
    yield Finding(Level.WARNING, "window-retention", objective.location, objective.name, problem, remedy)


def _judge_sums(objective: Objective, ratio: CounterRatio, facts: MetricFacts) -> Iterator[Finding]:
    part, total = facts.sums.get(str(ratio.part)), facts.sums.get(str(ratio.total))
    if part is None or total is None:
        return
    # Two selectors may be a scrape apart; more than a hundredth is no accident of timing.
    if part > total * 1.01:
        word = "good" if ratio.good else "bad"
        problem = f"{word} events outnumber all events: {part:g} of {total:g}"
        remedy = f"check that {ratio.part} counts a part of what {ratio.total} counts, and each event once"
        use = Use(objective, ratio.part, word)
        yield _error(use, "part-above-total", problem, remedy)


def _error(use: Use, code: str, problem: str, remedy: str) -> Finding:
    return _finding(Level.ERROR, use, code, problem, remedy)


def _warning(use: Use, code: str, problem: str, remedy: str) -> Finding:
    return _finding(Level.WARNING, use, code, problem, remedy)


def _finding(level: Level, use: Use, code: str, problem: str, remedy: str) -> Finding:
    alert = f" alert {use.of_alert}" if use.of_alert else ""
    field = f"{use.objective.name}{alert} {use.word}"
    return Finding(level, code, use.objective.location, field, problem, remedy)
