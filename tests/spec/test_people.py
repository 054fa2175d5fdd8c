"""Team documents -> people and teams, and the annotations by which services name them."""

import pytest

from covet_sre.incident.rules import ServiceRule
from covet_sre.oncall.people import Person, Team
from covet_sre.oncall.target import Channel


def problems(files):
    return [finding.problem for finding in files.findings()]


def test_a_team_is_its_people_its_targets_and_its_escalation(files):
    rules = files.read().rules
    team = rules.directory.teams["platform"]
    ann = Person(
        "ann",
        "Ann",
        {Channel.PAGE: ("ann-phone", "inbox"), Channel.EMAIL: ("ann-phone",)},
        {"email": "ann@example.com"},
    )
    targets = {Channel.PAGE: ("inbox",), Channel.SLACK: ("inbox",), Channel.TICKET: ("inbox",)}
    assert team == Team("platform", "platform", (Person("ben", "ben"), ann), targets, "first-then-all", team.location)
    assert team.location.line > 1
    assert rules.directory.people == {"ben": Person("ben", "ben"), "ann": ann}


def test_a_service_says_whose_it_is_and_what_it_needs(files, make):
    files.more.append(make["Service"]("database"))
    files.annotate("Service", runbook="https://wiki.example.com/api", depends_on="database")
    assert files.read().rules.services["api"] == ServiceRule(
        "api", "platform", "first-then-all", "https://wiki.example.com/api", ("database",)
    )


def test_every_slo_is_known_by_its_service(files):
    assert files.read().rules.slos == {"availability": "api"}


def test_a_person_in_two_teams_is_described_in_one(files, make):
    files.more.append(make["Team"]("second", "ann", "ben"))
    directory = files.read().rules.directory
    assert directory.teams["second"].members[0] is directory.people["ann"]
    assert directory.people["ann"].display_name == "Ann"


def test_the_description_may_stand_in_the_later_team(files, make):
    first = make["Team"]("alpha", "ann")
    files.documents = {"first": first, **files.documents}
    directory = files.read().rules.directory
    assert directory.teams["alpha"].members[0].display_name == "Ann"


def test_two_descriptions_of_one_person_are_an_error(files, make):
    other = make["Team"]("second", "ann")
    other["spec"]["members"][0]["email"] = "other@example.com"
    files.more.append(other)
    finding = files.one_finding()
    assert finding.code == "contradiction"
    assert "ann is described otherwise at test.yaml:" in finding.problem
    assert "write name: ann alone" in finding.remedy


def test_nobody_is_a_member_twice(files):
    files.documents["Team"]["spec"]["members"].append({"name": "ben"})
    assert files.one_finding().problem == "ben is a member twice"


@pytest.mark.parametrize(
    ("path", "value", "field", "hint"),
    [
        ("Team.spec.escalationPolicy", "first-then-al", "spec.escalationPolicy", "'first-then-all'"),
        ("Team.spec.targets.page", ["inbox", "ann-fone"], "spec.targets.page[1]", "'ann-phone'"),
        ("Team.spec.members.1.contacts.page", ["bens-phone"], "spec.members[1].contacts.page[0]",
         "kind: NotificationTarget"),
    ],
)  # fmt: skip
def test_what_a_team_names_exists(files, path, value, field, hint):
    finding = files.change(path, value).one_finding()
    assert (finding.code, finding.field) == ("reference-unknown", field)
    assert hint in finding.remedy


@pytest.mark.parametrize(
    ("annotation", "value"), [("team", "platfrom"), ("escalation_policy", "x"), ("depends_on", "x")]
)
def test_what_a_service_names_exists(files, annotation, value):
    finding = files.annotate("Service", **{annotation: value}).one_finding()
    assert finding.code == "reference-unknown"
    assert finding.field == f"metadata.annotations.covet-sre/{annotation.replace('_', '-')}"


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("team", "Not A Name"),
        ("escalation_policy", ""),
        ("depends_on", "a,,b"),
        ("depends_on", "a,a"),
        ("runbook", "x"),
    ],
)
def test_an_annotation_has_its_shape(files, annotation, value):
    assert files.annotate("Service", **{annotation: value}).findings()[0].code == "value-wrong"


@pytest.mark.parametrize(
    ("field", "value", "remedy"),
    [
        ("email", "ann at example.com", "write an e-mail address"),
        ("email", "ann@", "write an e-mail address"),
        ("email", "ann@example.com\nBcc: all@example.com", "write an e-mail address"),
        ("slack", "@ann", "write a Slack member id"),
        ("name", "Ann Sato", "write 1 to 63 lower-case letters"),
    ],
)
def test_addresses_of_people_have_their_shape(files, field, value, remedy):
    findings = files.change(f"Team.spec.members.0.{field}", value).findings()
    assert any(remedy in finding.remedy for finding in findings)


def test_a_team_of_wrong_shape_does_not_make_its_people_unknown(files):
    files.change("Team.spec.memberz", [])
    assert [finding.code for finding in files.findings()] == ["field-unknown"]


def test_a_service_without_a_team_is_a_warning_where_there_are_teams(files, make):
    files.more.append(make["Service"]("database"))
    files.more[0]["metadata"].pop("annotations")
    finding = files.one_finding()
    assert (finding.code, finding.level) == ("service-without-team", "warning")
    assert "the service database" in finding.problem


def test_without_any_team_a_service_needs_none(files):
    for kind in ("Team", "Schedule", "EscalationPolicy"):
        del files.documents[kind]
    files.documents["Service"]["metadata"].pop("annotations")
    assert files.findings() == []


@pytest.mark.parametrize(
    ("needs", "circles"),
    [
        ({"api": "a", "a": "b", "b": ""}, []),
        ({"api": "a,b", "a": "b", "b": ""}, []),
        ({"api": "api"}, ["api > api"]),
        ({"api": "a", "a": "b", "b": "api"}, ["api > a > b > api"]),
        ({"api": "a", "a": "b", "b": "a"}, ["a > b > a"]),
        ({"api": "a,b", "a": "api", "b": "api"}, ["api > a > api", "api > b > api"]),
    ],
)
def test_services_that_depend_on_each_other_in_a_circle_are_a_warning(files, make, needs, circles):
    for name, upstreams in needs.items():
        document = files.documents["Service"] if name == "api" else make["Service"](name)
        if upstreams:
            document["metadata"]["annotations"]["covet-sre/depends-on"] = upstreams
        if name != "api":
            files.more.append(document)
    found = files.findings()
    assert {finding.code for finding in found} <= {"dependency-circle"}
    assert [finding.problem.partition(": ")[2] for finding in found] == circles


def test_a_person_is_known_by_mail_or_is_told_of(files, make):
    mail = make["ours"]("NotificationTarget", "mail", type="email", settings={"host": "h", "from": "a@example.com"})
    files.more.append(mail)
    files.change("Team.spec.members.0.contacts", {"email": ["mail"]})
    finding = files.one_finding()
    assert (finding.code, finding.field) == ("address-missing", "spec.members[0].contacts.email[0]")
    mail["spec"]["settings"]["to"] = ["team@example.com"]
    assert files.findings() == []
    del mail["spec"]["settings"]["to"]
    assert files.change("Team.spec.members.0.email", "ben@example.com").findings() == []
