"""SLOs -> objectives: exact targets, windows, budgeting, names, references, annotations."""

from fractions import Fraction

import pytest

from covet_sre.errors import InvalidFiles, Level
from covet_sre.slo.stream import Occurrences, RatioTimeslices, Timeslices
from covet_sre.slo.window import CalendarWindow, RollingWindow
from covet_sre.units import Duration


def objective_of(files):
    (objective,) = files.read().objectives
    return objective


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ({"target": 0.999}, Fraction(999, 1000)),
        ({"targetPercent": 99.9}, Fraction(999, 1000)),
        ({"targetPercent": 99.95}, Fraction(9995, 10000)),
        ({"target": 0.1}, Fraction(1, 10)),
        ({"target": 0}, Fraction(0)),
        ({"targetPercent": 95}, Fraction(19, 20)),
        ({"target": 0.99999}, Fraction(99999, 100000)),
    ],
)
def test_a_target_is_the_exact_fraction_of_what_is_written(files, written, target):
    assert objective_of(files.change("SLO.spec.objectives.0", written)).target == target


def test_a_percentage_in_target_is_an_error_with_the_right_field(files):
    finding = files.change("SLO.spec.objectives.0.target", 99.9).one_finding()
    assert finding.remedy == "did you mean targetPercent: 99.9?"


def test_a_share_in_target_percent_is_a_warning(files):
    findings = files.change("SLO.spec.objectives.0", {"targetPercent": 0.999}).findings()
    (finding,) = [each for each in findings if each.code == "target-unusual"]
    assert finding.level is Level.WARNING
    assert finding.remedy == "did you mean target: 0.999?"


@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf", "1e400"])
def test_a_target_is_a_finite_number(files_text, read_text, value):
    (finding,) = read_text(files_text.replace("target: 0.999", f"target: {value}"))
    assert finding.field == "spec.objectives[0].target"
    assert finding.remedy == "write a finite number"


def test_a_rolling_window(files):
    assert objective_of(files).window == RollingWindow(43200)


def test_a_window_shorter_than_a_day_has_a_budget_over_thirty_days(files):
    objective = objective_of(files.change("SLO.spec.timeWindow.0.duration", "5m"))
    assert objective.window == RollingWindow(5)
    assert objective.budget_window == RollingWindow(43200)
    assert files.findings() == []


def test_a_calendar_window(files):
    calendar = {"startTime": "2026-01-01 00:00:00", "timeZone": "Europe/Rome"}
    window = objective_of(files.change("SLO.spec.timeWindow", [{"duration": "1Q", "calendar": calendar}])).window
    assert isinstance(window, CalendarWindow)
    assert (window.duration, window.zone) == (Duration(1, "Q"), "Europe/Rome")
    assert str(window.starts_at) == "2026-01-01 00:00:00"


def test_minutes_where_a_month_was_meant_are_warned_of(files):
    finding = files.change("SLO.spec.timeWindow.0.duration", "1m").one_finding()
    assert (finding.level, finding.code) == (Level.WARNING, "window-short")
    assert "months are 1M" in finding.remedy


def test_a_window_longer_than_the_ledger_is_an_error(files):
    assert files.change("SLO.spec.timeWindow.0.duration", "2Y").one_finding().code == "window-long"


def test_a_window_of_a_million_digits_is_no_crash(files):
    assert files.change("SLO.spec.timeWindow.0.duration", "9" * 4000 + "d").findings()[0].level is Level.ERROR
    assert files.change("SLO.spec.timeWindow.0.duration", "9" * 5000 + "d").findings()[0].level is Level.ERROR


def test_a_window_longer_than_the_sources_retention_is_warned_of(files):
    finding = files.change("DataSource.spec.connectionDetails.retention", "15d").one_finding()
    assert (finding.level, finding.code) == (Level.WARNING, "window-retention")
    assert files.change("DataSource.spec.connectionDetails.retention", "30d").findings() == []


def slices(files, method, **values):
    files.change("SLO.spec.budgetingMethod", method)
    return files.change("SLO.spec.objectives.0", {"target": 0.99, **values})


def test_what_the_budget_counts(files):
    assert objective_of(files).budgeting == Occurrences()
    slices(files, "Timeslices", timeSliceTarget=0.95, timeSliceWindow="5m")
    assert objective_of(files).budgeting == Timeslices(5, 0.95)
    slices(files, "RatioTimeslices", timeSliceWindow="1h")
    assert objective_of(files).budgeting == RatioTimeslices(60)


@pytest.mark.parametrize("length", ["7m", "2d", "1M", "25h"])
def test_a_slice_divides_a_day(files, length):
    finding = slices(files, "RatioTimeslices", timeSliceWindow=length).one_finding()
    assert finding.problem == f"{length} does not divide a day"


def test_fields_without_an_effect_are_warned_of(files):
    written = {"target": 0.99, "timeSliceTarget": 0.9, "timeSliceWindow": "5m", "op": "gt", "value": 1}
    findings = files.change("SLO.spec.objectives.0", {**written, "compositeWeight": 2}).findings()
    assert {finding.code for finding in findings} == {"no-effect"}
    assert {finding.field.rpartition(".")[2] for finding in findings} == {
        "timeSliceTarget", "timeSliceWindow", "op", "value", "compositeWeight"}  # fmt: skip


