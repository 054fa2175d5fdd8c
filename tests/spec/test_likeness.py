"""SLOs that are read by comparison with an earlier one: each is what it is when it is read alone."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covet_sre.errors import InvalidFiles
from covet_sre.spec import objectives, promql, read_documents
from covet_sre.spec.likeness import SimilarSlos

SHARED = """apiVersion: openslo/v1
kind: DataSource
metadata:
  name: metrics
spec:
  type: prometheus
  connectionDetails:
    url: http://127.0.0.1:9090
---
apiVersion: openslo/v1
kind: Service
metadata:
  name: api
spec: {}
---
apiVersion: openslo/v1
kind: Service
metadata:
  name: web
spec: {}
---
apiVersion: openslo/v1
kind: AlertCondition
metadata:
  name: fast
spec:
  severity: page
  condition:
    kind: burnrate
    op: gt
    threshold: 14.4
    lookbackWindow: 1h
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata:
  name: early
spec:
  conditions:
    - conditionRef: fast
  notificationTargets:
    - targetRef: channel
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata:
  name: channel
spec:
  target: slack
"""

SLO = """---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}
  displayName: {display_name}
  annotations:
    covet-sre/breakdown: {breakdown}
    covet-sre/runbook: {runbook}
spec:
  description: {description}
  service: {service}
  indicator:
    metadata:
      name: {indicator}
    spec:
      ratioMetric:
        counter: {counter}
        {word}:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: {part}
        total:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: {total}
  budgetingMethod: Occurrences
  timeWindow:
    - duration: {window}
      isRolling: true
  objectives:
    - target: {target}
    - target: {second}
  alertPolicies:
    - alertPolicyRef: {policy}
