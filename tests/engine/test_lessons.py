"""What others got wrong, told as stories: unknown is never green, nothing is repeated, no trouble spreads."""

from fractions import Fraction

import pytest

from covet_sre.api.answers import service_item
from covet_sre.budget.adjustment import AdjustmentKind
from covet_sre.budget.status import State
from covet_sre.catalog.service import Service
from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.errors import Refused, SourceMisanswered, SourceUnreachable
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.reading import AdjustmentRequest
from covet_sre.flows.verdicts import by_service
from covet_sre.integrations.fakes import ScriptedSource
from covet_sre.slo.indicator import (
    Comparison,
    CounterRatio,
    Matcher,
    MatchOp,
    QueryRatio,
    QueryRaw,
    QueryThreshold,
    Selector,
)
from covet_sre.store.memory import MemoryStore
from tests.engine.story import BAD, GOOD, HERE, START, TOTAL, Story, declaration, objective


def counters(metric: str) -> CounterRatio:
    bad = Selector(metric, (Matcher("code", MatchOp.MATCHES, "5.."),))
    return CounterRatio("metrics", Selector(metric, ()), None, bad)


def by_name(story: Story) -> dict[str, object]:
    return {status.objective.name: status for status in story.answers.statuses()}


def test_one_poisoned_slo_disturbs_no_other_and_none_leaves_the_list() -> None:
    """NaN in one metric, nothing in another, a refused expression in a third: the fourth is counted exactly."""
    story = Story(
        declaration(
            objective("poisoned", indicator=counters("poisoned_total")),
            objective("absent", indicator=counters("absent_total")),
            objective("refused", indicator=QueryRaw("metrics", "never defined", of_success=True)),
            objective("sound"),
        )
    )
    for _ in range(15):
        labels = {"__name__": "poisoned_total", "job": "api", "instance": "a:1", "code": "500"}
        story.source.add(labels, (story.seconds + 5, float("nan")), (story.seconds + 35, float("inf")))
        story.minute(good=50, bad=10)
    found = by_name(story)
    assert list(found) == ["poisoned", "absent", "refused", "sound"]
    assert [found[name].state for name in ("absent", "refused")] == [State.MISCONFIGURED] * 2
    assert found["poisoned"].state in (State.NO_DATA, State.MISCONFIGURED)
    assert all(found[name].cause and found[name].remedy for name in ("poisoned", "absent", "refused"))
    assert all(found[name].budget is None and found[name].sli is None for name in ("poisoned", "absent", "refused"))
    assert found["sound"].budget.counts == (150, 900)
    assert found["sound"].state is State.CRITICAL


@pytest.mark.parametrize("label", ["jobb", "job"])
def test_idle_gone_and_misspelt_are_never_all_good(label: str) -> None:
    selector = Selector("requests_total", (Matcher(label, MatchOp.EQUAL, "apy"),))
    story = Story(declaration(objective(indicator=CounterRatio("metrics", selector, None, selector))))
    story.minutes(15, good=60)
    assert story.status.state is State.MISCONFIGURED
    assert (story.status.sli, story.status.budget) == (None, None)
    assert label in story.status.cause


def test_a_service_that_is_idle_has_few_events_and_not_a_perfect_score() -> None:
    story = Story()
    story.minutes(30, good=0)
    assert story.status.state is State.LOW_TRAFFIC
    assert story.status.sli is None
    assert story.status.budget is None


def test_a_service_that_is_gone_is_no_data_after_ten_minutes_whatever_it_was_before() -> None:
    story = Story()
    story.minutes(30, good=60)
    assert story.status.state is State.OK
    for _ in range(11):
        story.minute(good=60, scraped=False)
    assert story.status.state is State.NO_DATA
    assert story.status.cause and story.status.remedy


def test_the_worst_objective_decides_for_its_service() -> None:
    """One budget overspent by half and one untouched are not a quarter left."""
    other = Selector("other_total", ())
    story = Story(
        declaration(
            objective("exhausted", target="0.9"),
            objective("healthy", indicator=CounterRatio("metrics", other, None, BAD)),
        )
    )
    for _ in range(30):
        labels = {"__name__": "other_total", "job": "api", "instance": "a:1"}
        story.source.add(labels, *((story.seconds + 7.5 + 15 * n, story.seconds + 15 * n) for n in range(4)))
        story.minute(good=51, bad=9)
    statuses = by_service(story.answers.statuses())["api"]
    assert statuses[0].budget.remaining == pytest.approx(-0.5)
    assert service_item(story.declared.services[0], statuses).state is State.CRITICAL


def test_a_source_that_stays_silent_over_a_restart_is_told_once() -> None:
    story = Story()
    story.minutes(30, good=60)
    story.source.failure = SourceUnreachable("no connection")
    story.minutes(12, good=60)
    for _ in range(3):
        story.start_engine()
        story.minutes(5, good=60)
        story.engine.declare(story.declared)
        story.minutes(8, good=60)
    story.source.failure = None
    story.minutes(2, good=60)
    assert [t.state for t in story.answers.alert_history("covet-sre/source/metrics", 10)] == ["inactive", "firing"]


