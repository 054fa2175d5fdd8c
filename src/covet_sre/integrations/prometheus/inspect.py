"""What a Prometheus has, for comparing reliability files with it: names, series, types, sums, retention."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from covet_sre.errors import SourceMisanswered
from covet_sre.integrations.bounded_http import Limits
from covet_sre.integrations.prometheus.api import PrometheusApi
from covet_sre.integrations.prometheus.quoting import quoted
from covet_sre.integrations.prometheus.shape import vector

LOOK_BACK_SECONDS = 3600
"""Series that had a sample within the last hour count as existing."""

LIMITS = Limits(timeout_seconds=20, size_bytes=32 * 1024 * 1024)

_UNSET = ("", "0", "0s", "0B")
_UNIT_MINUTES = {"ms": 0, "s": 0, "m": 1, "h": 60, "d": 1440, "w": 10080, "y": 525600}


class Inspection:
    """Questions to one server. Its own clock says what "now" is. All methods raise SourceError."""

    def __init__(self, api: PrometheusApi) -> None:
        self.api = api
        self._known_flags: dict[str, object] | None = None
        self.now_seconds = self._now()

    @classmethod
    def at(cls, address: str, headers: Mapping[str, str] | None = None) -> "Inspection":
        """Raises ValueError when the address is none, or a header cannot be sent; SourceError."""
        api = PrometheusApi.at(address, LIMITS, headers=headers)
        try:
            return cls(api)
        except BaseException:
            api.close()
            raise

    def skew_seconds(self, clock: Callable[[], float]) -> float | None:
        """The server's clock less ours; None when the difference lies within the time that asking took."""
        before = clock()
        theirs = self._now()
        after = clock()
        if theirs < before:
            return theirs - before
        return theirs - after if theirs > after else None

    def metric_names(self) -> list[str]:
        """Every metric name of the last hour, sorted."""
        data = self.api.get("/api/v1/label/__name__/values", self._span())
        if not isinstance(data, list):
            raise self._misshapen("label values")
        return sorted(str(name) for name in cast("list[object]", data))

    def series(self, metric: str) -> list[dict[str, str]]:
        """The labels of each series of one metric, `__name__` left out."""
        # A quoted name works for every metric name, those with dots and colons included.
        data = self.api.get("/api/v1/series", [*self._span(), ("match[]", f"{{__name__={quoted(metric)}}}")])
        if not isinstance(data, list):
            raise self._misshapen("series")
        found: list[dict[str, str]] = []
        for labels in cast("list[object]", data):
            if not isinstance(labels, dict):
                raise self._misshapen("series")
            named = cast("dict[object, object]", labels)
            found.append({str(name): str(value) for name, value in named.items() if name != "__name__"})
        return found

    def total(self, selector: str) -> float | None:
        """The sum of what a selector gives now; None when it gives nothing."""
        rows = vector(self.api.query(f"sum({selector})", self.now_seconds), self.api.shown_address)
        if not rows:
            return None
        _, samples = rows[0]
        return float(samples[0][1])

    def kinds(self, metrics: list[str]) -> dict[str, str]:
        """The declared type (`counter`, `gauge`, ...) of those metrics that have one."""
        try:
            data = self.api.get("/api/v1/metadata", {})
        except SourceMisanswered:
            # Not every server that speaks the API answers this question.
            return {}
        known = cast("Mapping[str, Any]", data) if isinstance(data, dict) else {}
        found: dict[str, str] = {}
        for metric in metrics:
            entries = known.get(metric)
            if isinstance(entries, list) and entries and isinstance(entries[0], dict):
                found[metric] = str(cast("dict[str, object]", entries[0]).get("type", ""))
        return found

    def retention_minutes(self) -> int | None:
        """How far back the server keeps samples; None when it doesn't say."""
        flags = self._flags()
        text = str(flags.get("storage.tsdb.retention.time", ""))
        if text in _UNSET:
            # The flag of older servers; 0 of both means the default, unless the size is limited.
            text = str(flags.get("storage.tsdb.retention", ""))
        if text in _UNSET:
            is_default = "storage.tsdb.retention.time" in flags and not self.forgets_by_size()
            return 15 * 1440 if is_default else None
        return _minutes(text)

    def forgets_by_size(self) -> bool:
        """Whether a limit of its size may make the server forget before the time is over."""
        return str(self._flags().get("storage.tsdb.retention.size", "")) not in _UNSET

    def close(self) -> None:
        self.api.close()

    def _now(self) -> float:
        data = self.api.get("/api/v1/query", {"query": "time()"})
        try:
            return float(data["result"][0])
        except (KeyError, TypeError, IndexError, ValueError) as wrong:
            raise self._misshapen("time()") from wrong

    def _flags(self) -> dict[str, object]:
        if self._known_flags is None:
            try:
                data = self.api.get("/api/v1/status/flags", {})
            except SourceMisanswered:
                data = {}
            self._known_flags = cast("dict[str, object]", data) if isinstance(data, dict) else {}
        return self._known_flags

    def _span(self) -> list[tuple[str, str]]:
        return [("start", f"{self.now_seconds - LOOK_BACK_SECONDS:.0f}"), ("end", f"{self.now_seconds:.0f}")]

    def _misshapen(self, question: str) -> SourceMisanswered:
        return SourceMisanswered(
            f"its answer to {question} is not of the Prometheus API",
            where=self.api.shown_address,
            remedy="check that the address is that of a Prometheus API",
        )


def _minutes(text: str) -> int | None:
    """Prometheus' own durations: `15d`, `1y`, `2w3d`."""
    minutes, number = 0, ""
    position = 0
    while position < len(text):
        if text[position].isdigit():
            number += text[position]
            position += 1
            continue
        unit = "ms" if text.startswith("ms", position) else text[position]
        if not number or unit not in _UNIT_MINUTES:
            return None
        minutes += int(number) * _UNIT_MINUTES[unit]
        number = ""
        position += len(unit)
    return minutes if not number and minutes else None
