"""Evaluation alone: every window of 1,000 SLOs moves on by a minute, and 5,000 alerts are judged."""

import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.fleet import HISTORIES, Fleet
from benchmarks.result import Result
from benchmarks.samples import sample
from covet_sre.engine.plan import Plan, make_plan, wanted_streams
from covet_sre.slo.alert_states import AlertStates
from covet_sre.slo.minutes import CHUNK_MINUTES, Chunk, MinuteEvents
from covet_sre.slo.sums import WindowSums
from covet_sre.slo.verdict import Judge
from covet_sre.spec import read_paths

SERVICES = 1000
WINDOW_MINUTES = 30 * 1440
TICKS = 2 * CHUNK_MINUTES
MOST_MILLISECONDS = 1.0


def run() -> list[Result]:
    """Measure six hours of minutes; the loads of chunks from the store, one every three hours, are no part of it."""
    # The first minute of a chunk, so that every chunk is whole.
    fleet = Fleet(SERVICES, 165_000 * CHUNK_MINUTES, WINDOW_MINUTES + TICKS)
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as folder:
        declaration = read_paths([fleet.write_files(Path(folder), "http://127.0.0.1:9090")])
    plan = make_plan(declaration, {key: n for n, key in enumerate(wanted_streams(declaration.objectives))})
    milliseconds = [seconds * 1000 for seconds in _ticks(_Ledger(fleet), plan, fleet.start_minute + WINDOW_MINUTES)]
    measured = sample(milliseconds)
    return [
        Result(
            name=f"windows and alerts of {SERVICES:,} SLOs",
            unit="ms",
            ours=measured,
            peers={},
            target=f"<= {MOST_MILLISECONDS:g}",
            met=measured.median <= MOST_MILLISECONDS,
            note=f"{len(plan.windows)} windows, {len(plan.watches):,} alerts, over 30 days",
        )
    ]


class _Ledger:
    """The fleet's minutes as the store would hand them out, number of the stream = number of the service."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._counts = fleet.minute_counts()
        self._histories = np.arange(fleet.services) % HISTORIES

    def chunk(self, number: int) -> Chunk:
        first = number * CHUNK_MINUTES - self._fleet.start_minute
        bad, total = (
            np.ascontiguousarray(one[self._histories, first : first + CHUNK_MINUTES].T) for one in self._counts
        )
        return Chunk(number, bad, total, np.ones(bad.shape, np.int8))

    def unmeasured(self, number: int) -> Chunk:
        return Chunk.empty(number, self._fleet.services)

    def sums(self, first: int, last: int) -> NDArray[np.int64]:
        chunks = [self.chunk(number) for number in range(first, last)]
        return np.array(
            [
                sum(column.sum(axis=0, dtype=np.int64) for column in columns)
                for columns in zip(*((one.bad, one.total, one.known) for one in chunks), strict=True)
            ]
        )

    def minute(self, minute: int) -> MinuteEvents:
        bad, total = (one[self._histories, minute - self._fleet.start_minute] for one in self._counts)
        streams = np.arange(self._fleet.services)
        return MinuteEvents(streams, np.full(len(streams), minute), bad, total)


def _ticks(ledger: _Ledger, plan: Plan, end: int) -> list[float]:
    """Seconds of each tick. Raises RuntimeError when the sums are not those of the plain minutes at the end."""
    present = end // CHUNK_MINUTES
    sums = WindowSums(
        plan.windows,
        end,
        lambda number: ledger.chunk(number) if number < present else ledger.unmeasured(number),
        ledger.sums,
        (),
    )
    judge = Judge(plan.watches)
    states = AlertStates.inactive(len(plan.watches), end)
    seconds: list[float] = []
    for minute in range(end, end + TICKS):
        events = ledger.minute(minute)
        sums.prepare(minute + 1, events)
        began = perf_counter()
        sums.advance(minute + 1, events)
        states = states.after(judge.judge(sums.values), judge.for_minutes, minute + 1)
        seconds.append(perf_counter() - began)
    _check(ledger, plan, sums, end + TICKS)
    return seconds


def _check(ledger: _Ledger, plan: Plan, sums: WindowSums, end: int) -> None:
    for row, window in enumerate(plan.windows):
        minutes = range(window.start(end), end)
        total = sum(int(ledger.minute(minute).total[0]) for minute in minutes)
        if total != sums.values[row, 1, 0]:
            raise RuntimeError(f"the window {window} has {sums.values[row, 1, 0]} events, and {total} happened")
