"""What Prometheus spends on evaluating our generated rules, and on Sloth's for the same SLOs, series and run.

250 SLOs of four series each, 30 days of what either kind of rules has recorded by then, three days of scrapes. Both run
in one Prometheus, one after the other, less what it spends on scraping alone; four times as often as they are meant to,
so that a minute has a whole round of each, that of our long windows too. The figures are of a minute at their own pace.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.feed import scraped_target
from benchmarks.fleet import CODES, HISTORIES, SCRAPE_SECONDS, SCRAPES_PER_MINUTE, Fleet
from benchmarks.prometheus_process import PrometheusProcess, prometheus
from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.sloth_rules import RECORDED_RATIO, RULES_PER_SLO, rule_file, slo_labels
from benchmarks.tsdb_block import Samples, write_block
from covet_sre.integrations.prometheus.rules import RULES, names
from covet_sre.integrations.prometheus.rules.objectives import FAST_MINUTES, SLOW_MINUTES
from covet_sre.spec import read_paths

SERVICES, PODS = 250, 2
RECORDED_MINUTES, SCRAPED_MINUTES = 30 * 1440, 3 * 1440
CYCLES = 3
HURRY = 4
MOST_SHARE = 1 / 3
_STEP_MINUTES = 5
_REAL_TIME_MINUTES = 20


def run() -> list[Result]:
    """Both kinds of rules over one Prometheus. Raises RuntimeError where one of them does not do its work."""
    now = int(time.time() // 60)
    fleet = Fleet(SERVICES, now - RECORDED_MINUTES, RECORDED_MINUTES + _REAL_TIME_MINUTES, PODS)
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name, scraped_target(fleet) as target:
        folder = Path(name) / "prometheus"
        files = fleet.write_files(Path(name) / "files", "http://127.0.0.1:9090")
        generated = RULES.generate(read_paths([files])).files
        _write_history(fleet, folder / "data")
        for file_name, text in generated.items():
            (folder / file_name).write_text(_hurried(text))
        (folder / "sloth.yml").write_text(rule_file(fleet, 60 // HURRY))
        with prometheus(folder, _configuration(target)) as server:
            time.sleep(SCRAPE_SECONDS)
            scraping = server.cpu_over(30) * 2
            ours = _minutes_of(server, _configuration(target, *generated), scraping)
            _check(server, names.BUDGET_REMAINING, f"{names.events(_STEP_MINUTES)}[30d]")
            sloth = _minutes_of(server, _configuration(target, "sloth.yml"), scraping)
            _check(server, "slo:period_error_budget_remaining:ratio", f"{RECORDED_RATIO}[30d]")
    return [_result(ours, sloth, sum(text.count("expr:") for text in generated.values()) // SERVICES)]


def _result(ours: list[float], sloth: list[float], rules_per_slo: int) -> Result:
    cost, peer = sample(ours), sample(sloth)
    return Result(
        name=f"a minute of the rules of {SERVICES} SLOs in Prometheus 2.42",
        unit="CPU-s",
        ours=cost,
        peers={f"Sloth's {RULES_PER_SLO} rules for each": peer},
        target="<= 1/3 of Sloth's",
        met=cost.median <= peer.median * MOST_SHARE,
        note=f"ours are {rules_per_slo} rules for each, {peer.median / cost.median:.1f} times cheaper; "
        f"{SERVICES * PODS * len(CODES):,} series",
    )


def _write_history(fleet: Fleet, data: Path) -> None:
    """Scrapes of three days, and what the rules of both kinds recorded in thirty."""
    first = (RECORDED_MINUTES - SCRAPED_MINUTES) * SCRAPES_PER_MINUTE
    scrapes = slice(first, RECORDED_MINUTES * SCRAPES_PER_MINUTE)
    counters = [
        Samples(
            fleet.scrape_milliseconds(first),
            SCRAPE_SECONDS * 1000,
            fleet.counters[history, code, scrapes].astype(float),
        )
        for history in range(HISTORIES)
        for code in range(len(CODES))
    ]
    five = np.ones(_STEP_MINUTES)
    bad, total = (
        [np.convolve(one, five, "valid") * PODS for one in counts[:, :RECORDED_MINUTES]]
        for counts in fleet.minute_counts()
    )
    kinds = [bad, total, [b / t for b, t in zip(bad, total, strict=True)]]
    recorded = [Samples((fleet.start_minute + _STEP_MINUTES) * 60_000, 60_000, one) for kind in kinds for one in kind]
    series = [(labels, history * len(CODES) + code) for history, code, labels in fleet.series()]
    for number, name in enumerate(fleet.names):
        ours = {"service": "fleet", "slo": f"{name}-availability"}
        sloth = {"__name__": RECORDED_RATIO, "sloth_window": "5m", **slo_labels(name)}
        labels = ({"__name__": names.errors(5), **ours}, {"__name__": names.events(5), **ours}, sloth)
        for kind, one in enumerate(labels):
            series.append((one, len(counters) + kind * HISTORIES + number % HISTORIES))
    write_block(data, [*counters, *recorded], series)


def _hurried(rules: str) -> str:
    """The generated rules with shorter intervals."""
    for minutes in (FAST_MINUTES, SLOW_MINUTES):
        rules = rules.replace(f"interval: {minutes}m\n", f"interval: {minutes * 60 // HURRY}s\n")
    return rules


def _minutes_of(server: PrometheusProcess, configuration: str, scraping: float) -> list[float]:
    """CPU seconds of a minute's evaluations, less those of scraping alone."""
    server.reload(configuration)
    time.sleep(45)
    return [(server.cpu_over(60) - scraping) / HURRY for _ in range(CYCLES)]


def _check(server: PrometheusProcess, remaining: str, recorded: str) -> None:
    evaluated = server.value(f"count({remaining})")
    if evaluated != SERVICES:
        raise RuntimeError(f"the rules gave {remaining} of {evaluated:g} SLOs")
    month = server.value(f"min(count_over_time({recorded}))")
    if month < RECORDED_MINUTES * 0.98:
        raise RuntimeError(f"the month had {month:g} samples of {recorded} to add up")


def _configuration(target: str, *rule_files: str) -> str:
    static = f"{{targets: ['{target}'], labels: {{instance: 'fleet:80'}}}}"
    lines = [
        f"global: {{scrape_interval: {SCRAPE_SECONDS}s, evaluation_interval: 60s}}",
        f"scrape_configs: [{{job_name: covet, honor_labels: true, static_configs: [{static}]}}]",
        f"rule_files: [{', '.join(rule_files)}]",
    ]
    return "\n".join([*lines, ""])
