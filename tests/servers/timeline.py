"""Twenty minutes of one target's counters, known to the last sample: what every metric source must give back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import nan

START_SECONDS = 1_790_000_000.123
INTERVAL_SECONDS = 15.0
TICKS = 80
INSTANCE = "shop:8000"
SILENT = range(50, 55)
"""Ticks at which the target answered nobody."""

AWKWARD = 'say "hi"\\path\nnext {job="x"} # €'


def moment(tick: int) -> float:
    """The timestamp of a tick, in seconds with three decimals, as Prometheus keeps them."""
    return round(START_SECONDS + tick * INTERVAL_SECONDS, 3)


@dataclass(frozen=True)
class Exposed:
    """One series as its target exposes it; `values` has None where the target did not expose it."""

    name: str
    labels: Mapping[str, str]
    values: tuple[float | None, ...]

    def line(self, tick: int) -> str | None:
        """Name, labels and value at a tick; the quoting is written here once more, to check the one under test."""
        value = self.values[tick]
        if value is None or tick in SILENT:
            return None
        pairs = []
        for name, text in self.labels.items():
            escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
            pairs.append(f'{name}="{escaped}"')
        return f"{self.name}{'{' if pairs else ''}{','.join(pairs)}{'}' if pairs else ''} {value!r}"

    def full_labels(self) -> dict[str, str]:
        return {"__name__": self.name, "job": "covet", "instance": INSTANCE, **self.labels}

    def samples(self) -> list[tuple[float, float]]:
        return [(moment(t), v) for t, v in enumerate(self.values) if v is not None and t not in SILENT]


def _from(first: int, last: int, step: int) -> tuple[float | None, ...]:
    return tuple(float((tick - first) * step) if first <= tick < last else None for tick in range(TICKS))


EXPOSED = (
    Exposed("orders_total", {"route": "/a", "code": "200"}, _from(0, TICKS, 7)),
    Exposed(
        "orders_total", {"route": "/a", "code": "500"}, tuple(float(t if t < 30 else t - 30) for t in range(TICKS))
    ),
    Exposed("orders_total", {"route": "/b", "code": "200"}, _from(20, 60, 1)),
    Exposed("orders_total", {"route": AWKWARD}, _from(0, TICKS, 2)),
    Exposed("orders_total", {}, _from(0, TICKS, 3)),
    Exposed("orders_total", {"route": "/nan"}, tuple(nan if 39 < t < 45 else float(t) for t in range(TICKS))),
    Exposed("orders_total_of_others", {"route": "/a"}, _from(0, TICKS, 5)),
    Exposed("payments_total", {"route": "/a"}, tuple(1e15 + t for t in range(TICKS))),
    Exposed("process_start_time_seconds", {}, tuple(1.78e9 if t < 30 else moment(30) for t in range(TICKS))),
)


def exposition(tick: int) -> str:
    """What the target exposes at a tick; empty while it is silent."""
    lines = [line for one in EXPOSED if (line := one.line(tick)) is not None]
    return "\n".join([*lines, ""]) if lines else ""


def history() -> str:
    """All of it as OpenMetrics text with timestamps, for `promtool tsdb create-blocks-from`."""
    return "\n".join([*_history_lines(), "# EOF", ""])


def _history_lines() -> Iterator[str]:
    for one in EXPOSED:
        # `unknown`, so that names and values are taken as they are.
        for tick in range(TICKS):
            if (line := one.line(tick)) is not None:
                if not one.labels:
                    line = line.replace(one.name, f"{one.name}{{}}", 1)
                head, _, value = line.rpartition(" ")
                joined = head[:-1] + ("," if one.labels else "") + f'job="covet",instance="{INSTANCE}"}}'
                yield f"{joined} {value} {moment(tick):.3f}"
