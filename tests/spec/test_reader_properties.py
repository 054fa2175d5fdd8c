"""Whatever the text: a Declaration or InvalidFiles, never another exception, and places that exist."""

import re

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covet_sre.errors import InvalidFiles, Level
from covet_sre.flows.declaration import Declaration
from covet_sre.slo.burn import Severity
from covet_sre.spec import read_documents

# The line breaks of libyaml, by which its lines are counted.
BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

KNOWN = """
    apiVersion kind metadata spec name displayName annotations labels service indicator indicatorRef ratioMetric counter
    good bad total raw rawType thresholdMetric metricSource metricSourceRef type query objectives target targetPercent
    timeWindow duration isRolling calendar startTime timeZone budgetingMethod Occurrences Timeslices timeSliceWindow
    timeSliceTarget openslo/v1 covet-sre/v1 SLO SLI Service DataSource AlertPolicy AlertCondition ErrorBudgetPolicy
    alertPolicies conditions conditionRef condition threshold lookbackWindow op severity tiers above state actions 30d
    5m 1M burnrate prometheus scrape connectionDetails url targets interval covet-sre/sli covet-sre/breakdown
    Team Schedule EscalationPolicy BusinessHours SeverityPolicy InhibitRule NotificationTarget members contacts page
    layers people starts handOver only overrides replace by add remove from to steps notify after repeat catchAll levels
    P0 P1 respondWithin immediately sourceMatchers equal settings pagerduty slack inbox covet-sre/team ann ben platform
"""
WORDS = st.sampled_from(KNOWN.split())
QUERIES = ["requests_total", 'x{le="0.50"}', "sum(x[{{window}}])", "x{a=~'('}", "http://[::1", "9" * 30 + "Y"]
SCALARS = st.one_of(
    WORDS,
    st.sampled_from(QUERIES),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.just(10**400),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=15,
)
PATHS = st.lists(st.integers(0, 30), min_size=1, max_size=8)


def check(text):
    """Read it; every finding of it must point into it and say what to do."""
    try:
        declaration = read_documents({"a.yaml": text})
        assert isinstance(declaration, Declaration)
        findings = declaration.warnings
        assert all(finding.level is Level.WARNING for finding in findings)
    except InvalidFiles as invalid:
        findings = invalid.findings
        assert findings[0].level is Level.ERROR
    lines = BREAKS.split(text)
    for finding in findings:
        place = finding.location
        assert finding.problem
        assert finding.remedy
        assert len(str(finding)) < 2000
        assert "\n" not in finding.problem
        if place.line:
            assert 1 <= place.line <= len(lines), str(finding)
            assert 1 <= place.column <= len(lines[place.line - 1]) + 1, str(finding)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    check(text)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,? \n\t0.~<", max_size=60))
def test_any_yaml_punctuation_is_read_or_refused(text):
    check(text)


@given(VALUES)
def test_any_values_are_read_or_refused(value):
    check(yaml.safe_dump(value))


def mutate(node, path, value):
    """Put `value` at the place that the numbers of `path` lead to."""
    while True:
        keys = list(node) if isinstance(node, dict) else range(len(node))
        if not keys:
            return
        key = keys[path[0] % len(keys)]
        path = path[1:]
        if not path or not isinstance(node[key], dict | list):
            node[key] = value
            return
        node = node[key]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=st.lists(st.tuples(PATHS, VALUES), min_size=1, max_size=3))
def test_valid_files_with_anything_changed_are_read_or_refused(files, changes):
    documents = yaml.load_all(files.text, Loader=yaml.CSafeLoader)
    root = {str(index): document for index, document in enumerate(documents)}
    for path, value in changes:
        mutate(root, path, value)
    check(yaml.dump_all(list(root.values()), Dumper=yaml.CSafeDumper, sort_keys=False))


@given(st.binary(max_size=300))
def test_any_bytes_in_a_file_are_read_or_refused(tmp_path_factory, content):
    from covet_sre.spec import read_paths

    path = tmp_path_factory.mktemp("files") / "a.yaml"
    path.write_bytes(content)
    try:
        read_paths([path])
    except InvalidFiles as invalid:
        assert all(finding.location.file == str(path) for finding in invalid.findings)


@given(st.decimals(min_value=0, max_value=1, places=9).filter(lambda share: share < 1))
def test_a_target_is_the_exact_fraction_of_its_decimals(files_text, share):
    from fractions import Fraction

    declaration = read_documents({"a.yaml": files_text.replace("target: 0.999", f"target: {share:f}")})
    (objective,) = declaration.objectives
    assert objective.target == Fraction(str(share))
    assert {alert.severity for alert in objective.alerts} <= set(Severity)
