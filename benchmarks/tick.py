"""One minute of 1,000 SLOs over a real Prometheus: our tick, and Sloth's rules on the same series.

A tick is all of it: the HTTP read of 2,000 series scraped every 15 seconds, counting, the commit to SQLite with 30 days
of ledger in it, all windows, all alerts, publishing. CPU time is that of our process and of Prometheus together. Ours
is `process_time` around the turn. Prometheus': rounds in which it takes in samples and answers ticks, less rounds of
as many minutes in which it only takes in samples. Those minutes lie in the past, so that no minute must be waited for.

Then Sloth's rules run in that very Prometheus, in real time, over 30 days of history at 15 seconds (written as a block
of its database) that go on in what it scrapes; less what it spends on scraping alone.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.engine_process import EngineProcess, Turn, engine_process
from benchmarks.feed import LEAD_MINUTES, Feed, scraped_target
from benchmarks.fleet import CODES, HISTORIES, SCRAPE_SECONDS, SCRAPES_PER_MINUTE, Fleet
from benchmarks.past import write_past
from benchmarks.prometheus_process import PrometheusProcess, prometheus
from benchmarks.result import Result, Sample
from benchmarks.samples import sample
from benchmarks.sloth_rules import RECORDED_RATIO, RULES_PER_SLO, rule_file, slo_labels
from benchmarks.tsdb_block import Samples, write_block

SERVICES = 1000
WINDOW_MINUTES = 30 * 1440
ROUNDS, MINUTES_PER_ROUND = 6, 6
CYCLES, CYCLE_SECONDS = 3, 60
MOST_CPU_SECONDS = 0.1
LEAST_RATIO = 400

# The minutes between the block and the rules have no ratios yet.
_WHOLE_ENOUGH = 0.99
_REAL_TIME_MINUTES = 2 + (CYCLES + 3) * CYCLE_SECONDS // 60


def run() -> list[Result]:
    """Both measurements over one Prometheus. Raises RuntimeError where one of them does not do its work."""
    ticked_minutes = 2 * ROUNDS * MINUTES_PER_ROUND + 1
    now = int(time.time() // 60)
    first_tick = now - ticked_minutes - LEAD_MINUTES
    start = first_tick - WINDOW_MINUTES
    fleet = Fleet(SERVICES, start, WINDOW_MINUTES + ticked_minutes + LEAD_MINUTES + _REAL_TIME_MINUTES)
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name, scraped_target(fleet) as target:
        folder = Path(name)
        _write_history(fleet, folder / "prometheus" / "data", first_tick - LEAD_MINUTES)
        with prometheus(folder / "prometheus", _configuration()) as server:
            feed = Feed(fleet, server.url)
            ours = _our_ticks(folder, fleet, server, feed, first_tick)
            _catch_up(fleet, feed, first_tick + ticked_minutes)
            peer = _sloth_cycles(folder / "prometheus", fleet, server, target)
    return _results(ours, peer)


def _results(ours: list[float], peer: list[float]) -> list[Result]:
    cost, cycle = sample(ours), sample(peer)
    ratio = cycle.median / cost.median
    ratios = Sample(ratio, cycle.p25 / cost.median, cycle.p75 / cost.median, cycle.n)
    name = f"Prometheus 2.42 with Sloth's {RULES_PER_SLO} rules for each, a cycle"
    return [
        Result(
            name=f"a tick of {SERVICES:,} SLOs, both processes",
            unit="CPU-s",
            ours=cost,
            peers={name: cycle},
            target=f"<= {MOST_CPU_SECONDS}",
            met=cost.median <= MOST_CPU_SECONDS,
            note=f"{ROUNDS} rounds of {MINUTES_PER_ROUND} ticks, {2 * SERVICES:,} series, {5 * SERVICES:,} alerts",
        ),
        Result(
            name="how many times cheaper than Sloth's rules",
            unit="times",
            ours=ratios,
            peers={},
            target=f">= {LEAST_RATIO}",
            met=ratio >= LEAST_RATIO,
            note="the same Prometheus, the same series, the same run",
        ),
    ]


# ---------------------------------------------------------------- ours


def _our_ticks(folder: Path, fleet: Fleet, server: PrometheusProcess, feed: Feed, first_tick: int) -> list[float]:
    """CPU seconds of a tick in both processes, the mean of each round."""
    files = fleet.write_files(folder / "files", server.url)
    write_past(folder / "ledger.db", files, fleet, first_tick)
    feed.begin(first_tick)
    with engine_process([files], folder / "ledger.db") as engine:
        engine.turn(first_tick)
        return _rounds(fleet, server, feed, engine, first_tick)


def _rounds(fleet: Fleet, server: PrometheusProcess, feed: Feed, engine: EngineProcess, first_tick: int) -> list[float]:
    costs: list[float] = []
    minute = first_tick
    feed.push(minute)
    turn = engine.turn(minute := minute + 1)
    for _ in range(ROUNDS):
        before = server.cpu_seconds()
        turns: list[Turn] = []
        for _ in range(MINUTES_PER_ROUND):
            feed.push(minute)
            turns.append(engine.turn(minute := minute + 1))
        ticking = server.cpu_seconds()
        for _ in range(MINUTES_PER_ROUND):
            feed.push(minute)
            minute += 1
        idle = server.cpu_seconds() - ticking
        costs.append((ticking - before - idle + sum(turn.cpu_seconds for turn in turns)) / MINUTES_PER_ROUND)
        turn = engine.turn(minute)  # What was not ticked meanwhile, at once.
    _check(fleet, turn, minute)
    return costs


def _check(fleet: Fleet, turn: Turn, end: int) -> None:
    """What was measured must be what happened, or its cost means nothing. The first SLO is that of `svc-0`."""
    bad, total = fleet.minute_counts()
    span = slice(end - WINDOW_MINUTES - fleet.start_minute, end - fleet.start_minute)
    happened = (int(bad[0, span].sum()), int(total[0, span].sum()))
    if happened != (turn.bad, turn.total):
        raise RuntimeError(f"the ledger has {turn.bad} bad of {turn.total} events, and {happened} happened")


# ---------------------------------------------------------------- the peer


def _write_history(fleet: Fleet, data: Path, end: int) -> None:
    """What Prometheus has from before: every scrape of 30 days, and the 5-minute ratios that Sloth's month adds up."""
    scrapes = (end - fleet.start_minute) * SCRAPES_PER_MINUTE
    counters = [
        Samples(
            fleet.scrape_milliseconds(0), SCRAPE_SECONDS * 1000, fleet.counters[history, code, :scrapes].astype(float)
        )
        for history in range(HISTORIES)
        for code in range(len(CODES))
    ]
    bad, total = (counts[:, : end - fleet.start_minute] for counts in fleet.minute_counts())
    five = np.ones(5)
    ratios = [
        Samples(
            (fleet.start_minute + 5) * 60_000, 60_000, np.convolve(b, five, "valid") / np.convolve(t, five, "valid")
        )
        for b, t in zip(bad, total, strict=True)
    ]
    series = [(labels, history * len(CODES) + code) for history, code, labels in fleet.series()]
    series += [
        ({"__name__": RECORDED_RATIO, "sloth_window": "5m", **slo_labels(name)}, len(counters) + number % HISTORIES)
        for number, name in enumerate(fleet.names)
    ]
    write_block(data, [*counters, *ratios], series)


