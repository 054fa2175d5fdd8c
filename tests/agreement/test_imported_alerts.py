"""The alerts of imported SLOs fire as the rules do that Sloth and Pyrra make of the originals, over the same samples.

The rules are written here as those tools write them, with each recorded ratio in its place, and run by promtool.
"As" is what it is for our own rules: minute by minute, within six minutes.
"""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from covet_sre.slo.indicator import CounterRatio
from covet_sre.slo.objective import Objective
from covet_sre.spec import read_documents
from covet_sre.spec.importing.collection import Collection, ImportSettings
from covet_sre.spec.importing.paths import import_paths
from tests.agreement.histories import History, long_outage, slow_burn, total_outage
from tests.agreement.test_rules_agree_with_our_engine import disagreement
from tests.agreement.timelines import Timeline, _fired, _values, by_our_engine

pytestmark = [pytest.mark.slow, pytest.mark.prometheus]

SCRAPE_SECONDS = 15
BAD = 'requests_total{job="api",code="500"}'
ALL = 'requests_total{job="api"}'
SLOTH = f"""
version: prometheus/v1
service: api
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate({BAD}[{{{{.window}}}}]))
        total_query: sum(rate({ALL}[{{{{.window}}}}]))
    alerting: {{name: Burns}}
"""
PYRRA = f"""
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {{name: availability, namespace: api}}
spec:
  target: "99.9"
  window: WINDOW
  indicator: {{ratio: {{errors: {{metric: '{BAD}'}}, total: {{metric: '{ALL}'}}}}}}
"""
HISTORIES = {"a total outage": total_outage, "a long outage": long_outage, "a slow burn": slow_burn}


def ratio(window: str) -> str:
    return f"sum(rate({BAD}[{window}])) / sum(rate({ALL}[{window}]))"


def beyond(factor: float, *windows: str) -> str:
    return " and ".join(f"({ratio(window)} > ({factor:g} * 0.001))" for window in windows)


SLOTHS_RULES = {
    "page": (f"({beyond(14.4, '5m', '1h')}) or ({beyond(6, '30m', '6h')})", "0s"),
    "ticket": (f"({beyond(3, '2h', '1d')}) or ({beyond(1, '6h', '3d')})", "0s"),
}
PYRRAS_RULES = {
    "28d": {
        "ErrorBudgetBurn1h": (beyond(14, "5m", "1h"), "2m"),
        "ErrorBudgetBurn6h": (beyond(7, "30m", "6h"), "15m"),
        "ErrorBudgetBurn1d": (beyond(2, "2h", "1d"), "1h"),
        "ErrorBudgetBurn4d": (beyond(1, "6h", "4d"), "3h"),
    },
    "7d": {
        "ErrorBudgetBurn15m": (beyond(14, "1m", "15m"), "1m"),
        "ErrorBudgetBurn90m": (beyond(7, "8m", "90m"), "4m"),
        "ErrorBudgetBurn6h": (beyond(2, "30m", "6h"), "15m"),
        "ErrorBudgetBurn1d": (beyond(1, "90m", "1d"), "45m"),
    },
}


def imported(name: str, text: str, folder: Path) -> Objective:
    (folder / "original.yaml").write_text(text)
    into = Collection(ImportSettings("http://127.0.0.1:9090"))
    [objective] = read_documents(import_paths(name, [folder / "original.yaml"], into)).objectives
    assert isinstance(objective.indicator, CounterRatio)
    return replace(objective, indicator=replace(objective.indicator, source="metrics"))


def by_promtool(rules: dict[str, tuple[str, str]], history: History, folder: Path) -> Timeline:
    lines = [
        f"  - alert: {name}\n    expr: '{expression}'\n    for: {waiting}"
        for name, (expression, waiting) in rules.items()
    ]
    (folder / "a.rules.yaml").write_text("groups:\n- name: original\n  rules:\n" + "\n".join(lines) + "\n")
    series = "\n".join(
        f'  - series: \'requests_total{{job="api",instance="a:1",code="{code}"}}\'\n    values: \'{_values(values)}\''
        for code, values in (("200", history.good), ("500", history.bad))
    )
    expectations = "\n".join(
        f"  - {{expr: 'ALERTS{{alertstate=\"firing\"}}', eval_time: {minute}m}}"
        for minute in range(1, history.minutes(SCRAPE_SECONDS))
    )
    (folder / "a.test.yaml").write_text(
        "rule_files: [a.rules.yaml]\nevaluation_interval: 1m\ntests:\n"
        f"- interval: {SCRAPE_SECONDS}s\n  input_series:\n{series}\n  promql_expr_test:\n{expectations}\n"
    )
    done = subprocess.run(["promtool", "test", "rules", "a.test.yaml"], cwd=folder, capture_output=True, text=True)
    return _fired(done.stdout + done.stderr)


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
@pytest.mark.parametrize("window", PYRRAS_RULES)
def test_pyrras_alerts_fire_as_before(window: str, history, tmp_path: Path) -> None:
    samples = history()
    objective = imported("pyrra", PYRRA.replace("WINDOW", window), tmp_path)
    theirs = by_promtool(PYRRAS_RULES[window], samples, tmp_path)
    ours = by_our_engine(objective, samples, SCRAPE_SECONDS)
    assert set(ours) == set(theirs), "each alert fires in both, or in neither"
    assert theirs, "a history in which nothing fires proves nothing"
    for name in theirs:
        apart = disagreement(theirs[name], ours[name], samples.minutes(SCRAPE_SECONDS))
        assert not apart, (name, sorted(theirs[name]), sorted(ours[name]))


PAIRS = {"page": ("ErrorBudgetBurn1h", "ErrorBudgetBurn6h"), "ticket": ("ErrorBudgetBurn1d", "ErrorBudgetBurn3d")}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
def test_sloths_page_and_ticket_are_our_pairs_of_alerts_but_for_the_guards(history, tmp_path: Path) -> None:
    samples = history()
    guarded = imported("sloth", SLOTH, tmp_path)
    bare = replace(guarded, alerts=tuple(replace(alert, min_bad=0, confidence=None) for alert in guarded.alerts))
    theirs = by_promtool(SLOTHS_RULES, samples, tmp_path)
    without_guards, with_guards = (by_our_engine(each, samples, SCRAPE_SECONDS) for each in (bare, guarded))
    assert "ticket" in theirs, "a history in which nothing fires proves nothing"
    length = samples.minutes(SCRAPE_SECONDS)
    for severity, names in PAIRS.items():
        fired = theirs.get(severity, set())
        ours = {minute for name in names for minute in without_guards.get(name, set())}
        assert not disagreement(fired, ours, length), (severity, sorted(fired), sorted(ours))
        # The guards hold alerts back, and let none fire that would not.
        assert {minute for name in names for minute in with_guards.get(name, set())} <= ours
