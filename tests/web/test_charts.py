"""The geometry of charts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.web.charts.axis import TimeAxis, ValueAxis, decimals
from covet_sre.web.charts.line_chart import Level, Plan, Series, Span, draw
from covet_sre.web.charts.sparkline import sparkline

START = 29_000_000


def plan(points: list[tuple[int, float | None]], **more: object) -> Plan:
    fields: dict[str, object] = {
        "identity": "a",
        "title": "A",
        "summary": "",
        "time": TimeAxis(START, START + 100),
        "values": ValueAxis(0.0, 1.0, 0.25),
        "series": (Series("a", points),),
        "write": str,
        "write_mark": str,
    }
    return Plan(**{**fields, **more})  # type: ignore[arg-type]


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_a_value_axis_holds_what_it_was_made_around_with_few_round_marks(low: float, length: float):
    high = low + length
    if not high > low:
        return
    axis = ValueAxis.around(low, high)
    slack = axis.step * 1e-6
    assert axis.low <= low + slack
    assert axis.high >= high - slack
    assert 2 <= len(axis.values()) <= 8


@given(st.integers(1, 60 * 1440))
def test_times_on_an_axis_are_few_and_in_order(length: int):
    ticks = TimeAxis(START, START + length).ticks()
    assert len(ticks) <= 8
    places = [tick.place for tick in ticks]
    assert places == sorted(set(places))
    assert all(0 <= place <= 1 for place in places)


@pytest.mark.parametrize(("step", "digits"), [(1, 0), (0.5, 1), (0.25, 2), (2.5, 1), (0.001, 3), (20, 0)])
def test_marks_have_as_many_decimals_as_tell_them_apart(step: float, digits: int):
    assert decimals(step) == digits


def test_an_unknown_value_breaks_the_line_and_is_a_row_of_the_table():
    chart = draw(plan([(START, 0.5), (START + 10, 1.0), (START + 20, None), (START + 30, 0.0), (START + 40, 0.5)]))
    assert chart.lines[0].path == "M0.0,500.0 100.0,0.0 M300.0,1000.0 400.0,500.0"
    assert [row.cells[0].text for row in chart.rows] == ["0.5", "1.0", "unknown", "0.0", "0.5"]
    assert chart.rows[2].cells[0].y == ""


def test_a_lone_value_between_unknown_ones_can_be_seen():
    chart = draw(plan([(START, None), (START + 50, 0.5), (START + 100, None)]))
    assert chart.lines[0].path == "M500.0,500.0 502.0,500.0"


def test_a_chart_without_values_says_so():
    assert draw(plan([(START, None)], empty="nothing here")).empty == "nothing here"
    assert draw(plan([], empty="nothing here")).empty == "nothing here"
    assert draw(plan([(START, 0.0)])).empty == ""


def test_a_threshold_outside_the_picture_is_left_out():
    chart = draw(plan([(START, 0.5)], levels=(Level(0.9, "in"), Level(14.4, "out"))))
    assert [rule.label for rule in chart.rules] == ["in"]


def test_bands_are_cut_at_the_ends_and_left_out_beyond_them():
    spans = (Span(START - 50, START + 25, "simulated"), Span(START + 200, START + 300, "unknown"))
    chart = draw(plan([(START, 0.5)], spans=spans))
    assert [(band.x, band.width) for band in chart.bands] == [("0.00%", "25.00%")]
    assert chart.has_simulated
    assert not chart.has_unknown


def test_a_sparkline_needs_two_known_values_and_marks_where_the_budget_is_spent():
    assert sparkline([]) is None
    assert sparkline([None, 0.4, None]) is None
    whole = sparkline([1.0, 0.5])
    assert whole is not None
    assert whole.path == "M0.0,2.0 96.0,12.0"
    assert whole.zero is None
    overspent = sparkline([1.0, -1.0])
    assert overspent is not None
    assert overspent.zero == "12.0"
