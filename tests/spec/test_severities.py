"""SeverityPolicy and InhibitRule documents -> what severities ask of people, and which alerts keep others quiet."""

from dataclasses import replace

import pytest

from covet_sre.alerting.labels import labels_of
from covet_sre.alerting.matcher_text import read_matcher
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.severity import Severity
from covet_sre.errors import Refused
from covet_sre.incident.response import HANDBOOK_RESPONSES, HANDBOOK_SEVERITIES
from covet_sre.oncall.target import Channel

LEVELS = "SeverityPolicy.spec.levels"


def policy(files):
    return files.read().rules.severities_of("api")


def test_a_policy_says_what_each_level_asks(files):
    usual = HANDBOOK_RESPONSES
    told = (Channel.PAGE, Channel.SLACK)
    assert policy(files).responses == {
        Severity.P0: replace(usual[Severity.P0], channels=told),
        Severity.P1: replace(usual[Severity.P1], deadline_seconds=600.0, channels=(Channel.SLACK,)),
        Severity.P2: usual[Severity.P2],
        Severity.P3: replace(usual[Severity.P3], missed=()),
    }


@pytest.mark.parametrize(
    ("label", "severity"),
    [
        ("blocker", "P0"),
        ("BLOCKER", "P0"),
        ("warning", "P3"),
        ("critical", "P0"),
        ("p1", "P1"),
        ("odd", "P3"),
        ("", "P3"),
    ],
)
def test_labels_mean_levels(files, label, severity):
    assert policy(files).severity_of(label) == severity


def test_other_services_have_the_handbooks_table(files, make):
    files.more.append(make["Service"]("database"))
    rules = files.read().rules
    assert rules.severities_of("database") is HANDBOOK_SEVERITIES
    assert rules.severities_of("api").name == "ours"


def test_a_policy_without_services_is_for_all_others(files, make):
    files.more += [make["Service"]("database"), make["ours"]("SeverityPolicy", "general", unlabelled="P1")]
    rules = files.read().rules
    assert (rules.severities_of("database").name, rules.severities_of("api").name) == ("general", "ours")
    assert rules.severities_of("database").responses == HANDBOOK_RESPONSES


def test_without_a_policy_the_handbooks_table_holds(files):
    del files.documents["SeverityPolicy"]
    assert files.read().rules.severities == (HANDBOOK_SEVERITIES,)


def test_business_hours_are_those_of_the_policy(files):
    assert files.read().rules.business_hours_of("api").name == "office"


@pytest.mark.parametrize("governed", [{"services": ["api"]}, {}])
def test_no_service_is_governed_by_two_policies(files, make, governed):
    if not governed:
        files.change("SeverityPolicy.spec.services", [])
    files.more.append(make["ours"]("SeverityPolicy", "theirs", **governed))
    finding = files.one_finding()
    assert finding.code == "contradiction"
    assert "is already governed by the policy 'ours'" in finding.problem


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("SeverityPolicy.spec.services", ["apy"], "there is no Service 'apy'"),
        ("SeverityPolicy.spec.businessHours", "offise", "there is no BusinessHours 'offise'"),
        ("SeverityPolicy.spec.labels", {"odd": "P4"}, "is 'P4'"),
        ("SeverityPolicy.spec.unlabelled", "low", "is 'low'"),
        (f"{LEVELS}.P4", {}, "unknown field"),
        (f"{LEVELS}.P0.notify", [], "P0 tells nobody"),
        (f"{LEVELS}.P1.notify", ["pager"], "is 'pager'"),
        (f"{LEVELS}.P1.respondWithin", "soon", "is 'soon'"),
        (f"{LEVELS}.P1.respondWithin", "0m", "is '0m'"),
        (f"{LEVELS}.P1.respondWithin", "900h", "900h is longer than 30 days"),
    ],
)
def test_a_policy_that_cannot_be_is_an_error(files, path, value, words):
    findings = files.change(path, value).findings()
    assert findings[0].level == "error"
    assert any(words in finding.problem for finding in findings), [str(finding) for finding in findings]


def test_a_p0_that_pages_nobody_is_a_warning(files):
    finding = files.change(f"{LEVELS}.P0.notify", ["slack"]).one_finding()
    assert (finding.code, finding.level) == ("severity-silent", "warning")


def test_what_is_asked_at_once_can_not_be_missed(files):
    assert files.change(f"{LEVELS}.P0.ifMissed", ["page"]).one_finding().code == "no-effect"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("immediately", 0.0), ("30s", 30.0), ("15m", 900.0), ("1d", 86_400.0), ("next business day", None)],
)
def test_times_to_respond(files, text, seconds):
    files.change(f"{LEVELS}.P1.respondWithin", text).change(f"{LEVELS}.P1.ifMissed", [])
    assert policy(files).responses[Severity.P1].deadline_seconds == seconds


# ---------------------------------------------------------------- inhibition


def test_a_rule_keeps_alerts_quiet(files):
    (rule,) = files.read().rules.inhibitions
    source = labels_of({"alertname": "DatabaseDown", "cluster": "a"})
    target = {"alertname": "Slow", "severity": "warning", "service": "api", "cluster": "a"}
    assert rule.name == "database-down"
    assert rule.inhibits(labels_of(target), [source])
    assert not rule.inhibits(labels_of(target | {"service": "database"}), [source])
    assert not rule.inhibits(labels_of(target | {"severity": "critical"}), [source])
    assert not rule.inhibits(labels_of(target | {"cluster": "b"}), [source])


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("a=b", LabelMatcher("a", "b")),
        (' a != "b" ', LabelMatcher("a", "b", is_equal=False)),
        ('a=~"x|y"', LabelMatcher("a", "x|y", is_regex=True)),
        ("a!~.*", LabelMatcher("a", ".*", is_regex=True, is_equal=False)),
        (r'a="say \"hi\"\n\\"', LabelMatcher("a", 'say "hi"\n\\')),
        (r'a=~"\d+"', LabelMatcher("a", r"\d+", is_regex=True)),
        ("a=", LabelMatcher("a", "")),
        ("a==b", LabelMatcher("a", "=b")),
    ],
)
def test_matchers_are_written_as_alertmanager_has_them(text, matcher):
    assert read_matcher(text) == matcher


@pytest.mark.parametrize("text", ["", "a", "a-b=c", 'a="b', 'a=b"', 'a="b"c"', "a=~(", "1a=b", 'a=~"[z-a]"'])
def test_what_is_no_matcher_is_refused(text):
    with pytest.raises(Refused, match=r"matcher|regular|quote"):
        read_matcher(text)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("sourceMatchers", ["severity=~\"(\""], "is no regular expression"),
        ("targetMatchers", ["severity"], "bad matcher format"),
        ("sourceMatchers", [], "is empty"),
        ("targetMatchers", ["a=~.*"], "matches alerts without any of these labels"),
        ("equal", ["a-b"], "is 'a-b'"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_an_error(files, field, value, words):
    finding = files.change(f"InhibitRule.spec.{field}", value).one_finding()
    assert words in finding.problem
    assert finding.remedy
