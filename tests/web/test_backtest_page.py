"""The page of a backtest: it stands alone, tells what the outcomes tell, and is safe whatever things are called."""

import re
from dataclasses import replace

from tests.budget.test_backtest import FAST, SHOP, TICKET, record

from covet_sre.budget.backtest import TriedPolicy, backtest
from covet_sre.budget.incident import Incident
from covet_sre.budget.suggesting import propose
from covet_sre.flows.backtesting import Trial
from covet_sre.web.backtest_page import MOST_OBJECTIVES, backtest_html, backtest_page
from covet_sre.web.charts.axis import TimeAxis
from covet_sre.web.charts.lanes import Stretch, draw_lanes

HOSTILE = '<script>alert("x")</script>'


def trial(*objectives, incidents=None, suggest: bool = False, name: str = "tried") -> Trial:
    chosen = objectives or (SHOP,)
    measured = record(3, (1500, 1530, 1000), (3000, 3010, 300), start=1440)
    policy = TriedPolicy(name, "a title", ((FAST, TICKET),) * len(chosen))
    return Trial(
        record=measured,
        source="a source",
        policies=(policy,),
        outcomes=tuple(backtest(chosen, [policy], measured, incidents)),
        incidents=incidents,
        proposals=(propose(SHOP, 43200, measured, incidents, 2),) if suggest else (),
        remarks=("a remark",),
    )


def test_the_page_asks_nobody_for_anything_and_has_no_script() -> None:
    html = backtest_html(trial())
    assert "<script" not in html
    assert not re.findall(r"(?:src|href)=\"(?!#)", html)
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html


def test_the_page_is_dark_where_people_like_it_dark() -> None:
    assert "light-dark(" in backtest_html(trial())
    assert '<meta name="color-scheme" content="light dark">' in backtest_html(trial())


def test_names_from_outside_are_text() -> None:
    evil = replace(SHOP, name=HOSTILE, service=HOSTILE)
    incidents = (Incident(1500, 1530, HOSTILE),)
    html = backtest_html(trial(evil, incidents=incidents, name=HOSTILE))
    assert HOSTILE not in html
    assert html.count("&lt;script&gt;") >= 4


def test_every_notice_has_a_row_and_a_bar() -> None:
    told = trial(incidents=(Incident(1500, 1530, "outage"),))
    page = backtest_page(told)
    [section] = page.sections
    assert len(section.notices) == len(told.outcomes[0].notices)
    lanes = {lane.label: lane for lane in section.lanes.lanes}
    assert len(lanes["tried"].bars) == len(told.outcomes[0].notices)
    assert len(lanes["known incidents"].bars) == 1
    assert len(lanes["errors above the target"].bars) == 2


def test_each_chart_has_a_table_of_its_values() -> None:
    [section] = backtest_page(trial()).sections
    for chart in (section.budget, section.burn):
        assert len(chart.rows) > 100
    html = backtest_html(trial())
    assert html.count("Table of values") == 2


def test_a_short_outage_is_on_the_burn_chart_with_its_height() -> None:
    [section] = backtest_page(trial()).sections
    # 30 minutes of 100 % in an hour: 500 times what 99.9 % allows.
    assert any(cell.text == "500×" for row in section.burn.rows for cell in row.cells)


def test_proposals_come_with_their_reasons_and_lines() -> None:
    html = backtest_html(trial(suggest=True), ["the: lines"])
    assert "Suggested for shop" in html
    assert "the: lines" in html


def test_of_very_many_objectives_the_loudest_are_plotted_and_all_are_in_the_table() -> None:
    many = [replace(SHOP, name=f"shop-{number}") for number in range(MOST_OBJECTIVES + 3)]
    page = backtest_page(trial(*many))
    assert (len(page.sections), page.left_out) == (MOST_OBJECTIVES, 3)
    assert len(page.rows) == len(many) + 1
    assert page.rows[-1].is_sum


def test_a_bar_of_a_minute_can_be_seen_and_stays_in_the_picture() -> None:
    lanes = draw_lanes("x", "", "", TimeAxis(0, 43200), [("a", [Stretch(43199, 43200, "lane-page", "")])])
    [bar] = lanes.lanes[0].bars
    assert float(bar.width.rstrip("%")) >= 0.25
    assert float(bar.x.rstrip("%")) + float(bar.width.rstrip("%")) <= 100.001
