"""The replay of a stretch of history, against the engine's own parts moved minute by minute over the same events."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.slo.alert_states import FIRING, AlertStates
from covet_sre.slo.burn import BurnAlert, Severity
from covet_sre.slo.indicator import Comparison
from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.minutes import Chunk, GapEntry, MinuteEvents
from covet_sre.slo.replay import Firing, WatchedAlert, replay
from covet_sre.slo.sums import WindowSums
from covet_sre.slo.verdict import Judge, Watch
from covet_sre.slo.window import RollingWindow

TABLE_START = 180 * 1000 + 77
STREAMS = 3

alerts = st.builds(
    BurnAlert,
    name=st.just("a"),
    severity=st.just(Severity.PAGE),
    threshold=st.sampled_from([0.0, 0.5, 1.0, 3.0, 14.4, 100.0]),
    long_minutes=st.sampled_from([5, 30, 60, 120]),
    short_minutes=st.sampled_from([None, 1, 2, 5]),
    op=st.sampled_from([Comparison.GTE, Comparison.GTE, Comparison.GT, Comparison.LTE, Comparison.LT]),
    for_minutes=st.sampled_from([0, 0, 1, 5, 30]),
    min_bad=st.sampled_from([0, 0, 5]),
    confidence=st.sampled_from([None, None, 0.5, 0.95]),
)
watched_alerts = st.builds(
    WatchedAlert,
    alert=alerts,
    stream=st.integers(0, STREAMS - 1),
    error_share=st.sampled_from([0.001, 0.01, 0.2, 1.0]),
    scale=st.sampled_from([1, 1000]),
)

# A history is made of stretches: (minutes, is it measured, bad events a minute, events a minute).
stretches = st.lists(
    st.tuples(
        st.integers(1, 90),
        st.sampled_from([True, True, True, False]),
        st.sampled_from([0, 0, 1, 7, 400, 2_000_000]),
        st.sampled_from([0, 1, 10, 1000, 2_000_000]),
    ),
    min_size=1,
    max_size=14,
)


@st.composite
def tables(draw: st.DrawFn) -> MinuteTable:
    rows, length = [], 0
    for stream in range(STREAMS):
        minute = TABLE_START
        for minutes, measured, bad, total in draw(stretches):
            if measured:
                # Sometimes more bad ones than events: clocks of two series may differ. It must not matter.
                rows += [(stream, minute + n, bad, total) for n in range(minutes)]
            minute += minutes
        length = max(length, minute - TABLE_START)
    gaps = []
    for stream in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, length - 1))
        end = draw(st.integers(start + 1, min(start + 40, length)))
        gaps.append(GapEntry(stream, TABLE_START + start, TABLE_START + end, 50, draw(st.sampled_from([50, 5000]))))
    end = TABLE_START + length
    return MinuteTable.of_events(TABLE_START, end, STREAMS, MinuteEvents.of(rows), gaps)


def by_the_engine(watched: list[WatchedAlert], table: MinuteTable, start: int) -> list[Firing]:
    """WindowSums, Judge and AlertStates: each minute is added, judged, and the states move on."""
    lengths = sorted({n for one in watched for n in (one.alert.long_minutes, one.short_minutes)})
    rows = {minutes: row for row, minutes in enumerate(lengths)}
    judge = Judge(
        [
            Watch(0, o.alert, o.stream, rows[o.alert.long_minutes], rows[o.short_minutes], o.error_share, o.scale)
            for o in watched
        ]
    )
    sums = WindowSums(
        [RollingWindow(minutes) for minutes in lengths],
        table.start,
        lambda number: Chunk.empty(number, STREAMS),
        lambda _first, _last: np.zeros((3, STREAMS), np.int64),
        (),
    )
    states = AlertStates.inactive(len(watched), start)
    began: dict[int, int] = {}
    firings = []
    for moment in range(table.start + 1, table.end + 1):
        place = moment - 1 - table.start
        here = np.flatnonzero(table.known[:, place])
        columns = (here, np.full(len(here), moment - 1), table.bad[here, place], table.total[here, place])
        events = MinuteEvents(*(np.asarray(column, np.int64) for column in columns))
        sums.prepare(moment, events)
        sums.advance(moment, events, [gap for gap in table.gaps if gap.end == moment])
        if moment <= start:
            continue
        before, states = states, states.after(judge.judge(sums.values), judge.for_minutes, moment)
        for number in states.changed_from(before).tolist():
            if states.state[number] == FIRING:
                began[number] = moment
            elif before.state[number] == FIRING:
                firings.append(Firing(number, began.pop(number), moment))
    firings += [Firing(number, moment, None) for number, moment in began.items()]
    return sorted(firings, key=lambda firing: (firing.watched, firing.start))


@settings(max_examples=200, deadline=None)
@given(watched=st.lists(watched_alerts, min_size=1, max_size=6), table=tables(), lead_in=st.integers(0, 90))
def test_the_replay_fires_when_the_engine_fires(watched, table, lead_in) -> None:
    start = min(table.start + lead_in, table.end - 1)
    assert replay(watched, table, start) == by_the_engine(watched, table, start)


@given(table=tables())
def test_a_stream_of_its_own_is_replayed_as_it_is_among_others(table) -> None:
    alert = BurnAlert("a", Severity.PAGE, 1.0, 30, 5)
    together = replay([WatchedAlert(alert, number, 0.01) for number in range(STREAMS)], table, table.start)
    for number in range(STREAMS):
        alone = replay([WatchedAlert(alert, number, 0.01)], table, table.start)
        assert alone == [replace(one, watched=0) for one in together if one.watched == number]


def outage(minutes: int, first: int, last: int) -> MinuteTable:
    """A thousand events a minute; from `first` to before `last` all are bad."""
    rows = [(0, minute, 1000 * (first <= minute < last), 1000) for minute in range(minutes)]
    return MinuteTable.of_events(0, minutes, 1, MinuteEvents.of(rows))


def test_a_total_outage_fires_at_once_and_ends_when_the_short_window_is_clean_enough() -> None:
    alert = WatchedAlert(BurnAlert("a", Severity.PAGE, 14.4, 60, 5), 0, 0.001)
    assert replay([alert], outage(400, 200, 230), 100) == [Firing(0, 201, 235)]


def test_an_alert_that_still_fires_at_the_end_has_no_end() -> None:
    alert = WatchedAlert(BurnAlert("a", Severity.PAGE, 14.4, 60, 5), 0, 0.001)
    assert replay([alert], outage(230, 200, 230), 100) == [Firing(0, 201, None)]


def test_what_happened_in_the_lead_in_is_in_the_windows_and_no_episode_of_its_own() -> None:
    alert = WatchedAlert(BurnAlert("a", Severity.PAGE, 14.4, 60), 0, 0.001)
    assert replay([alert], outage(300, 100, 110), 150) == [Firing(0, 151, 170)]
    assert replay([alert], outage(300, 100, 110), 200) == []


@pytest.mark.parametrize("waits", [0, 1, 10])
def test_an_alert_waits_its_minutes(waits: int) -> None:
    alert = WatchedAlert(BurnAlert("a", Severity.PAGE, 1, 1, for_minutes=waits), 0, 0.001)
    [firing] = replay([alert], outage(400, 200, 230), 100)
    assert (firing.start, firing.end) == (201 + waits, 231)


def test_progress_counts_streams() -> None:
    heard: list[int] = []
    alert = BurnAlert("a", Severity.PAGE, 1, 5)
    table = MinuteTable.of_events(0, 10, 2, MinuteEvents.of([(0, 1, 0, 1), (1, 1, 0, 1)]))
    replay(
        [WatchedAlert(alert, 0, 0.1), WatchedAlert(alert, 1, 0.1), WatchedAlert(alert, 0, 0.2)], table, 5, heard.append
    )
    assert heard == [1, 2]
