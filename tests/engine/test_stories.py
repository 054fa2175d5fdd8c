"""What the engine does, told as stories in virtual time."""

import pytest

from covet_sre.budget.status import State
from covet_sre.errors import SourceUnreachable
from covet_sre.flows.declaration import Declaration
from tests.engine.story import Story, declaration, objective


def test_a_healthy_service_is_ok_and_counted_exactly() -> None:
    story = Story()
    story.minutes(120, good=60)
    assert story.status.state is State.OK
    assert story.status.budget.counts == (0, 60 * 120)
    assert story.status.sli == 1.0
    assert not story.firing()


def test_an_outage_pages_within_three_minutes_and_the_page_ends_after_the_short_window() -> None:
    story = Story()
    story.minutes(90, good=60)
    assert story.until(lambda: "ErrorBudgetBurn1h" in story.firing(), most=5, good=30, bad=30) <= 3
    assert story.status.state is State.CRITICAL
    story.minutes(3, good=30, bad=30)
    took = story.until(lambda: "ErrorBudgetBurn1h" not in story.firing(), most=20, good=60)
    assert 4 <= took <= 6


def test_a_restart_repeats_no_alert_and_keeps_every_count() -> None:
    story = Story()
    story.minutes(60, good=60)
    story.minutes(5, good=30, bad=30)
    before, counts = story.store.transitions(None, 0, 100), story.status.budget.counts
    assert "ErrorBudgetBurn1h" in story.firing()
    story.start_engine()
    assert story.store.transitions(None, 0, 100) == before
    assert story.status.budget.counts == counts
    story.minute(good=30, bad=30)
    assert story.store.transitions(None, 0, 100) == before
    assert story.status.budget.counts == (counts.bad + 30, counts.total + 60)


def test_a_counter_reset_counts_the_value_after_it() -> None:
    story = Story()
    story.minutes(30, good=60)
    story.counters = dict.fromkeys(story.counters, 0)
    story.minutes(30, good=60)
    assert story.status.budget.counts.total == 60 * 60
    assert story.status.budget.counts.bad == 0


def test_an_error_series_that_is_born_late_counts_from_zero() -> None:
    story = Story()
    del story.counters["a:1", "500"]
    story.minutes(30, good=60)
    story.minute(good=50, bad=7)
    assert story.status.budget.counts.bad == 7


def test_a_late_tick_is_only_a_longer_reading() -> None:
    story = Story()
    story.minutes(10, good=60)
    story.reading = False
    story.minutes(25, good=55, bad=5)
    story.reading = True
    story.minute(good=60)
    assert story.status.budget.counts == (125, 60 * 36)
    assert story.status.compliance.known_minutes == 36


def test_a_scrape_gap_is_unknown_and_its_events_still_count_in_windows_that_hold_it_whole() -> None:
    story = Story()
    story.minutes(10, good=60)
    for _ in range(20):
        story.minute(good=60, bad=1, scraped=False)
    story.minutes(5, good=60)
    hour = next(window for window in story.status.windows if window.minutes == 60)
    five = next(window for window in story.status.windows if window.minutes == 5)
    assert hour.counts.total == 60 * 35 + 20
    assert hour.counts.bad == 20
    assert five.counts.bad == 0
    assert hour.known_minutes < 35 - 18


def test_silence_is_no_data_and_never_green() -> None:
    story = Story()
    story.minutes(30, good=60)
    story.source.failure = SourceUnreachable("no connection", where="http://127.0.0.1:9090", remedy="start it")
    story.minutes(11, good=60)
    assert story.status.state is State.NO_DATA
    assert "no connection" in story.status.cause
    assert story.status.remedy == "start it"
    transitions = story.answers.alert_history(None, 10)
    assert [(t.objective, t.state) for t in transitions] == [("covet-sre/source/metrics", "firing")]


