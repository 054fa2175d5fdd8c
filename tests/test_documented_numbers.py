"""The numbers that the documentation prints are those of the product, and right by another way of computing them."""

from fractions import Fraction
from itertools import pairwise
from math import sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from covet_sre import app
from covet_sre.budget.forecast import forecast
from covet_sre.budget.policy import HANDBOOK_POLICY
from covet_sre.engine import engine, plan, reader
from covet_sre.integrations.prometheus import source as prometheus_source
from covet_sre.integrations.scrape import ScrapeSettings
from covet_sre.slo import counting, minutes
from covet_sre.slo.burn import DEFAULT_CONFIDENCE, DEFAULT_MIN_BAD, MULTI_WINDOW_PAIRS, burn_threshold
from covet_sre.slo.burn import multi_window_alerts as default_alerts
from covet_sre.slo.verdict import Judge, Watch
from covet_sre.spec import windows, yaml_documents
from covet_sre.store import blocks
from covet_sre.units import parse_duration

ROOT = Path(__file__).resolve().parent.parent
PAGES = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}
MONTH_MINUTES = 30 * 1440


def rows(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table whose head begins so, as cells without their backquotes."""
    lines = iter(PAGES[page].splitlines())
    next(line for line in lines if line.startswith(f"| {heading} |"))
    next(lines)
    found: list[list[str]] = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    assert found
    return found


def span_minutes(text: str) -> int:
    """`1 h`, `30 min`, `3 d`."""
    return parse_duration(text.replace(" min", "m").replace(" ", "")).minutes


def test_the_default_policy_is_printed_as_it_is() -> None:
    printed = [
        (name, severity, float(burn), span_minutes(long), span_minutes(short), share)
        for name, severity, burn, long, short, share in rows("alerts.md", "alert")
    ]
    shares = [f"{pair.budget_share * 100:g} %" for pair in MULTI_WINDOW_PAIRS]
    assert printed == [
        (alert.name, alert.severity.value, alert.threshold, alert.long_minutes, alert.short_minutes, share)
        for alert, share in zip(default_alerts(MONTH_MINUTES), shares, strict=True)
    ]


def test_the_burn_rates_of_other_budget_windows_are_printed_right() -> None:
    for budget, *burns in rows("alerts.md", "budget over"):
        expected = [burn_threshold(pair, span_minutes(budget)) for pair in MULTI_WINDOW_PAIRS]
        assert [float(burn) for burn in burns] == expected
        # The same share of the budget is gone when the long window has burnt at that rate.
        for pair, burn in zip(MULTI_WINDOW_PAIRS, burns, strict=True):
            assert float(burn) * pair.long_minutes / span_minutes(budget) == pytest.approx(pair.budget_share, rel=1e-5)


def test_how_long_a_budget_lasts_is_printed_right() -> None:
    units = {"minutes": 1, "hours": 60, "days": 1440}
    for burn, lasts in rows("alerts.md", "burn rate"):
        amount, unit = lasts.partition(":")[0].split()
        assert float(amount) * units[unit] == pytest.approx(MONTH_MINUTES / float(burn))
    assert f"{float(1 - 1 / Fraction('14.4')) * 100:.2f} %" in PAGES["alerts.md"]


def test_budgets_in_minutes_are_printed_right() -> None:
    for objective, window, month in rows("error-budgets.md", "objective"):
        share = 1 - Fraction(objective.removesuffix(" %")) / 100
        for text, days in ((window, Fraction(30)), (month, Fraction("30.44"))):
            exact = share * days * 1440
            assert abs(Fraction(text.removesuffix(" min")) - exact) <= Fraction(1, 20), (objective, float(exact))


def score_bound(bad: int, total: int, confidence: float) -> float:
    """The ratio at which so many bad events would be just as far above as `confidence` allows: found by halving."""
    low, high, z = 0.0, bad / total, NormalDist().inv_cdf(confidence)
    for _ in range(200):
        middle = (low + high) / 2
        too_low = bad / total - middle > z * sqrt(middle * (1 - middle) / total)
        low, high = (middle, high) if too_low else (low, middle)
    return low


def test_the_examples_of_low_traffic_are_printed_right() -> None:
    [page] = [alert for alert in default_alerts(MONTH_MINUTES) if alert.name == "ErrorBudgetBurn1h"]
    judge = Judge([Watch(0, page, stream=0, long_row=0, short_row=0, error_share=0.001, scale=1)])
    for bad, total, ratio, bound, verdict in rows("alerts.md", "bad"):
        counts = (int(bad), int(total))
        assert float(ratio.removesuffix(" %")) == pytest.approx(100 * counts[0] / counts[1])
        assert float(bound.removesuffix(" %")) == pytest.approx(100 * score_bound(*counts, 0.95), abs=0.005)
        [breached] = judge.judge(np.array([[[counts[0]], [counts[1]], [60]]])).breached
        assert breached == verdict.startswith("yes"), (bad, total)
        assert ("bad event" in verdict) == (counts[0] < DEFAULT_MIN_BAD)
        assert ("below 1.44 %" in verdict) == (score_bound(*counts, 0.95) < 0.0144)
    assert f"**{DEFAULT_MIN_BAD} bad events**" in PAGES["alerts.md"]
    assert f"one-sided {DEFAULT_CONFIDENCE:.0%}".replace("%", " %") in PAGES["alerts.md"]


def test_the_quantiles_are_printed_right() -> None:
    assert f"z = {NormalDist().inv_cdf(0.95):.4f}" in PAGES["alerts.md"]
    assert f"P10 (z = {NormalDist().inv_cdf(0.9):.4f})" in PAGES["error-budgets.md"]


def test_the_forecast_is_the_printed_formula() -> None:
    recent = [4.0, 9.0, 1.0, 0.0, 3.0, 12.0, 11.0, 2.0]
    left, leaving = 120.0, [2.0] * 80
    mean = sum(recent) / len(recent)
    variance = sum((each - mean) ** 2 for each in recent) / len(recent)
    pairs = sum((a - mean) * (b - mean) for a, b in pairwise(recent))
    r = pairs / (variance * len(recent))
    w = min(max((1 + r) / (1 - r), 1), 10)

    def gone(z: float) -> int | None:
        for k in range(1, len(leaving) + 1):
            a = k * mean**2 / (variance * w)
            if k * mean * (1 - 1 / (9 * a) + z / (3 * sqrt(a))) ** 3 >= left + sum(leaving[:k]):
                return k * 180
        return None

    expected = tuple(gone(z) for z in (1.2815515655446004, 0.0, -1.2815515655446004))
    assert None not in expected
    assert len(set(expected)) == 3
    assert forecast(np.array(recent), np.array(leaving), left, 180) == expected


def test_the_handbooks_tiers_are_told_right() -> None:
    assert "above 50 %, from there to 10 %, and below" in PAGES["error-budgets.md"]
    assert [HANDBOOK_POLICY.tier(share).name for share in (0.51, 0.5, 0.11, 0.1, -3.0)] == [
        "available",
        "depleted",
        "depleted",
        "exhausted",
        "exhausted",
    ]


SCRAPING = ScrapeSettings((), ())

#: What a page says, made from the constant that it is about.
SAID = [
    ("measuring.md", "lower, by an eighth or more", counting.SWITCH_SHARE == 1 / 8),
    ("measuring.md", "more than three scrape intervals", counting.GRACE_INTERVALS == 3),
    ("measuring.md", "at least two minutes", reader.OVERLAP_SECONDS == 120),
    ("measuring.md", "five seconds after its end", app.PROMETHEUS_SETTLE_SECONDS == 5),
    ("measuring.md", "down for less than 6 hours", reader.CATCH_UP_SECONDS == 6 * 3600),
    ("measuring.md", "says nothing for 10 minutes", plan.SILENCE_MINUTES == 10),
    ("measuring.md", "30 seconds and 256 MB", prometheus_source.SIZE_LIMIT_BYTES == 256_000_000),
    (
        "measuring.md",
        "10 seconds, 10 MB and 50,000 series",
        (SCRAPING.timeout_seconds, SCRAPING.size_limit_bytes, SCRAPING.series_limit) == (10, 10_000_000, 50_000),
    ),
    ("alerts.md", "no sample for 10 minutes", plan.SILENCE_MINUTES == 10),
    (
        "serve.md",
        "by minute for 100 days, by quarter of an hour for 400",
        (minutes.MINUTES_KEPT, blocks.QUARTERS_KEPT_MINUTES) == (100 * 1440, 400 * 1440),
    ),
    ("serve.md", "not been renewed for 30 seconds", engine._LEASE_SECONDS == 30),
    ("slos.md", "`5m` to `400d`", windows.LONGEST_KEPT_MINUTES == 400 * 1440),
    (
        "errors.md",
        "more than 4 MiB, 50 levels, 400,000 values",
        (yaml_documents.MAX_FILE_BYTES, yaml_documents.MAX_DEPTH, yaml_documents.MAX_NODES) == (4 << 20, 50, 400_000),
    ),
]


@pytest.mark.parametrize(("page", "sentence", "holds"), SAID)
def test_what_the_pages_say_in_numbers_is_so(page: str, sentence: str, holds: bool) -> None:
    assert sentence in " ".join(PAGES[page].split())
    assert holds
