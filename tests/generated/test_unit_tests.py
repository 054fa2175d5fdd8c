"""Generated unit tests: Prometheus' own promtool passes them on our rules, and fails them on rules that are broken."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.prometheus.rules import RULES
from covet_sre.integrations.prometheus.unit_tests import UNIT_TESTS
from covet_sre.integrations.prometheus.unit_tests.example_text import accepted_text, matching_texts
from covet_sre.integrations.prometheus.unit_tests.input_series import InputSeries, series_for
from covet_sre.integrations.prometheus.unit_tests.scenarios import NO_DATA, OUTAGE
from covet_sre.slo.indicator import CounterRatio, Matcher, MatchOp, Selector
from tests.generated.declared import declared, every_kind, handbook, slo


def tried(declaration: Declaration, folder: Path, change: Callable[[str], str] = lambda text: text) -> str:
    """What promtool says of the generated tests, on the generated rules after a change of their text."""
    for name, text in RULES.generate(declaration).files.items():
        changed = change(text)
        (folder / name).write_text(changed)
    tests = UNIT_TESTS.generate(declaration).files
    for name, text in tests.items():
        (folder / name).write_text(text)
    done = subprocess.run(["promtool", "test", "rules", *tests], cwd=folder, capture_output=True, text=True)
    assert (done.returncode == 0) == ("FAILED" not in done.stdout + done.stderr), done.stderr
    return "passed" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.prometheus
@pytest.mark.parametrize("declaration", [handbook(), every_kind()], ids=["the handbook", "every kind"])
def test_promtool_passes_them(declaration: Declaration, tmp_path: Path) -> None:
    assert tried(declaration, tmp_path) == "passed"


def test_every_story_of_the_issue_is_told() -> None:
    (text,) = UNIT_TESTS.generate(declared(slo("availability"))).files.values()
    names = re.findall(r'- name: "(.*)"', text)
    assert [name.split(":")[0].split(" at ")[0] for name in names] == [
        "a total outage, and the recovery",
        *["a steady burn"] * 5,
        "an idle night",
        "a restart of the service",
        "the service is not scraped for a while",
        "nothing was ever bad",
    ]


def test_every_default_alert_is_shown_to_fire_and_to_end() -> None:
    generated = UNIT_TESTS.generate(declared(slo("availability")))
    assert generated.remarks == ()
    (text,) = generated.files.values()
    outage = text[text.index(OUTAGE.name) : text.index("a steady burn")]
    firing = [set(re.findall(r'alertname=\\"(\w+)\\"', check)) for check in outage.split("- expr:")[1:]]
    for alert in ("ErrorBudgetBurn1h", "ErrorBudgetBurn6h", "ErrorBudgetBurn1d", "ErrorBudgetBurn3d"):
        fires = [alert in names for names in firing]
        assert True in fires
        assert False in fires[fires.index(True) :], f"{alert} ends"
    assert "SLODataMissing" in text[text.index(NO_DATA.name) :]


BREAKAGES: dict[str, tuple[str, str]] = {
    "a threshold ten times too high": (r"\b0\.0144\b", "0.144"),
    "a threshold far too low": (r"\b0\.006\b", "0.0000001"),
    "alerts joined over labels that differ": (
        r"and covet:slo_error_ratio_rate5m\{[^}]*\}",
        'and covet:slo_error_ratio_rate5m{slo="x"}',
    ),
    "a long window that is short": (r"(ratio_rate6h\n +expr: \|-\n +.*)\[6h\]", r"\1[5m]"),
    "no guard for missing series": (r" or 0 \* sum\(increase\(requests_total\[5m\]\)\)", ""),
    "no guard for idle minutes": (r"/ \((covet:slo_events_increase5m\{[^}]*\}) > 0\)", r"/ \1"),
    "no alert on missing data": (r"absent\(([^)]*)\)", r"(\1 < 0)"),
    "a wrong metric": (r"requests_total\{code", "request_total{code"),
    "the short window left out": (r"\n +and covet:slo_error_ratio_rate6h\{[^}]*\} >= 0\.001", ""),
}


@pytest.mark.slow
@pytest.mark.prometheus
@pytest.mark.parametrize("way", list(BREAKAGES))
def test_broken_rules_fail_them(way: str, tmp_path: Path) -> None:
    pattern, replacement = BREAKAGES[way]

    def breaking(text: str) -> str:
        broken, times = re.subn(pattern, replacement, text)
        assert times, "the breakage touches nothing"
        return broken

    assert "FAILED" in tried(declared(slo("availability")), tmp_path, breaking)


def test_what_cannot_be_fed_is_remarked_and_not_passed_over() -> None:
    odd = (
        "{ratioMetric: {counter: true, bad: {metricSource: {spec: {query: 'requests_total{code=~\"(?i)x.*\"}'}}}, "
        "total: {metricSource: {spec: {query: 'requests_total{code=~\"(?i)x.*|y\"}'}}}}}"
    )
    generated = UNIT_TESTS.generate(declared(slo("odd", odd)))
    assert generated.files == {}
    assert [remark.code for remark in generated.remarks] == ["target-cannot"]
    assert "not tried" in generated.remarks[0].problem


# ---------------------------------------------------------------- inputs


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("5..", "500"),
        ("2..|3..", "200"),
        ("[45][0-9]{2}", "400"),
        ("4\\d\\d", "455"),
        ("GET|POST", "GET"),
        ("/api/.*", "/api/0"),
        (".+", "0"),
        ("(a|b)c?", "ac"),
        ("(?:x)+y", "xy"),
        ("a\\.b", "a.b"),
    ],
)
def test_a_usual_regular_expression_has_an_example(pattern: str, text: str) -> None:
    assert next(matching_texts(pattern)) == text


@given(st.text(alphabet="ab.|()[]?*+{}12,\\d^$-", max_size=12))
def test_examples_match_or_are_none(pattern: str) -> None:
    for text in matching_texts(pattern):
        assert re.compile(pattern, re.DOTALL).fullmatch(text)


MATCHERS = st.builds(
    Matcher,
    st.sampled_from(["code", "job", "le"]),
    st.sampled_from(list(MatchOp)),
    st.sampled_from(["200", "500", "5..", "2..|4..", "api", ".+", "", "0.5"]),
)


@given(st.lists(MATCHERS, max_size=3), st.lists(MATCHERS, max_size=2), st.booleans(), st.booleans())
def test_series_are_counted_as_what_they_are(total: list[Matcher], more: list[Matcher], bad: bool, same: bool) -> None:
    whole = Selector("requests_total", tuple(total))
    part = Selector("requests_total" if same else "other_total", (*total, *more) if same else tuple(more))
    ratio = CounterRatio("metrics", whole, None if bad else part, part if bad else None)
    series = series_for([ratio])
    if series is None:
        return
    for events in ((7, 0), (0, 3), (11, 5)):
        assert counted(series, whole, *events) == sum(events)
        assert counted(series, part, *events) == events[bad]


def counted(series: list[InputSeries], selector: Selector, good_events: int, bad_events: int) -> int:
    selected = [one for one in series if one.metric == selector.metric and selector.accepts(dict(one.labels))]
    return sum(one.counts.of(good_events, bad_events) for one in selected)


def test_a_value_is_found_that_one_matcher_accepts_and_another_refuses() -> None:
    job, code = Matcher("code", MatchOp.MATCHES, "[25].."), Matcher("code", MatchOp.MATCHES, "5..")
    assert accepted_text([job], refused_by=code) == "200"
    assert accepted_text([code], refused_by=job) is None