def test_measuring_resumes_by_itself_and_nothing_of_the_silence_is_lost() -> None:
    story = Story()
    story.minutes(30, good=60)
    story.source.failure = SourceUnreachable("no connection")
    story.minutes(20, good=60, bad=1)
    story.source.failure = None
    story.minute(good=60)
    assert story.status.budget.counts == (20, 51 * 60 + 20)
    assert story.status.compliance.known_minutes == 51
    assert [t.state for t in story.answers.alert_history("covet-sre/source/metrics", 10)] == ["inactive", "firing"]


def test_a_misspelt_good_selector_is_misconfigured_and_no_outage() -> None:
    story = Story()
    story.counters = {("a:1", "500"): 0}
    story.minutes(20, good=0, bad=60)
    story.counters.pop(("a:1", "200"), None)
    assert story.status.state is State.MISCONFIGURED or story.status.budget.counts.bad == 20 * 60


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
def test_a_value_that_no_counter_can_hold_is_quarantined(bad: float) -> None:
    story = Story()
    story.minutes(10, good=60)
    labels = {"__name__": "requests_total", "job": "api", "instance": "a:1", "code": "200"}
    story.source.add(labels, (story.seconds + 1, bad))
    story.minutes(10, good=60)
    assert story.status.budget.counts == (0, 20 * 60)
    assert story.answers.sources()[0].warnings


def test_the_clock_set_back_by_an_hour_begins_again_there() -> None:
    story = Story()
    story.minutes(90, good=60)
    counted = story.status.budget.counts.total
    story.seconds -= 3600
    story.source._series.clear()  # the source's clock went back too, and it begins anew
    story.minutes(30, good=60)
    assert story.status.at == int(story.seconds // 60)
    # The minutes that happen twice hold the events of both times.
    assert counted - 60 <= story.status.budget.counts.total <= counted


def test_a_source_that_was_just_begun_is_not_yet_misconfigured() -> None:
    story = Story()
    assert story.status.state is State.NO_DATA
    assert "yet" in story.status.cause


def test_a_label_that_no_series_has_is_misconfigured_and_says_which_selector() -> None:
    story = Story()
    story.counters = {("a:1", "200"): 0}
    story.source._series.clear()
    labels = {"__name__": "requests_total", "job": "other", "instance": "a:1"}
    for minute in range(4):
        story.source.add(labels, (story.seconds + 30, float(minute)))
        story.minute(good=0, scraped=False)
    assert story.status.state is State.MISCONFIGURED
    assert 'requests_total{job="api"}' in story.status.cause


def test_an_alert_that_nobody_declares_any_more_ends() -> None:
    story = Story()
    story.minutes(60, good=60)
    story.minutes(5, good=30, bad=30)
    assert "ErrorBudgetBurn1h" in story.firing()
    story.declared = declaration(objective("another"))
    story.start_engine()
    last = story.answers.alert_history("availability", 1)[0]
    assert (last.state, last.detail) == ("inactive", {"reason": "no longer declared"})


def test_a_silent_source_that_nobody_declares_any_more_ends_its_alert() -> None:
    story = Story()
    story.minutes(30, good=60)
    story.source.failure = SourceUnreachable("no connection")
    story.minutes(11, good=60)
    assert story.answers.alert_history("covet-sre/source/metrics", 1)[0].state == "firing"
    story.declared = Declaration()
    story.start_engine()
    assert story.answers.alert_history("covet-sre/source/metrics", 1)[0].state == "inactive"


def test_while_it_burns_the_worst_case_is_that_the_burn_goes_on() -> None:
    story = Story()
    story.minutes(300, good=60)
    story.minutes(10, good=55, bad=5)
    told = story.status.forecast
    assert told.at_present_burn_minutes is not None
    assert told.p10_minutes == min(told.at_present_burn_minutes, told.p10_minutes)
    assert told.p10_minutes <= (told.p50_minutes or told.horizon_minutes)


def test_a_young_ledger_at_a_steady_small_burn_forecasts_no_end() -> None:
    story = Story(declaration(objective(target="0.9")))
    story.minutes(6 * 60, good=576, bad=24)  # a steady burn of 0.4
    told = story.status.forecast
    assert (told.p10_minutes, told.p50_minutes, told.p90_minutes) == (None, None, None)
