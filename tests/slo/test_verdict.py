"""Alerts judged on arrays, against the plainest possible judge."""

from math import isnan, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.slo.alert_states import FIRING, INACTIVE, PENDING, AlertStates
from covet_sre.slo.burn import BurnAlert, Severity, highest_burn_rate, multi_window_alerts
from covet_sre.slo.indicator import Comparison
from covet_sre.slo.verdict import Judge, Verdicts, Watch, lower_bound

counts = st.tuples(st.integers(0, 400), st.integers(0, 4000), st.integers(0, 60))
alerts = st.builds(
    BurnAlert,
    name=st.just("a"),
    severity=st.just(Severity.PAGE),
    threshold=st.sampled_from([0.5, 1.0, 3.0, 6.0, 14.4]),
    long_minutes=st.just(60),
    short_minutes=st.just(5),
    op=st.sampled_from(list(Comparison)),
    min_bad=st.sampled_from([0, 5]),
    confidence=st.sampled_from([None, 0.95]),
)


def plainly_breached(alert: BurnAlert, long, short, share: float) -> bool:
    def burn(bad, total, _known):
        return min(bad, total) / total / share if total else float("nan")

    def beyond(value):
        return not isnan(value) and (
            alert.op.holds(value, alert.threshold)
            or (alert.op in (Comparison.GTE, Comparison.LTE) and abs(value - alert.threshold) < 1e-9)
        )

    bad, total, known = long
    if known == 0 or short[2] == 0 or not (beyond(burn(*long)) and beyond(burn(*short))):
        return False
    if alert.op in (Comparison.GT, Comparison.GTE):
        if bad < alert.min_bad:
            return False
        if alert.confidence is not None:
            z = NormalDist().inv_cdf(alert.confidence)
            p = min(bad / total, 1)
            centre = p + z * z / (2 * total)
            bound = (centre - z * sqrt(p * (1 - p) / total + z * z / (4 * total**2))) / (1 + z * z / total)
            return bound >= alert.threshold * share
    return True


@given(alert=alerts, long=counts, short=counts, share=st.sampled_from([0.001, 0.05, 0.0005]))
def test_the_judge_on_arrays_says_what_a_plain_one_says(alert, long, short, share) -> None:
    judge = Judge([Watch(0, alert, 0, 0, 1, share, 1)])
    values = np.array([[[n] for n in long], [[n] for n in short]], np.int64)
    assert bool(judge.judge(values).breached[0]) == plainly_breached(alert, long, short, share)


def test_a_burn_rate_that_equals_its_threshold_reaches_it() -> None:
    alert = BurnAlert("a", Severity.PAGE, 14.4, 60)
    values = np.array([[[144], [10_000], [60]]], np.int64)
    assert Judge([Watch(0, alert, 0, 0, 0, 0.001, 1)]).judge(values).breached[0]


@pytest.mark.parametrize(
    ("bad", "total", "bound"), [(81, 263, 0.2553), (15, 148, 0.0624), (0, 20, 0.0), (1, 29, 0.0061)]
)
def test_the_lower_bound_is_wilsons(bad: int, total: int, bound: float) -> None:
    # Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3.
    found = lower_bound(np.array([bad], float), np.array([total], float), np.array([1.959964]))
    assert found[0] == pytest.approx(bound, abs=5e-5)


def test_the_default_policy_has_the_workbooks_numbers() -> None:
    rows = [(a.severity.value, a.threshold, a.long_minutes, a.short_minutes) for a in multi_window_alerts(43200)]
    assert rows == [
        ("page", 14.4, 60, 5),
        ("page", 6.0, 360, 30),
        ("ticket", 3.0, 1440, 120),
        ("ticket", 1.0, 4320, 360),
    ]


def test_the_thresholds_scale_to_a_budget_of_28_days() -> None:
    assert [a.threshold for a in multi_window_alerts(28 * 1440)] == [13.44, 5.6, 2.8, 0.933333]


def test_no_burn_rate_exceeds_that_of_a_total_outage() -> None:
    assert highest_burn_rate(0.0694) == pytest.approx(14.41, abs=0.01)


def verdicts(breached: bool, unknown: bool = False) -> Verdicts:
    flag = np.array([breached])
    return Verdicts(flag * 1.0, flag * 1.0, flag, flag, ~flag & False, ~flag & False, np.array([unknown]))


def test_an_alert_waits_its_minutes_as_pending_before_it_fires() -> None:
    states, waiting = AlertStates.inactive(1, 0), np.array([3])
    seen = []
    for minute in range(1, 6):
        states = states.after(verdicts(True), waiting, minute)
        seen.append(int(states.state[0]))
    assert seen == [PENDING, PENDING, PENDING, FIRING, FIRING]
    assert states.since[0] == 4


def test_silence_neither_fires_nor_ends_an_alert() -> None:
    firing = AlertStates.inactive(1, 0).after(verdicts(True), np.array([0]), 1)
    assert firing.after(verdicts(False, unknown=True), np.array([0]), 2).state[0] == FIRING
    calm = AlertStates.inactive(1, 0)
    assert calm.after(verdicts(True, unknown=True), np.array([0]), 2).state[0] == INACTIVE