def test_a_source_that_only_answers_expressions_is_not_silent() -> None:
    story = Story(declaration(objective(indicator=QueryRaw("metrics", "ratio", of_success=True))))
    story.source.define("ratio", {}, lambda _minute: 0.9995)
    story.minutes(30)
    assert story.answers.alert_history(None, 10) == []
    assert story.answers.sources()[0].silent_minutes == 0
    assert story.status.sli == pytest.approx(0.9995)


def test_expressions_count_once_a_minute_over_restarts_failures_and_history() -> None:
    """Each minute is one event of a threshold, whatever happens between."""
    indicator = QueryThreshold("metrics", "p95", Comparison.LT, 0.5)
    story = Story(declaration(objective(target="0.9", indicator=indicator)))
    story.source.define("p95", {}, lambda at: None if at < START - 20 else 0.7 if at % 10 == 3 else 0.2)
    story.minutes(10)
    story.source.failure = SourceUnreachable("no connection")
    story.minutes(7)
    story.start_engine()
    story.source.failure = None
    story.minutes(10)
    story.engine.fill_in_everything(lambda _done, _all: None)
    bad = sum(minute % 10 == 3 for minute in range(START - 20, START + 27))
    assert story.status.budget.counts == (bad, 47)


def test_partial_answers_count_nothing_and_are_read_again() -> None:
    story = Story()
    story.minutes(10, good=60)
    story.source.warnings = ("store gateway 3 did not answer",)
    story.minutes(12, good=55, bad=5)
    assert story.status.state is State.NO_DATA
    assert "store gateway 3" in story.status.cause
    assert story.status.budget.counts == (0, 600)
    story.source.warnings = ()
    story.minute(good=60)
    assert story.status.budget.counts == (60, 600 + 720 + 60)


def test_a_ratio_out_of_bounds_is_refused_and_not_counted() -> None:
    story = Story(declaration(objective(indicator=QueryRaw("metrics", "ratio", of_success=True))))
    story.source.define("ratio", {}, lambda _minute: 1.5)
    story.minutes(12)
    assert story.status.state is State.MISCONFIGURED
    assert "between 0 and 1" in story.status.cause
    assert story.status.budget is None


def test_more_good_events_than_events_are_misconfigured_and_not_perfect() -> None:
    story = Story(declaration(objective(indicator=CounterRatio("metrics", BAD, TOTAL, None))))
    story.minutes(20, good=60, bad=1)
    assert story.status.state is State.MISCONFIGURED
    assert "More good events" in story.status.cause


