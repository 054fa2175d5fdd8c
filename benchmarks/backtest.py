"""A backtest: 30 days of 1,000 SLOs through the default policy, all windows at every minute, the data in memory."""

import gc
import tempfile
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks.fleet import HISTORIES, Fleet
from benchmarks.result import Result
from benchmarks.samples import sample
from covet_sre.budget.backtest import Record, TriedPolicy, backtest
from covet_sre.engine.plan import wanted_streams
from covet_sre.slo.burn import multi_window_alerts
from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.objective import Objective
from covet_sre.slo.replay import WatchedAlert, replay
from covet_sre.spec import read_paths

SERVICES = 1000
SPAN_MINUTES = 30 * 1440
LEAD_IN_MINUTES = 3 * 1440
REPETITIONS = 5
MOST_CPU_SECONDS = 2.0
# One service in three has an outage of half an hour with 20 % of errors.
_OUTAGE = slice(LEAD_IN_MINUTES + 20_000, LEAD_IN_MINUTES + 20_030)


def run() -> list[Result]:
    """Every firing, and then the whole outcome with budgets and delays; memory is filled before the clock starts."""
    fleet = Fleet(SERVICES, 165_000 * 180, SPAN_MINUTES + LEAD_IN_MINUTES)
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as folder:
        objectives = read_paths([fleet.write_files(Path(folder), "http://127.0.0.1:9090")]).objectives
    record = _record(fleet, objectives)
    alerts = multi_window_alerts(SPAN_MINUTES)
    watched = [WatchedAlert(alert, row, 0.001) for row in range(SERVICES) for alert in alerts]
    policy = TriedPolicy("default", "", (alerts,) * SERVICES)
    replays: list[float] = []
    wholes: list[float] = []
    firings, pages = 0, 0
    for _ in range(REPETITIONS):
        gc.collect()
        began = process_time()
        firings = len(replay(watched, record.table, record.start))
        replays.append(process_time() - began)
        began = process_time()
        outcomes = backtest(objectives, [policy], record)
        wholes.append(process_time() - began)
        pages = sum(len(outcome.pages) for outcome in outcomes)
    if firings < SERVICES / 3 or pages < SERVICES / 3:
        raise RuntimeError(f"{firings} firings and {pages} pages: the outages were not found")
    note = f"{SPAN_MINUTES:,} minutes, {len(watched):,} alerts, {firings:,} firings"
    return [
        _result(f"replay of 30 days of {SERVICES:,} SLOs", replays, note),
        _result("the same with pages, budgets and delays", wholes, f"{pages:,} pages"),
    ]


def _result(name: str, seconds: list[float], note: str) -> Result:
    measured = sample(seconds)
    met = measured.median <= MOST_CPU_SECONDS
    return Result(name, "CPU-s", measured, {}, f"<= {MOST_CPU_SECONDS:g}", met, note)


def _record(fleet: Fleet, objectives: tuple[Objective, ...]) -> Record:
    bad, total = fleet.minute_counts()
    histories = np.arange(SERVICES) % HISTORIES
    bad, total = bad[histories].astype(np.int32), total[histories].astype(np.int32)
    bad[::3, _OUTAGE] = total[::3, _OUTAGE] // 5
    known = np.ones(bad.shape, np.int8)
    rows = {key: number for number, key in enumerate(wanted_streams(objectives))}
    table = MinuteTable(fleet.start_minute, bad, total, known)
    return Record(table, rows, fleet.start_minute + LEAD_IN_MINUTES)