def _catch_up(fleet: Fleet, feed: Feed, minute: int) -> None:
    """Push what happened since, so that the scrapes follow without a hole."""
    while minute < int(time.time() // 60):
        feed.push(minute)
        minute += 1
    assert minute < fleet.start_minute + fleet.minutes


def _sloth_cycles(folder: Path, fleet: Fleet, server: PrometheusProcess, target: str) -> list[float]:
    """CPU seconds of each evaluation cycle, less those of scraping alone."""
    server.reload(_configuration(target))
    time.sleep(2 * SCRAPE_SECONDS)
    scraping = server.cpu_over(CYCLE_SECONDS)
    (folder / "rules.yml").write_text(rule_file(fleet, CYCLE_SECONDS))
    server.reload(_configuration(target, "rules.yml"))
    time.sleep(CYCLE_SECONDS)
    cycles = [server.cpu_over(CYCLE_SECONDS) - scraping for _ in range(CYCLES)]
    evaluated = server.value("count(slo:period_error_budget_remaining:ratio)")
    if evaluated != SERVICES:
        raise RuntimeError(f"Sloth's rules gave the budgets of {evaluated:g} SLOs")
    month = server.value(f"min(count_over_time({RECORDED_RATIO}[30d]))")
    if month < WINDOW_MINUTES * _WHOLE_ENOUGH:
        raise RuntimeError(f"Sloth's month had {month:g} ratios to add up, and {WINDOW_MINUTES} belong to it")
    return cycles


def _configuration(target: str = "", rules: str = "") -> str:
    lines = [f"global: {{scrape_interval: {SCRAPE_SECONDS}s, evaluation_interval: {CYCLE_SECONDS}s}}"]
    if target:
        static = f"{{targets: ['{target}'], labels: {{instance: 'fleet:80'}}}}"
        lines.append(f"scrape_configs: [{{job_name: covet, static_configs: [{static}]}}]")
    if rules:
        lines.append(f"rule_files: [{rules}]")
    return "\n".join([*lines, ""])
