"""Reliability files against what was seen over time: what silently ruins an objective, with its remedy."""

from collections.abc import Callable

import pytest

from covet_sre.errors import Level
from covet_sre.slo.indicator import Selector
from covet_sre.spec.against_history import DayCounts, HistoryFacts, Rhythm, TargetEvidence, judge_history, rhythm_of
from covet_sre.spec.against_metrics import MetricFacts

RATIO = "SLI.spec.ratioMetric"
TOTAL = Selector("requests_total", ())
SERIES = [{"job": "a", "code": "200"}, {"job": "a", "code": "500"}]


def metrics(series=SERIES):
    return MetricFacts(["requests_total"], {"requests_total": series}, {}, {})


@pytest.fixture
def judged(files) -> Callable[..., list]:
    def judged(known=None, **facts):
        return judge_history(files.read(), HistoryFacts(now_seconds=1e9, **facts), known or metrics())

    return judged


def days(*pairs):
    return {"availability": [DayCounts(*pair) for pair in pairs]}


def test_a_healthy_history_has_no_findings(judged):
    rhythm = Rhythm(15.0, 1e9 - 5)
    assert judged(days=days((3.0, 10_000.0), (12.0, 11_000.0)), rhythms={TOTAL: rhythm}, skew_seconds=3.0) == []


def test_nothing_known_is_no_finding(judged):
    assert judged() == []


# ---------------------------------------------------------------- processes


def test_workers_that_answer_in_turns_are_an_error(judged):
    evidence = TargetEvidence("shop", "10.0.0.1:8000", [7.5, 7.9] * 5, [10.0, 3.0] * 5)
    (finding,) = judged(falling={TOTAL: [evidence]})
    assert (finding.level, finding.code) == (Level.ERROR, "process-alternates")
    assert "'10.0.0.1:8000' in turns" in finding.problem
    assert "PROMETHEUS_MULTIPROC_DIR" in finding.remedy
    assert finding.location.line > 0


def test_without_start_times_the_counters_tell(judged):
    (finding,) = judged(falling={TOTAL: [TargetEvidence("shop", "a", [], [500.0, 300.0, 510.0, 310.0] * 5)]})
    assert finding.code == "process-alternates"


def test_a_process_that_keeps_crashing_is_no_turn_even_where_its_counters_look_so(judged):
    starts = [float(start) for start in range(0, 500, 50)]
    assert judged(falling={TOTAL: [TargetEvidence("shop", "a", starts, [500.0, 300.0] * 5)]}) == []


# ---------------------------------------------------------------- burning


def test_an_indicator_without_anything_that_could_be_bad_never_burns(judged):
    known = metrics([{"job": "a", "code": "200"}])
    (finding,) = judged(known, days=days((0.0, 90_000.0), (0.0, 90_000.0)))
    assert (finding.level, finding.code) == (Level.WARNING, "never-burns")
    assert finding.problem == "not one event was bad over 2 days with about 180,000 events: it never burns"


def test_bad_series_at_zero_are_a_good_service(judged):
    assert judged(days=days((0.0, 900_000.0))) == []


def test_little_traffic_without_errors_says_nothing(judged):
    assert judged(metrics([{"job": "a", "code": "200"}]), days=days((0.0, 9_000.0))) == []


def test_a_good_selector_that_takes_everything_never_burns(files, judged):
    ratio = files.documents["SLI"]["spec"]["ratioMetric"]
    del ratio["bad"]
    ratio["good"] = {"metricSource": {"spec": {"query": 'requests_total{code!="5xx"}'}}}
    (finding,) = judged(days=days((500_000.0, 500_000.0)))
    assert finding.code == "never-burns"
    ratio["good"] = {"metricSource": {"spec": {"query": 'requests_total{code!="500"}'}}}
    assert judged(days=days((500_000.0, 500_000.0))) == []


