"""StakeholderList documents, and what SeverityPolicies say of roles and updates."""

import pytest
from tests.spec.conftest import mail, stakeholders

from covet_sre.alerting.severity import Severity
from covet_sre.incident.roles import HANDBOOK_DUTIES, Role
from covet_sre.incident.stakeholders import Interest
from covet_sre.incident.templates import MessageKind


@pytest.fixture
def files(files):
    files.documents["StakeholderList"] = stakeholders()
    files.more.append(mail())
    return files


def test_a_list_is_read(files):
    found = files.read().rules.stakeholders["executives"]
    assert found.interest == Interest(("api",), Severity.P1, (MessageKind.INITIAL, MessageKind.RESOLUTION))
    assert (found.title, found.targets, found.people) == ("executives", ("mail",), ("ann",))
    assert (found.emails, found.through) == (("ceo@example.com",), "mail")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("services", ["shop"], "services[0]"),
        ("atLeast", "P4", "atLeast"),
        ("messages", [], "messages"),
        ("messages", ["initial", "all"], "messages[1]"),
        ("targets", ["mial"], "targets[0]"),
        ("targets", ["ann-phone"], "targets[0]"),
        ("people", ["anne"], "people[0]"),
        ("emails", ["ceo@example.com\nBcc: all"], "emails[0]"),
        ("through", "ann-phone", "through"),
    ],
)
def test_what_no_list_can_be_is_refused_where_it_stands(files, path, value, field):
    assert any(one.field.endswith(field) for one in files.change(f"StakeholderList.spec.{path}", value).findings())


def test_addresses_need_something_that_carries_them(files):
    finding = files.change("StakeholderList.spec.through", files.REMOVED).one_finding()
    assert (finding.code, finding.problem) == ("field-missing", "has emails and nothing that carries them")


def test_a_list_of_nobody_is_a_warning(files):
    files.documents["StakeholderList"]["spec"] = {}
    assert files.one_finding().code == "no-effect"


def test_what_the_files_do_not_say_is_the_handbooks(files):
    rules = files.read().rules
    response = rules.response_to("api", Severity.P1)
    assert (response.update_seconds, response.first_takes) == (3600.0, (Role.RESOLVER, Role.COMMANDER))
    assert rules.severities_of("api").duties == HANDBOOK_DUTIES


def test_updates_first_roles_and_duties_are_policy(files):
    files.change("SeverityPolicy.spec.levels.P1.updateEvery", "45m")
    files.change("SeverityPolicy.spec.levels.P1.firstTakes", ["resolver"])
    files.change("SeverityPolicy.spec.duties", {"commander": ["Decide", "Delegate"]})
    rules = files.read().rules
    response, duties = rules.response_to("api", Severity.P1), rules.severities_of("api").duties
    assert (response.update_seconds, response.first_takes) == (2700.0, (Role.RESOLVER,))
    assert duties[Role.COMMANDER] == ("Decide", "Delegate")
    assert duties[Role.EXPERT] == HANDBOOK_DUTIES[Role.EXPERT]
    assert rules.response_to("jobs", Severity.P1).update_seconds == 3600.0


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("levels.P1.updateEvery", "often", "updateEvery"),
        ("levels.P1.firstTakes", ["expert"], "firstTakes[0]"),
        ("duties", {"chef": ["cook"]}, "chef"),
        ("duties", {"commander": ["Decide", "Decide"]}, "commander"),
        ("duties", {"commander": [""]}, "commander[0]"),
    ],
)
def test_policy_that_makes_no_sense_is_refused_where_it_stands(files, path, value, field):
    files.change(
        "SeverityPolicy.spec." + path.partition(".")[0],
        files.documents["SeverityPolicy"]["spec"].get(path.partition(".")[0], {}),
    )
    assert any(one.field.endswith(field) for one in files.change(f"SeverityPolicy.spec.{path}", value).findings())