def test_several_objectives_are_numbered_and_located(files):
    files.change("SLO.spec.objectives", [{"target": 0.99}, {"target": 0.999, "displayName": "Gold"}])
    first, second = files.read().objectives
    assert (first.name, second.name, first.slo) == ("availability.1", "availability.2", "availability")
    assert second.title == "Gold"
    assert second.location.line == first.location.line + 1


def test_objectives_may_have_indicators_of_their_own(files, make):
    files.more.append(make["SLI"]("other"))
    files.change("SLO.spec.indicatorRef", files.REMOVED)
    files.change("SLO.spec.objectives", [{"target": 0.9999, "indicatorRef": "not-5xx"}, {"target": 0.99}])
    assert "on some objectives only" in files.one_finding().problem
    files.change("SLO.spec.objectives.1.indicatorRef", "other")
    assert len(files.read().objectives) == 2


def test_an_objective_carries_what_its_slo_says(files):
    files.annotate("SLO", breakdown="route, code", runbook="https://example.com/runbook")
    files.change("SLO.spec.description", "Words").change("SLO.metadata.displayName", "Availability")
    files.change("SLO.metadata.labels", {"team": ["a", "b"], "tier": "1"})
    objective = objective_of(files)
    assert objective.breakdown == ("route", "code")
    assert objective.runbook == "https://example.com/runbook"
    assert (objective.description, objective.title) == ("Words", "Availability")
    assert objective.labels == (("team", "a"), ("team", "b"), ("tier", "1"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("breakdown", "a,b,c,d", "1 to 3 different labels"),
        ("breakdown", "a,a", "different"),
        ("breakdown", "a b", "names of labels"),
        ("breakdown", "", "names of labels"),
        ("runbook", "wiki/page", "http or https"),
        ("runbook", "javascript:alert(1)", "http or https"),
        ("burn-rate-alerts", "no", '"on" or "off"'),
        ("brakedown", "route", "did you mean 'covet-sre/breakdown'?"),
        ("min-bad-events", "5", "it belongs on AlertCondition"),
    ],
)
def test_an_annotation_that_cannot_be_read_is_an_error(files, name, value, words):
    finding = files.annotate("SLO", **{name: value}).one_finding()
    assert finding.level is Level.ERROR
    assert finding.field == f"metadata.annotations.covet-sre/{name}"
    assert words in finding.remedy


def test_a_breakdown_of_a_query_is_warned_of(files, make):
    ratio = {"counter": False, "rawType": "success", "raw": make["metric"]("ratio")}
    finding = files.change("SLI.spec.ratioMetric", ratio).annotate("SLO", breakdown="route").one_finding()
    assert (finding.level, finding.code) == (Level.WARNING, "no-effect")


def test_an_unknown_service_gets_a_suggestion(files):
    finding = files.change("SLO.spec.service", "apy").one_finding()
    assert finding.problem == "there is no Service 'apy'"
    assert finding.remedy.startswith("did you mean 'api'?; or declare it")


def test_an_unknown_indicator_is_an_error(files):
    assert files.change("SLO.spec.indicatorRef", "not-4xx").one_finding().code == "reference-unknown"


def test_a_reference_to_a_document_of_the_wrong_shape_is_not_reported_twice(files):
    assert files.change("SLI.spec.ratioMetric.counter", "yes").one_finding().field == "spec.ratioMetric.counter"


def test_two_documents_of_one_kind_and_name_are_an_error(files, make):
    files.more.append(make["Service"]())
    finding = files.one_finding()
    assert finding.problem.startswith("Service 'api' is declared twice (first at test.yaml:1:1)")


def test_documents_of_two_kinds_may_share_a_name(files):
    files.change("SLI.metadata.name", "availability").change("SLO.spec.indicatorRef", "availability")
    assert files.findings() == []


def test_all_mistakes_of_an_slo_are_found_at_once(files):
    files.change("SLO.spec.service", "apy").change("SLO.spec.timeWindow.0.duration", "2Y")
    files.change("SLO.spec.objectives", [{"target": 1}, {"target": 99.9}])
    files.change("SLI.spec.ratioMetric.total.metricSource.spec.query", "sum(")
    with pytest.raises(InvalidFiles) as caught:
        files.read()
    codes = [finding.code for finding in caught.value.findings]
    assert sorted(codes) == [
        "query-wrong", "reference-unknown", "target-impossible", "target-impossible", "window-long"]  # fmt: skip
    assert str(caught.value) == "5 errors in the reliability files"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("kind: SLO", "the document has no apiVersion"),
        ("apiVersion: openslo/v2\nkind: SLO", "did you mean 'openslo/v1'?"),
        ("apiVersion: openslo.com/v2alpha\nkind: SLO", "only openslo/v1 is read"),
        ("version: prometheus/v1\nservice: x\nslos: []", "another tool's file"),
        ("apiVersion: openslo/v1", "the document has no kind"),
        ("apiVersion: openslo/v1\nkind: Slo", "did you mean 'SLO'?"),
        ("apiVersion: openslo/v1\nkind: ErrorBudgetPolicy", "belongs to apiVersion: covet-sre/v1"),
        ("apiVersion: 1", "apiVersion is 1"),
        ("just text", "write a mapping with apiVersion"),
    ],
)
def test_a_document_of_no_known_kind_is_an_error(read_text, document, words):
    (finding,) = read_text(document)
    assert words in f"{finding.problem}; {finding.remedy}"