"""

USUAL = {
    "name": "slo-{number}", "display_name": "SLO {number}", "breakdown": "route", "description": "Text {number}.",
    "service": "api", "indicator": "sli-{number}", "counter": "true", "word": "bad",
    "part": 'requests_total{{job="j{number}",code=~"5.."}}', "total": 'requests_total{{job="j{number}"}}',
    "window": "30d", "target": "0.999", "second": "0.99", "runbook": "https://runbooks.example/{number}",
    "policy": "early",
}  # fmt: skip


class NothingIsAlike(SimilarSlos):
    """In place of the comparison: every SLO is read by itself."""

    def objectives(self, document):
        return []


class Counting(SimilarSlos):
    """Counts the SLOs that are read by comparison."""

    alike = 0

    def objectives(self, document):
        found = super().objectives(document)
        Counting.alike += bool(found)
        return found


def text_of(slos):
    """A file with SLOs; each is a mapping of what is unusual in it, with `{number}` for its number."""
    documents = [
        SLO.format(**{key: value.replace("{number}", str(number)) for key, value in (USUAL | changes).items()})
        for number, changes in enumerate(slos)
    ]
    return SHARED + "".join(documents).replace("{{", "{").replace("}}", "}")


def outcome(text, comparison):
    promql.parse.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objectives, "SimilarSlos", comparison)
        try:
            return read_documents({"a.yaml": text})
        except InvalidFiles as invalid:
            return [(finding, str(finding)) for finding in invalid.findings]


def compared(text):
    """What reading gives, the same with and without comparison, and how many SLOs were read by it."""
    Counting.alike = 0
    fast = outcome(text, Counting)
    assert fast == outcome(text, NothingIsAlike)
    return fast, Counting.alike


def test_slos_that_differ_in_names_texts_and_selectors_are_read_by_comparison():
    declaration, alike = compared(text_of([{}, {"service": "web"}, {}]))
    assert alike == 2
    first, second, third = declaration.objectives[::2]
    assert (second.name, second.service, third.service) == ("slo-1.1", "web", "api")
    assert str(third.indicator.total) == 'requests_total{job="j2"}'
    assert second.location.line > first.location.line
    assert (
        replace(
            third,
            name=first.name,
            slo=first.slo,
            display_name=first.display_name,
            description=first.description,
            indicator=first.indicator,
            location=first.location,
            runbook=first.runbook,
        )
        == first
    )


@pytest.mark.parametrize(
    ("changes", "alike"),
    [
        ({"target": "0.99"}, 0),
        ({"target": "1"}, 0),
        ({"counter": "1"}, 0),
        ({"word": "good"}, 0),
        ({"window": "7d"}, 0),
        ({"breakdown": "code"}, 0),
        ({"policy": "nobody"}, 0),
        ({"service": "nobody"}, 0),
        ({"name": "slo-0"}, 0),
        ({"name": "Wrong"}, 0),
        ({"name": "12"}, 0),
        ({"indicator": "Wrong"}, 0),
        ({"display_name": "x" * 64}, 0),
        ({"display_name": "x" * 63}, 1),
        ({"display_name": "1.5"}, 0),
        ({"display_name": "''"}, 0),
        ({"description": "x" * 1051}, 0),
        ({"description": "x" * 1050}, 1),
        ({"description": "true"}, 0),
        ({"runbook": "ftp://x"}, 0),
        ({"runbook": "12"}, 0),
        ({"runbook": "http://x.example/a b"}, 0),
        ({"second": "0.98"}, 0),
        ({"second": "2"}, 0),
        ({"description": "~"}, 0),
        ({"total": 'requests_total{{job="j{number}",code=~"5.."}}'}, 0),
        ({"total": "requests_total"}, 1),
        ({"total": "sum(increase(requests_total[5m]))"}, 0),
        ({"total": "requests_total{{"}, 0),
        ({"total": "12"}, 0),
        ({"total": "requests_bucket"}, 0),
        ({"total": 'requests_total{{le="0.50"}}'}, 0),
        ({"total": "requests_total offset 5m"}, 0),
    ],
)
def test_what_is_unusual_is_read_by_itself(changes, alike):
    _, found = compared(text_of([{}, changes]))
    assert found == alike


def test_texts_in_quotes_and_without_are_no_obstacle():
    quoted = {"display_name": "'the: {number}'"}
    declaration, alike = compared(text_of([{}, quoted, {}, quoted]))
    assert alike == 2
    assert [objective.display_name for objective in declaration.objectives[::2]] == [
        "SLO 0",
        "the: 1",
        "SLO 2",
        "the: 3",
    ]


def test_an_slo_with_findings_is_no_model_for_others():
    bounded = {"total": 'x_bucket{{le="0.50",job="j{number}"}}', "part": 'x_total{{job="j{number}"}}'}
    declaration, alike = compared(text_of([bounded, bounded]))
    assert alike == 0
    assert len(declaration.warnings) == 2


def test_an_slo_of_which_every_second_is_wrong_does_not_spoil_the_others():
    found, alike = compared(text_of([{}, {"service": "nobody"}] * 3))
    assert alike == 2
    assert [finding.code for finding, _ in found] == ["reference-unknown"] * 3


def test_an_objective_with_a_name_of_its_own_is_read_by_itself():
    text = text_of([{}, {}]).replace("- target: 0.99\n", "- displayName: own\n      target: 0.99\n")
    declaration, alike = compared(text)
    assert alike == 0
    assert [objective.display_name for objective in declaration.objectives] == ["SLO 0", "own", "SLO 1", "own"]


def test_slos_with_one_objective_bear_its_own_name():
    text = text_of([{}, {}, {}]).replace("    - target: 0.99\n", "")
    declaration, alike = compared(text)
    assert alike == 2
    assert [objective.name for objective in declaration.objectives] == ["slo-0", "slo-1", "slo-2"]


VALUES = st.sampled_from(
    [
        "slo-0", "slo-1", "api", "web", "nobody", "A", "''", "~", "true", "1", "1.0", "0.999", "0.5", "30d", "4m",
        "good", "route,code", "early", "x" * 70, "requests_total", 'x_total{{a="b"}}', 'x_total{{le="1"}}',
        "x_bucket", "sum(rate(x_total[5m]))", "{}", "[a]", "'x' # y",
    ]
)  # fmt: skip
CHANGES = st.dictionaries(st.sampled_from(list(USUAL)), VALUES, max_size=2)


@settings(max_examples=400)
@given(st.lists(CHANGES, min_size=2, max_size=5))
@example([{"counter": "1"}, {"counter": "true"}, {"counter": "1.0"}])
@example([{"target": "1"}, {"target": "true"}, {"target": "1.0"}])
def test_each_slo_is_read_as_if_it_were_read_alone(slos):
    compared(text_of(slos))
