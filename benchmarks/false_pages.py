"""Pages at low traffic that nobody needed, and what sparing them costs when something is truly broken.

Services whose true error ratio is half of what their objective (99.9 %) allows are watched for 30 days by the page
alerts of the Site Reliability Workbook: as published, with a least number of bad events, and with the confidence test
too, which is what we ship. Requests and errors are drawn at random, seeded. Then services break, and the minutes until
the page are counted. Everything is judged by the code that judges in the server.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.result import Result, Sample
from benchmarks.samples import sample
from covet_sre.slo.alert_states import FIRING, AlertStates
from covet_sre.slo.burn import BurnAlert, Severity, multi_window_alerts
from covet_sre.slo.sums import BAD, KNOWN, TOTAL
from covet_sre.slo.verdict import Judge, Watch

ERROR_SHARE = 0.001
TRUE_RATIO = ERROR_SHARE / 2
REQUESTS_PER_HOUR = (10, 60, 200, 600, 6000)
MONTH_MINUTES = 30 * 1440
GROUPS, SERVICES_PER_GROUP = 8, 5
BROKEN_RATIOS = (1.0, 0.15, 0.02)
OUTAGES = 40
OUTAGE_MINUTES = 360
LEAST_REDUCTION = 10

PAGES = [alert for alert in multi_window_alerts(MONTH_MINUTES) if alert.severity is Severity.PAGE]
LEAD_MINUTES = max(alert.long_minutes for alert in PAGES)
RULES: dict[str, list[BurnAlert]] = {
    "as published": [replace(alert, min_bad=0, confidence=None) for alert in PAGES],
    "with a least number of bad events": [replace(alert, confidence=None) for alert in PAGES],
    "ours": PAGES,
}


def run() -> list[Result]:
    """False pages at each traffic, then the delay of true ones at each traffic and error ratio."""
    seeded = np.random.default_rng(20261123)
    return [
        *(_false_pages(seeded, rate) for rate in REQUESTS_PER_HOUR),
        *(_delay(seeded, rate, ratio) for ratio in BROKEN_RATIOS for rate in REQUESTS_PER_HOUR),
    ]


def _false_pages(seeded: np.random.Generator, requests_per_hour: int) -> Result:
    services = GROUPS * SERVICES_PER_GROUP
    ratios = np.full(LEAD_MINUTES + MONTH_MINUTES, TRUE_RATIO)
    firing = _Watched(_traffic(seeded, services, requests_per_hour, ratios)).firing()
    began = firing[:, :, 1:] & ~firing[:, :, :-1]
    pages = {
        name: sample((began[number].sum(axis=1).reshape(GROUPS, -1).mean(axis=1)).tolist())
        for number, name in enumerate(RULES)
    }
    means = {name: float(began[number].sum() / services) for number, name in enumerate(RULES)}
    ours = pages.pop("ours")
    return Result(
        name=f"false pages of a service in 30 days, {requests_per_hour:,} requests an hour",
        unit="pages",
        ours=ours,
        peers=pages,
        target=f"<= 1/{LEAST_REDUCTION} of those as published",
        met=means["ours"] <= means["as published"] / LEAST_REDUCTION,
        note=f"{GROUPS} groups of {SERVICES_PER_GROUP} services; means: "
        + ", ".join(f"{name} {mean:.3g}" for name, mean in means.items()),
    )


def _delay(seeded: np.random.Generator, requests_per_hour: int, broken_ratio: float) -> Result:
    ratios = np.full(LEAD_MINUTES + OUTAGE_MINUTES, TRUE_RATIO)
    ratios[LEAD_MINUTES:] = broken_ratio
    firing = _Watched(_traffic(seeded, OUTAGES, requests_per_hour, ratios)).firing()
    delays = {
        name: np.where(firing[number].any(axis=1), firing[number].argmax(axis=1) + 1, OUTAGE_MINUTES)
        for number, name in enumerate(RULES)
    }
    unseen = {name: int((~firing[number].any(axis=1)).sum()) for number, name in enumerate(RULES)}
    minutes: dict[str, Sample] = {name: sample(one.astype(float).tolist()) for name, one in delays.items()}
    ours = minutes.pop("ours")
    missed = ", ".join(f"{name} {count}" for name, count in unseen.items() if count)
    return Result(
        name=f"until the page, {broken_ratio:.0%} of {requests_per_hour:,} requests an hour fail",
        unit="min",
        ours=ours,
        peers=minutes,
        target="none: the price, for information",
        met=True,
        note=f"{OUTAGES} outages" + (f"; without a page within {OUTAGE_MINUTES} minutes: {missed}" if missed else ""),
    )


def _traffic(
    seeded: np.random.Generator, services: int, requests_per_hour: int, ratios: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Bad and total events by service and minute, of shape (2, services, minutes)."""
    total = seeded.poisson(requests_per_hour / 60, (services, len(ratios)))
    return np.stack([seeded.binomial(total, ratios), total])


@dataclass(frozen=True)
class _Watched:
    """Services under all rules at once."""

    traffic: NDArray[np.int64]

    def firing(self) -> NDArray[np.bool_]:
        """Whether a page is out, of shape (rules, services, minutes), from the end of the lead on."""
        services, minutes = self.traffic.shape[1:]
        windows = sorted({minutes for alert in PAGES for minutes in (alert.long_minutes, _short(alert))})
        judge = Judge(_watches(services, windows))
        states = AlertStates.inactive(len(judge.watches), 0)
        sums = np.zeros((2, services, minutes + 1), np.int64)
        sums[:, :, 1:] = self.traffic.cumsum(axis=2)
        firing = np.zeros((minutes - LEAD_MINUTES, len(RULES), services), bool)
        values = np.ones((len(windows), 3, services), np.int64)  # KNOWN stays 1: every minute is measured
        assert (BAD, TOTAL, KNOWN) == (0, 1, 2)
        for minute in range(LEAD_MINUTES, minutes):
            for row, window in enumerate(windows):
                values[row, :KNOWN] = sums[:, :, minute + 1] - sums[:, :, minute + 1 - window]
            states = states.after(judge.judge(values), judge.for_minutes, minute)
            out = (states.state == FIRING).reshape(len(RULES), len(PAGES), services)
            firing[minute - LEAD_MINUTES] = out.any(axis=1)
        return firing.transpose(1, 2, 0)


def _watches(services: int, windows: Sequence[int]) -> list[Watch]:
    return [
        Watch(service, alert, service, windows.index(alert.long_minutes), windows.index(_short(alert)), ERROR_SHARE, 1)
        for alerts in RULES.values()
        for alert in alerts
        for service in range(services)
    ]


def _short(alert: BurnAlert) -> int:
    return alert.short_minutes or alert.long_minutes
