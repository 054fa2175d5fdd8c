"""The numbers of the rules, asked of a live Prometheus over the raw samples, against an exact recount of them."""

import random
import re
from collections.abc import Callable

import pytest

from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.prometheus.rules.objectives import groups, subject_of
from covet_sre.integrations.prometheus.rules.rule import Recording
from covet_sre.slo.indicator import CounterRatio
from servers.prometheus import PrometheusServer
from tests.agreement.histories import SCRAPES, History, of_seed
from tests.engine.story import BAD, START, TOTAL, objective

pytestmark = pytest.mark.prometheus

BEGIN_SECONDS = START * 60
SCRAPE_SECONDS = 60 // SCRAPES
# Scrapes do not fall on whole minutes in the field: increase() must extrapolate.
OFFSET_SECONDS = 4

COUNTS = re.compile(r"(covet:slo_(?:errors|events)_increase\w+)\{[^}]*\}(?:\[(\w+)\])?")


def exposed(history: History) -> str:
    lines = ["# TYPE requests_total unknown"]
    for code, values in (("200", history.good), ("500", history.bad)):
        series = f'requests_total{{job="api",instance="a:1",code="{code}"}}'
        for number, value in enumerate(values):
            if value is not None:
                lines.append(f"{series} {value:g} {BEGIN_SECONDS + number * SCRAPE_SECONDS + OFFSET_SECONDS}")
    return "\n".join([*lines, "# EOF", ""])


def expressions() -> dict[str, str]:
    """Every recording rule by its name, with what it asks of others written out down to the counters."""
    tried = objective(indicator=CounterRatio("metrics", TOTAL, None, BAD))
    found: dict[str, str] = {}

    def written_out(one: re.Match[str]) -> str:
        """A range over recorded samples is a subquery over what they were recorded from, every minute."""
        return f"({found[one[1]]})" + (f"[{one[2]}:1m]" if one[2] else "")

    for group in groups(subject_of(tried, ()), "30d"):
        for rule in group.rules:
            if isinstance(rule, Recording):
                found[rule.name] = COUNTS.sub(written_out, rule.expression.text)
    return found


def counted(values: list[float | None], begin_seconds: float, end_seconds: float) -> float:
    """Events between the scrapes of a stretch, resets included: the plainest sum."""
    total, last = 0.0, None
    for number, value in enumerate(values):
        at = BEGIN_SECONDS + number * SCRAPE_SECONDS + OFFSET_SECONDS
        if value is None:
            continue
        if last is not None and begin_seconds < at <= end_seconds:
            total += value - last if value >= last else value
        last = value
    return total


def bounds(history: History, begin: float, end: float) -> tuple[float, float] | None:
    """Between which error ratios the rules' may lie; None where there may be too few events to have one.

    What is derived from five minutes smears the edges of a longer window by as much: the events around its edges may
    be in it or not. The five minutes themselves miss what lies between the last scrape before and the first within.
    """
    smear = 300 if end - begin > 300 else 2 * SCRAPE_SECONDS

    def unsure(values: list[float | None]) -> float:
        return sum(counted(values, edge - smear, edge + smear) for edge in (begin, end))

    bad, good = (counted(values, begin, end) for values in (history.bad, history.good))
    bad_edge, good_edge = unsure(history.bad), unsure(history.good)
    least, most = max(bad - bad_edge, 0), bad + bad_edge
    if bad + good <= bad_edge + good_edge:
        return None
    return 0.98 * least / (least + good + good_edge), 1.02 * most / max(most + good - good_edge, most, 1)


@pytest.mark.parametrize("seed", [21, 22])
def test_every_window_has_the_error_ratio_of_an_exact_recount(
    seed: int, prometheus: Callable[..., PrometheusServer]
) -> None:
    history = of_seed(seed)
    source = PrometheusSource(prometheus(history=exposed(history)).url)
    asked, compared, seen = expressions(), 0, set[bool]()
    for minute in sorted(random.Random(seed).sample(range(400, history.minutes()), 60)):
        end = BEGIN_SECONDS + minute * 60
        for label, minutes in {"5m": 5, "30m": 30, "1h": 60, "2h": 120, "6h": 360}.items():
            expected = bounds(history, end - minutes * 60, end)
            answer = source.api.query(asked[f"covet:slo_error_ratio_rate{label}"], end)["result"]
            if expected is None:
                continue
            assert len(answer) == 1, (minute, label)
            ratio = float(answer[0]["value"][1])
            assert expected[0] <= ratio <= expected[1], (minute, label)
            compared += 1
            seen.add(ratio > 0.01)
    source.close()
    assert compared > 150
    assert seen == {False, True}
