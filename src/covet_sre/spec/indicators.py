"""SLI documents -> indicators: the exact kind where the queries are plain counters, the query kind otherwise."""

from dataclasses import dataclass
from typing import Literal

from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.slo.indicator import (
    Comparison,
    CounterRatio,
    Indicator,
    MatchOp,
    QueryRatio,
    QueryRaw,
    QueryThreshold,
    Selector,
)
from covet_sre.spec.findings import Findings, Spot, did_you_mean, listed, shown
from covet_sre.spec.openslo import Metric, RatioMetric, SLISpec
from covet_sre.spec.promql import WINDOW, canonical_bound, has_range, has_window, parse, with_our_window


@dataclass(frozen=True, slots=True)
class Bound:
    """What an objective adds to a thresholdMetric."""

    op: Comparison
    value: float


@dataclass(slots=True)
class _Part:
    """One metric of an SLI as it was read. `selector` is None for an expression."""

    source: DataSource
    query: str
    selector: Selector | None
    spot: Spot


@dataclass(slots=True)
class IndicatorReader:
    """Reads indicators of SLIs; each mistake is reported once, however many SLOs refer to the SLI."""

    sources: dict[str, DataSource | None]
    findings: Findings

    def indicator(self, spec: SLISpec, spot: Spot, bound: Bound | None) -> Indicator | None:
        """The indicator of an SLI's spec, or None with findings. `bound` is needed for a thresholdMetric."""
        if spec.threshold_metric and spec.ratio_metric:
            self._contradiction(spot, "has both thresholdMetric and ratioMetric", "keep one of them")
            return None
        if spec.threshold_metric:
            return self._threshold(spec.threshold_metric, spot / "thresholdMetric", bound)
        if spec.ratio_metric:
            return self._ratio(spec.ratio_metric, spot / "ratioMetric")
        self._contradiction(spot, "has neither thresholdMetric nor ratioMetric", "add one of them")
        return None

    def _threshold(self, metric: Metric, spot: Spot, bound: Bound | None) -> Indicator | None:
        part = self._part(metric, spot)
        if part is None or bound is None or not self._can_evaluate(part):
            return None
        return QueryThreshold(part.source.name, part.query, bound.op, bound.value)

    def _ratio(self, ratio: RatioMetric, spot: Spot) -> Indicator | None:
        if ratio.raw:
            if ratio.total or ratio.good or ratio.bad:
                self._contradiction(spot, "has raw beside total, good or bad", "keep raw, or the others")
                return None
            if ratio.raw_type is None:
                self._contradiction(spot, "has raw without rawType", "add rawType: success, or rawType: failure")
                return None
            return self._raw(ratio.raw, spot / "raw", ratio.raw_type)
        if ratio.raw_type:
            self._contradiction(spot / "rawType", "has rawType without raw", "remove rawType, or add raw")
            return None
        if ratio.total is None:
            self._contradiction(spot, "has no total", "add total: all events, good and bad")
            return None
        if ratio.good and ratio.bad:
            self._contradiction(spot, "has both good and bad", "keep one of them; the other is the rest of total")
            return None
        if not ratio.good and not ratio.bad:
            self._contradiction(spot, "has neither good nor bad", "add one of them")
            return None
        word: Literal["good", "bad"] = "good" if ratio.good else "bad"
        part_metric = ratio.good or ratio.bad
        assert part_metric is not None
        part, total = self._part(part_metric, spot / word), self._part(ratio.total, spot / "total")
        if part is None or total is None:
            return None
        return self._of_events(word, part, total, ratio.counter, spot)

    def _of_events(
        self, word: Literal["good", "bad"], part: _Part, total: _Part, is_counter: bool, spot: Spot
    ) -> Indicator | None:
        source = total.source.name
        if part.source.name != source:
            problem = f"{word} comes from {part.source.name!r} and total from {source!r}"
            self._contradiction(part.spot, problem, "read both from the same DataSource")
            return None
        if (part.selector or part.query) == (total.selector or total.query):
            always = "100 %" if word == "good" else "0 %"
            problem = f"{word} and total are the same: the SLI would always be {always}"
            self._contradiction(part.spot, problem, f"select the {word} events alone")
            return None
        if part.selector and total.selector:
            if not is_counter:
                problem = "plain selectors are read as counters, and counter is false"
                remedy = f"write counter: true, or expressions over [{WINDOW}] where the metrics are no counters"
                self._contradiction(spot / "counter", problem, remedy)
                return None
            self._look_at_selector(part, word)
            self._look_at_selector(total, "total")
            good, bad = (part.selector, None) if word == "good" else (None, part.selector)
            return CounterRatio(source, total.selector, good, bad)
        # Both are asked, so that both are reported.
        can_be_asked = [self._can_be_asked_by_minute(each) for each in (part, total)]
        if not all(can_be_asked) or not self._can_evaluate(part):
            return None
        good, bad = (part.query, None) if word == "good" else (None, part.query)
        return QueryRatio(source, total.query, good, bad)

    def _raw(self, metric: Metric, spot: Spot, raw_type: Literal["success", "failure"]) -> Indicator | None:
        part = self._part(metric, spot)
        if part is None or not self._can_evaluate(part):
            return None
        if has_range(part.query) and not has_window(part.query):
            return self._without_window(part)
        return QueryRaw(part.source.name, part.query, raw_type == "success")

    def _can_be_asked_by_minute(self, part: _Part) -> bool:
        if part.selector:
            problem = "is a plain selector beside an expression, and both must be of one kind"
            remedy = f"write sum(increase({part.query}[{WINDOW}])), or plain selectors for both"
            self.findings.error(part.spot, "query-window", problem, remedy)
            return False
        if not has_window(part.query):
            self._without_window(part)
            return False
        return True

    def _without_window(self, part: _Part) -> None:
        problem = f"is an expression without {WINDOW}"
        remedy = f"write its range as [{WINDOW}], for example sum(increase(requests_total[{WINDOW}]))"
        self.findings.error(part.spot, "query-window", problem, remedy)

    def _can_evaluate(self, part: _Part) -> bool:
        if part.source.kind is not SourceKind.SCRAPE:
            return True
        problem = f"needs PromQL, and the DataSource {part.source.name!r} only scrapes targets"
        remedy = "use plain counter selectors, or a DataSource of type prometheus"
        self.findings.error(part.spot, "query-source", problem, remedy)
        return False

    def _part(self, metric: Metric, spot: Spot) -> _Part | None:
        source_spot = spot / "metricSource"
        query_spot = source_spot / "spec" / "query"
        spec = metric.metric_source.spec
        for key in spec:
            if key != "query":
                remedy = did_you_mean(key, ["query"])
                self.findings.error(source_spot / "spec" / key, "field-unknown", "unknown field", remedy)
        query = spec.get("query")
        source = self._source(metric, source_spot)
        if not isinstance(query, str):
            problem = f"is {shown(query)}" if "query" in spec else "is required"
            self.findings.error(query_spot, "query-missing", problem, "write a PromQL selector or expression as text")
            return None
        try:
            selector = parse(query)
        except ValueError as error:
            self.findings.error(query_spot, "query-wrong", f"{error}", "mend the PromQL")
            return None
        if has_window(query) and WINDOW not in query:
            problem = f"writes the window in another tool's way; it is read as {WINDOW}"
            self.findings.warning(query_spot, "query-spelling", problem, f"write {WINDOW}")
        return source and _Part(source, with_our_window(query), selector, query_spot)

    def _source(self, metric: Metric, spot: Spot) -> DataSource | None:
        name, kind = metric.metric_source.metric_source_ref, metric.metric_source.type
        if name is not None:
            if name not in self.sources:
                remedy = f"{did_you_mean(name, self.sources)}; or declare it" if self.sources else _DECLARE
                self.findings.error(
                    spot / "metricSourceRef", "reference-unknown", f"there is no DataSource {name!r}", remedy
                )
                return None
            source = self.sources[name]
            if source and kind and kind.lower() != source.kind:
                problem = f"is {kind!r}, and {name!r} is of type {source.kind.value}"
                self._contradiction(spot / "type", problem, "remove the line, or name another source")
                return None
            return source
        fitting = [
            each
            for each, source in self.sources.items()
            if kind is None or source is None or source.kind == kind.lower()
        ]
        if len(fitting) == 1:
            return self.sources[fitting[0]]
        if fitting:
            problem = f"several DataSources could be meant: {listed(fitting)}"
            self.findings.error(spot, "reference-ambiguous", problem, f"add metricSourceRef: {fitting[0]}")
        else:
            wanted = f"DataSource of type {kind!r}" if kind else "DataSource"
            self.findings.error(spot, "reference-unknown", f"there is no {wanted}", _DECLARE)
        return None

    def _look_at_selector(self, part: _Part, word: str) -> None:
        selector = part.selector
        assert selector is not None
        has_bound = False
        for matcher in selector.matchers:
            if matcher.label != "le":
                continue
            has_bound = True
            canonical = canonical_bound(matcher.value) if matcher.op is MatchOp.EQUAL else None
            if canonical:
                problem = f'le="{matcher.value}" is not how a bucket bound is written: it matches nothing'
                self.findings.warning(part.spot, "query-bound", problem, f'write le="{canonical}"')
        if selector.metric.endswith("_bucket") and not has_bound:
            problem = f"{word} selects every bucket of a histogram, which counts one event several times"
            remedy = f'add a bound, le="0.5", or use {selector.metric.removesuffix("_bucket")}_count for all events'
            self.findings.warning(part.spot, "query-buckets", problem, remedy)

    def _contradiction(self, spot: Spot, problem: str, remedy: str) -> None:
        self.findings.error(spot, "contradiction", problem, remedy)


_DECLARE = (
    "declare it: {apiVersion: openslo/v1, kind: DataSource, metadata: {name: prometheus}, "
    "spec: {type: prometheus, connectionDetails: {url: http://127.0.0.1:9090}}}"
)
