"""Asking PromQL expressions once a minute: the query kind, for what no plain counter tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite, nan

from covet_sre.errors import SourceError, SourceMisanswered, SourceUnreachable
from covet_sre.ports import MetricSource
from covet_sre.slo.indicator import QueryRatio, QueryRaw, QueryThreshold
from covet_sre.slo.stream import QUERY_SCALE, RATIO_SCALE, Stream

Row = tuple[int, int, int, int]
"""(stream, minute, bad, total), as MinuteEvents takes them."""

Values = Sequence[Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class QueryFailure:
    """Why a stream's expression gave nothing usable."""

    stream: int
    error: SourceError


class QueryReader:
    """The query-kind streams of one source. Each keeps its own place: one that fails disturbs no other."""

    def __init__(self, streams: Mapping[int, Stream], source: MetricSource, interval_seconds: float) -> None:
        self.streams = streams
        self._source = source
        self._window_minutes = max(1, ceil(2 * interval_seconds / 60))
        self._until: dict[int, int] = {}

    def read(self, end_minute: int) -> tuple[list[Row], list[QueryFailure]]:
        """Rows of the minutes since the last reading, up to `end_minute` (exclusive)."""
        rows: list[Row] = []
        failures: list[QueryFailure] = []
        away: SourceUnreachable | None = None
        for number, stream in self.streams.items():
            start = self._until.setdefault(number, end_minute - 1)
            if away is not None:
                failures.append(QueryFailure(number, away))
                continue
            try:
                rows += self.between(number, stream, start, end_minute)
            except SourceError as error:
                failures.append(QueryFailure(number, error))
                # One time-out is enough: whoever waits for each stream keeps the neighbours waiting.
                away = error if isinstance(error, SourceUnreachable) else None
            else:
                self._until[number] = end_minute
        return rows, failures

    def between(self, number: int, stream: Stream, start_minute: int, end_minute: int) -> list[Row]:
        """Rows of start <= m < end. A minute in which the expression has no finite value stays unknown."""
        match stream.indicator:
            case QueryRatio(_, total, good, bad):
                totals = self._sum(total, start_minute, end_minute)
                parts = self._sum(good or bad or "", start_minute, end_minute)
                counted = [(m, *self._ratio_counts(totals[m], parts.get(m, 0.0), good is not None)) for m in totals]
            case QueryRaw(_, query, of_success):
                ratios = self._single(query, start_minute, end_minute)
                counted = [(m, *_raw_counts(ratio, of_success)) for m, ratio in ratios.items()]
            case QueryThreshold(_, query, op, bound):
                values = self._values(query, start_minute, end_minute)
                verdicts = [(m, op.holds(value, bound)) for series in values for m, value in series.items()]
                counted = [(m, int(not good), 1) for m, good in verdicts]
            case _:
                counted = []
        return [(number, minute, bad, total) for minute, bad, total in counted]

    def _ratio_counts(self, total: float, part: float, part_is_good: bool) -> tuple[int, int]:
        # Windows of several minutes overlap: each minute gets its share of them.
        whole = round(total * QUERY_SCALE / self._window_minutes)
        share = round(part * QUERY_SCALE / self._window_minutes)
        return (whole - share if part_is_good else share), whole

    def _values(self, query: str, start_minute: int, end_minute: int) -> Values:
        expression = query.replace("{{window}}", f"{self._window_minutes}m")
        answer = self._source.evaluate(expression, start_minute, end_minute)
        return [{minute: value for minute, value in values.items() if isfinite(value)} for _, values in answer]

    def _sum(self, query: str, start_minute: int, end_minute: int) -> dict[int, float]:
        sums: dict[int, float] = {}
        for series in self._values(query, start_minute, end_minute):
            for minute, value in series.items():
                sums[minute] = sums.get(minute, 0.0) + value
        return {minute: value for minute, value in sums.items() if value >= 0}

    def _single(self, query: str, start_minute: int, end_minute: int) -> dict[int, float]:
        series = self._values(query, start_minute, end_minute)
        if len(series) > 1:
            raise SourceMisanswered(
                f"the expression gives {len(series)} series, and a ratio is one number",
                where=query,
                remedy="aggregate it, for example with avg(...) or sum(...) / sum(...)",
            )
        return dict(series[0]) if series else {}


def _raw_counts(ratio: float, of_success: bool) -> tuple[int, int]:
    if not 0 <= ratio <= 1:
        ratio = min(max(ratio, 0.0), 1.0) if -1e-9 <= ratio <= 1 + 1e-9 else nan
    if ratio != ratio:
        raise SourceMisanswered("the ratio is not between 0 and 1", remedy="divide events by events of the same kind")
    bad = 1 - ratio if of_success else ratio
    return round(bad * RATIO_SCALE), RATIO_SCALE
