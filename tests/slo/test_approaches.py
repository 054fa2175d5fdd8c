"""The built-in policies: the workbook's figures, and the table of the documentation computed by the replay itself."""

from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest

from covet_sre.slo.approaches import APPROACHES
from covet_sre.slo.burn import multi_window_alerts
from covet_sre.units import format_minutes
from tests.slo.workbook import MONTH, Told, tell, until_detected

PAGE = (Path(__file__).parents[2] / "docs" / "choosing-an-alert-policy.md").read_text()

# The Site Reliability Workbook, chapter 5: approaches 1 to 6 at 99.9 % over 30 days.
WORKBOOK = {
    "target-rate": [("page", 1.0, 10, None, 0)],
    "long-window": [("page", 1.0, 36 * 60, None, 0)],
    "duration": [("page", 1.0, 1, None, 60)],
    "burn-rate": [("page", 36.0, 60, None, 0)],
    "multi-burn-rate": [("page", 14.4, 60, None, 0), ("page", 6.0, 360, None, 0), ("ticket", 1.0, 4320, None, 0)],
    "multi-window": [("page", 14.4, 60, 5, 0), ("page", 6.0, 360, 30, 0), ("ticket", 1.0, 4320, 360, 0)],
}


@pytest.mark.parametrize("name", WORKBOOK)
def test_an_approach_has_the_workbooks_windows_and_thresholds(name: str) -> None:
    alerts = APPROACHES[name].alerts(MONTH)
    rows = [(a.severity.value, a.threshold, a.long_minutes, a.short_minutes, a.for_minutes) for a in alerts]
    assert rows == WORKBOOK[name]
    assert all(alert.min_bad == 0 and alert.confidence is None for alert in alerts)


def test_the_default_is_what_every_slo_has() -> None:
    assert APPROACHES["default"].alerts(MONTH) == multi_window_alerts(MONTH)


def test_what_stands_for_a_share_of_the_budget_is_worked_out_for_other_budgets() -> None:
    week = 7 * 1440
    assert APPROACHES["long-window"].alerts(week)[0].long_minutes == 504
    assert APPROACHES["burn-rate"].alerts(week)[0].threshold == pytest.approx(8.4)
    assert [alert.threshold for alert in APPROACHES["multi-window"].alerts(week)] == pytest.approx(
        [3.36, 1.4, 7 / 30], abs=1e-6
    )
    assert APPROACHES["target-rate"].alerts(week) == APPROACHES["target-rate"].alerts(MONTH)


def test_a_window_as_long_as_the_budgets_is_left_out() -> None:
    assert [alert.long_minutes for alert in APPROACHES["multi-window"].alerts(1440)] == [60, 360]


def test_names_of_alerts_are_unique_within_an_approach() -> None:
    for approach in APPROACHES.values():
        names = [alert.name for alert in approach.alerts(MONTH)]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "burn", "window"),
    [("target-rate", 1, 10), ("long-window", 1, 2160), ("burn-rate", 36, 60), ("multi-window", 14.4, 60)],
)
@pytest.mark.parametrize("ratio", [Fraction(1), Fraction(15, 100)])
def test_detection_takes_as_long_as_the_workbooks_formula_says(
    name: str, burn: float, window: int, ratio: Fraction
) -> None:
    # Detection = (1 - target) / error ratio * window * burn rate; we look once a minute.
    formula = Fraction(1, 1000) / ratio * window * Fraction(str(burn))
    assert tell(name, ratio, 2 * 1440).detection == max(ceil(formula), 1)


def test_the_times_that_the_workbook_tells_in_words() -> None:
    # A total outage: 36 hours of firing for approach 2, 58 minutes to reset for approach 4.
    assert until_detected("long-window", Fraction(1)).reset == pytest.approx(36 * 60, abs=3)
    assert until_detected("burn-rate", Fraction(1)).reset == 58
    # Approach 3 takes an hour, in which a total outage spends 140 % of the budget.
    outage = tell("duration", Fraction(1), 2 * 1440)
    assert (outage.detection, round(float(outage.gone or 0), 1)) == (61, 1.4)
    # Approach 6: 15 % for 10 minutes is told after 5 minutes and over 5 minutes later, not an hour.
    assert tell("multi-window", Fraction(15, 100), 10) == Told(6, 5, Fraction(1, 48))
    assert tell("multi-burn-rate", Fraction(15, 100), 10).reset == 55


def in_words(minutes: int | None) -> str:
    if minutes is None:
        return "–"
    hours, left = divmod(minutes, 60)
    parts = [f"{hours} h" * bool(hours), f"{left} min" * bool(left)]
    return " ".join(part for part in parts if part)


def rows_of_the_page(head: str) -> list[list[str]]:
    lines = iter(PAGE.splitlines())
    next(line for line in lines if line.startswith(head))
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


def test_the_table_of_detection_and_reset_times_is_what_the_replay_computes() -> None:
    computed = []
    for name in APPROACHES:
        total = until_detected(name, Fraction(1))
        row = [name, in_words(total.detection), in_words(total.reset), f"{float(total.gone or 0) * 100:.3g} %"]
        for ratio, minutes in ((Fraction(15, 100), 10), (Fraction(2, 100), 120), (Fraction(7, 1000), 720)):
            told = tell(name, ratio, minutes)
            row += [in_words(told.detection), in_words(told.reset)]
        computed.append(row)
    assert rows_of_the_page("| policy | total outage: paged") == computed


def test_the_table_of_policies_is_that_of_the_product() -> None:
    def told(name: str) -> list[str]:
        alerts = APPROACHES[name].alerts(MONTH)
        return [
            ", ".join(
                f"{a.severity.value} {a.threshold:g} over {format_minutes(a.long_minutes)}"
                + (f" and {format_minutes(a.short_minutes)}" if a.short_minutes else "")
                + (f" for {format_minutes(a.for_minutes)}" if a.for_minutes else "")
                for a in alerts
            )
        ]

    assert rows_of_the_page("| policy | burn rates at a budget of 30 days |") == [[n, *told(n)] for n in APPROACHES]