def test_a_bound_that_nothing_exceeds_is_to_be_lowered(files, judged):
    ratio = files.documents["SLI"]["spec"]["ratioMetric"]
    del ratio["bad"]
    ratio["good"] = {"metricSource": {"spec": {"query": 'seconds_bucket{le="10"}'}}}
    ratio["total"] = {"metricSource": {"spec": {"query": "seconds_count"}}}
    (finding,) = judged(days=days((500_000.0, 500_000.0)))
    assert (finding.code, "lower the bound" in finding.remedy) == ("never-burns", True)


def test_an_objective_that_is_missed_each_day_always_burns(judged):
    (finding,) = judged(days=days((20.0, 10_000.0), (15.0, 10_000.0)))
    assert (finding.level, finding.code) == (Level.WARNING, "always-burns")
    assert "0.175 % of events were bad over 2 days" in finding.problem
    assert "0.1 % allowed" in finding.problem


def test_a_bad_day_among_good_ones_is_what_budgets_are_for(judged):
    assert judged(days=days((2000.0, 10_000.0), (1.0, 10_000.0))) == []


def test_one_bad_day_alone_is_no_habit(judged):
    assert judged(days=days((200.0, 10_000.0))) == []


def test_nothing_but_bad_events_is_an_indicator_upside_down(judged):
    (finding,) = judged(days=days((10_000.0, 10_000.0)))
    assert (finding.code, "upside down" in finding.remedy) == ("always-burns", True)


def test_a_part_that_outnumbers_its_total_over_time_is_an_error(judged):
    found = judged(days=days((11_000.0, 10_000.0), (10_500.0, 10_000.0)))
    assert (found[0].level, found[0].code) == (Level.ERROR, "part-above-total")
    assert "about 21,500 of 20,000" in found[0].problem


def test_a_part_slightly_above_its_total_is_extrapolation(files, judged):
    ratio = files.documents["SLI"]["spec"]["ratioMetric"]
    del ratio["bad"]
    ratio["good"] = {"metricSource": {"spec": {"query": 'requests_total{code!="500"}'}}}
    assert judged(days=days((10_050.0, 10_000.0))) == []


# ---------------------------------------------------------------- windows


@pytest.mark.parametrize(("spacing", "told"), [(75.0, False), (76.0, True), (3600.0, True)])
def test_a_window_needs_four_scrapes(judged, spacing, told):
    """The shortest window is that of the default page: 1 h and 5 min."""
    found = judged(rhythms={TOTAL: Rhythm(spacing, 1e9)})
    assert [finding.code for finding in found] == ["window-scrapes"] * told
    if told:
        assert "its alert 'ErrorBudgetBurn1h' looks over 5m" in found[0].problem
        assert "scrape every 75 s or more often" in found[0].remedy


def test_the_rhythm_is_the_median_of_what_lies_between_samples():
    assert rhythm_of([[0.0, 15.0, 30.0, 300.0], [1.0, 16.0], []]) == Rhythm(15.0, 300.0)
    assert rhythm_of([[], [5.0]]) == Rhythm(None, 5.0)


def test_a_server_that_does_not_say_how_long_it_keeps_is_judged_by_what_it_has(judged):
    (finding,) = judged(reach_days={"availability": 9})
    assert finding.code == "window-retention"
    assert "reach back about 9 days" in finding.problem
    assert judged(reach_days={"availability": 30}) == []
    assert judged(days=days(*[(1.0, 10_000.0)] * 9)) == []  # more was not looked at


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize(("skew", "words"), [(45.0, "45 s ahead of"), (-45.0, "45 s behind")])
def test_a_clock_that_differs_is_told_with_its_direction(judged, skew, words):
    (finding,) = judged(skew_seconds=skew)
    assert (finding.level, finding.code) == (Level.WARNING, "clock-skew")
    assert words in finding.problem


def test_a_target_that_starts_in_the_future_is_told(judged):
    (finding,) = judged(starts_ahead=[("10.0.0.1:8000", 90.0)])
    assert finding.field == "10.0.0.1:8000"
    assert finding.problem == "its process says that it starts 90 s from now: its clock is ahead"


def test_samples_from_the_future_are_told(judged):
    (finding,) = judged(rhythms={TOTAL: Rhythm(15.0, 1e9 + 120)})
    assert finding.code == "clock-skew"
    assert "up to 120 s in the future" in finding.problem