@pytest.mark.parametrize("days", [1, 40, 4000])
def test_a_clock_that_jumps_ahead_and_back_loses_nothing_and_hangs_nowhere(days: int) -> None:
    story = Story()
    story.minutes(200, good=60, bad=1)
    before, here = story.status.budget.counts, story.seconds
    story.seconds += days * 86_400
    assert story.engine.turn() <= 60
    assert story.status.at == int(story.seconds // 60)
    assert story.status.state is not State.OK
    for _ in range(30):
        story.seconds += 60
        story.engine.turn()
    story.seconds = here
    story.engine.turn()
    assert story.status.at == int(here // 60)
    story.engine.fill_in_everything(lambda _done, _all: None)
    assert story.status.budget.counts == before
    story.minutes(10, good=60)
    assert story.status.budget.counts == (before.bad, before.total + 600)


def test_samples_that_come_too_late_for_their_minutes_are_not_counted_again_from_history() -> None:
    """A store that lags shows nothing for ten minutes and then everything: counted as a gap, and only so."""
    story = Story()
    story.minutes(10, good=60)
    for _ in range(10):
        story.minute(good=58, bad=2, scraped=False)
    story.minutes(2, good=60)
    counts = story.status.budget.counts
    assert counts == (20, 22 * 60)
    for code, first, rate in (("200", 600, 58 / 4), ("500", 0, 2 / 4)):
        labels = {"__name__": "requests_total", "job": "api", "instance": "a:1", "code": code}
        for step in range(1, 40):
            story.source.add(labels, ((START + 10) * 60 + 15.0 * step, first + int(step * rate)))
    story.start_engine()
    story.engine.fill_in_everything(lambda _done, _all: None)
    assert story.status.budget.counts == counts


# ---------------------------------------------------------------- adjustments


def request(kind: AdjustmentKind, start: int, end: int, **changes: int) -> AdjustmentRequest:
    return AdjustmentRequest("availability", kind, START + start, START + end, "mara", "moving house", **changes)


def test_a_maintenance_window_is_left_out_and_the_unadjusted_number_stays() -> None:
    story = Story()
    story.minutes(20, good=60)
    story.minutes(10, good=30, bad=30)
    story.minutes(20, good=60)
    made = story.answers.adjust(request(AdjustmentKind.EXCLUDE, 20, 30))
    story.engine.turn()
    assert story.status.budget.counts == (0, 40 * 60)
    assert story.status.budget.raw == (300, 50 * 60)
    assert story.status.budget.remaining == 1
    hour = next(window for window in story.status.windows if window.minutes == 60)
    assert hour.counts == (0, 40 * 60)
    # Another one over half of it, and half of what was good before, leaves each minute out once.
    story.answers.adjust(request(AdjustmentKind.EXCLUDE, 15, 25))
    story.engine.turn()
    assert story.status.budget.counts == (0, 35 * 60)
    story.answers.revoke(made.identity, "mara", "it was the wrong house")
    story.engine.turn()
    assert story.status.budget.counts == (150, 40 * 60)
    with pytest.raises(Refused, match="revoked by mara"):
        story.answers.revoke(made.identity, "mara", "again")
    assert [(one.applies, one.author, one.reason) for one in story.answers.adjustments("availability")] == [
        (True, "mara", "moving house"),
        (False, "mara", "moving house"),
    ]


def test_a_correction_adds_and_takes_away_events_of_its_minute() -> None:
    story = Story()
    story.minutes(20, good=50, bad=10)
    story.answers.adjust(request(AdjustmentKind.CORRECT, 5, 6, bad=-40, total=-40))
    story.engine.turn()
    assert story.status.budget.counts == (160, 20 * 60 - 40)
    assert story.status.budget.raw == (200, 20 * 60)
    five = next(window for window in story.status.windows if window.minutes == 5)
    assert five.counts == (50, 300)


def test_an_excluded_outage_ends_its_alert_and_survives_a_restart() -> None:
    story = Story()
    story.minutes(60, good=60)
    story.until(lambda: "ErrorBudgetBurn1h" in story.firing(), most=5, good=30, bad=30)
    story.answers.adjust(request(AdjustmentKind.EXCLUDE, 60, 66))
    story.engine.turn()
    story.minutes(2, good=60)
    assert not story.firing()
    counts = story.status.budget.counts
    story.start_engine()
    assert story.status.budget.counts == counts
    assert counts.bad == 0


# ---------------------------------------------------------------- several sources


class Pair:
    """An engine over two sources, each with an SLO of its own."""

    def __init__(self) -> None:
        self.seconds = START * 60.0
        self.sources = {"left": ScriptedSource(), "right": ScriptedSource()}
        declared = [
            objective(name, indicator=CounterRatio(name, TOTAL, GOOD, None), target=str(Fraction(9, 10)))
            for name in self.sources
        ]
        self.declared = Declaration(
            (Service("api", "API", "", HERE),),
            tuple(DataSource(name, SourceKind.PROMETHEUS, (f"http://{name}",), HERE, 15) for name in self.sources),
            tuple(declared),
        )
        store = MemoryStore()
        self.answers = Answers(store, lambda: self.seconds)
        self.engine = Engine(store, lambda _: self.sources, lambda: self.seconds, self, self.answers.publish)
        self.answers.attach(self.engine)
        self.engine.declare(self.declared)
        self.engine.turn()

    def wait(self, seconds: float, stop: object) -> bool:
        return False

    def minutes(self, number: int) -> None:
        for _ in range(number):
            for _ in range(4):
                self.seconds += 15
                for source in self.sources.values():
                    for code, rate in (("200", 1), ("500", 0)):
                        labels = {"__name__": "requests_total", "job": "api", "instance": "a:1", "code": code}
                        source.add(labels, (self.seconds - 1, (self.seconds - START * 60) * rate))
            self.engine.turn()


@pytest.mark.parametrize(
    "failure",
    [SourceUnreachable("no connection"), SourceMisanswered("it answers a page of HTML", remedy="sign in")],
)
def test_a_failing_source_leaves_the_other_one_alone(failure: Exception) -> None:
    pair = Pair()
    pair.minutes(5)
    pair.sources["left"].failure = failure
    pair.minutes(15)
    left, right = pair.answers.statuses()
    assert (left.state, right.state) == (State.NO_DATA, State.OK)
    assert failure.problem in left.cause
    assert right.compliance.known_minutes >= 19
    assert [bool(one.last_error) for one in pair.answers.sources()] == [True, False]
    pair.sources["left"].failure = None
    pair.minutes(1)
    left, right = pair.answers.statuses()
    assert left.budget.counts == right.budget.counts
    assert left.compliance.known_minutes == right.compliance.known_minutes


def test_before_the_first_answer_every_slo_is_listed_as_unknown() -> None:
    pair = Pair()
    assert [status.state for status in pair.answers.statuses()] == [State.NO_DATA, State.NO_DATA]


def test_query_kinds_share_events_over_overlapping_windows_exactly() -> None:
    """With 30 seconds between scrapes the window is one minute: each minute's increase is that minute's events."""
    declared = declaration(objective(indicator=QueryRatio("metrics", "total[{{window}}]", None, "bad[{{window}}]")))
    story = Story(declared)
    story.source.define("total[1m]", {}, lambda _minute: 60.25)
    story.source.define("bad[1m]", {}, lambda _minute: 0.5)
    story.minutes(10)
    assert story.status.budget.counts == (5_000, 602_500)
    assert story.status.budget.allowed_events == pytest.approx(0.6025)
