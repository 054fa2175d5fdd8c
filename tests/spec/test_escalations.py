"""EscalationPolicy and NotificationTarget documents -> who is paged, one after another, and by what."""

import pytest

from covet_sre.oncall.escalation import EscalationPolicy, EscalationStep, Recipient, RecipientKind
from covet_sre.oncall.target import LOCAL_INBOX, Channel, NotificationTarget, TargetKind
from covet_sre.spec.escalations import PageTargets

STEPS = "EscalationPolicy.spec.steps"


def read(files):
    return files.read().rules.directory.escalations["first-then-all"]


def test_a_policy_is_its_steps(files):
    found = read(files)
    first = Recipient(RecipientKind.SCHEDULE, "first"), Recipient(RecipientKind.PERSON, "ben")
    second = Recipient(RecipientKind.TEAM, "platform"), Recipient(RecipientKind.TARGET, "inbox")
    assert found == EscalationPolicy(
        "first-then-all",
        (EscalationStep(first), EscalationStep(second, 300.0)),
        repeat=2,
        repeat_after_seconds=90.0,
        catch_all=("inbox",),
        location=found.location,
    )


def test_what_a_policy_leaves_out(files):
    for field in ("repeat", "repeatAfter", "catchAll"):
        files.change(f"EscalationPolicy.spec.{field}", files.REMOVED)
    found = read(files)
    assert (found.repeat, found.repeat_after_seconds, found.catch_all) == (0, 300.0, ("inbox",))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (STEPS, [], "is empty"),
        (f"{STEPS}.0.notify", [], "is empty"),
        (f"{STEPS}.0.notify.0", {}, "names nobody"),
        (f"{STEPS}.0.notify.0", {"person": "ann", "team": "platform"}, "names person and team at once"),
        (f"{STEPS}.0.notify.0", {"schedule": "frist"}, "there is no Schedule 'frist'"),
        (f"{STEPS}.0.notify.0", {"person": "chloe"}, "there is no person 'chloe' in any team"),
        (f"{STEPS}.0.notify.0", {"team": "plattform"}, "there is no Team 'plattform'"),
        (f"{STEPS}.0.notify.0", {"target": "ann-fone"}, "there is no NotificationTarget 'ann-fone'"),
        (f"{STEPS}.1.after", "5", "is '5'"),
        (f"{STEPS}.1.after", "31d", "31d is longer than 30 days"),
        ("EscalationPolicy.spec.repeat", -1, "a policy that repeats without end pages for ever"),
        ("EscalationPolicy.spec.repeat", 10, "is 10"),
        ("EscalationPolicy.spec.repeat", "forever", "is 'forever'"),
        ("EscalationPolicy.spec.catchAll", [], "is empty"),
        ("EscalationPolicy.spec.catchAll", ["inbx"], "there is no NotificationTarget 'inbx'"),
    ],
)
def test_a_policy_that_cannot_be_is_an_error(files, path, value, words):
    findings = files.change(path, value).findings()
    assert findings[0].level == "error"
    assert any(words in finding.problem for finding in findings), [str(finding) for finding in findings]


def test_a_later_step_says_how_long_after(files):
    finding = files.change(f"{STEPS}.1.after", files.REMOVED).one_finding()
    assert (finding.code, finding.field) == ("field-missing", "spec.steps[1]")


def test_a_step_that_pages_nobody_is_a_warning(files):
    files.change("Team.spec.targets.page", []).change(f"{STEPS}.1.notify", [{"team": "platform"}])
    finding = files.one_finding()
    assert (finding.code, finding.level, finding.field) == ("step-unroutable", "warning", "spec.steps[1]")
    assert "team platform has no target of the channel page" in finding.problem


@pytest.mark.parametrize(
    ("escalates", "steps", "repeat", "warned"),
    [(True, 2, 0, True), (True, 1, 1, True), (True, 1, 0, False), (False, 2, 2, False)],
)
def test_a_policy_beside_which_pagerduty_escalates_too_is_a_warning(files, escalates, steps, repeat, warned):
    files.change("NotificationTarget.spec.settings.escalates", escalates)
    files.change(STEPS, files.documents["EscalationPolicy"]["spec"]["steps"][:steps])
    files.change("EscalationPolicy.spec.repeat", repeat)
    assert [finding.code for finding in files.findings()] == (["escalates-twice"] if warned else [])


def test_a_target_that_escalates_and_that_nobody_is_paged_by_is_none(files):
    files.change("NotificationTarget.spec.settings.escalates", True)
    files.change("Team.spec.members.1.contacts.page", files.REMOVED)
    assert files.findings() == []


# ---------------------------------------------------------------- targets


def test_the_inbox_is_always_there(files):
    assert files.read().rules.directory.targets["inbox"] is LOCAL_INBOX
    del files.documents["NotificationTarget"], files.documents["SentHeartbeat"]
    files.change("Team.spec.members.1.contacts", {"page": ["inbox"]})
    assert files.read().rules.directory.targets == {"inbox": LOCAL_INBOX}


def test_nobody_else_is_called_inbox(files, make):
    files.more.append(make["ours"]("NotificationTarget", "inbox", type="tickets"))
    assert files.one_finding().code == "reference-ambiguous"


@pytest.mark.parametrize(
    ("kind", "settings", "plain", "secrets"),
    [
        ("pagerduty", {"routingKeyEnv": "KEY"},
         {"url": "https://events.pagerduty.com/v2/enqueue", "escalates": "false"}, {"routing_key": "KEY"}),
        ("pagerduty", {"routingKeyFile": "/run/key", "escalates": True, "url": "http://127.0.0.1:9/x"},
         {"url": "http://127.0.0.1:9/x", "escalates": "true"}, {"routing_key_file": "/run/key"}),
        ("slack", {"channel": "#ops", "tokenEnv": "TOKEN", "signingSecretEnv": "SIGNING"},
         {"channel": "#ops", "api_url": "https://slack.com/api/", "incident_channels": "false", "archive_after": "7d"},
         {"token": "TOKEN", "signing_secret": "SIGNING"}),
        ("email", {"host": "smtp.example.com", "from": "a@example.com", "to": ["b@example.com", "c@example.com"]},
         {"host": "smtp.example.com", "port": "587", "start_tls": "true", "from": "a@example.com",
          "to": "b@example.com,c@example.com"}, {}),
        ("email", {"host": "h", "from": "a@b", "usernameEnv": "U", "passwordFile": "/p"},
         {"host": "h", "port": "587", "start_tls": "true", "from": "a@b"}, {"username": "U", "password_file": "/p"}),
        ("webhook", {"url": "https://example.com/hook", "secretEnv": "S", "headers": {"X-Team": "ops", "X-B": "c: d"}},
         {"url": "https://example.com/hook", "headers": "X-Team: ops\nX-B: c: d"}, {"secret": "S"}),
        ("github", {"repository": "acme/orders", "tokenEnv": "T", "labels": ["incident", "p3"]},
         {"repository": "acme/orders", "api_url": "https://api.github.com", "labels": "incident,p3"}, {"token": "T"}),
        ("jira", {"url": "https://acme.example.com", "project": "OPS", "userEnv": "U", "tokenEnv": "T"},
         {"url": "https://acme.example.com", "project": "OPS", "issue_type": "Task"}, {"user": "U", "token": "T"}),
        ("jira", {"url": "https://acme.example.com", "project": "OPS", "tokenFile": "/t", "issueType": "Bug"},
         {"url": "https://acme.example.com", "project": "OPS", "issue_type": "Bug"}, {"token_file": "/t"}),
        ("tickets", {}, {}, {}),
        ("inbox", {}, {}, {}),
    ],
)  # fmt: skip
def test_settings_are_text_and_secrets_are_places(files, make, kind, settings, plain, secrets):
    files.more.append(make["ours"]("NotificationTarget", "it", type=kind, settings=settings))
    found = files.read().rules.directory.targets["it"]
    assert found == NotificationTarget("it", TargetKind(kind), plain, secrets, found.location)
    assert found.location.line > 1


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("pagerduty", {}, "has neither routingKeyEnv nor routingKeyFile"),
        ("pagerduty", {"routingKeyEnv": "A", "routingKeyFile": "/a"}, "has both routingKeyEnv and routingKeyFile"),
        ("pagerduty", {"routingKeyEnv": "not a name"}, "is 'not a name'"),
        ("pagerduty", {"routingKeyFile": "key"}, "is 'key'"),
        ("pagerduty", {"routingKeyEnv": "A", "url": "events.example.com"}, "is 'events.example.com'"),
        ("pagerduty", {"routingKeyEnv": "A", "url": "https://user:pass@example.com"}, "holds a password"),
        ("pagerduty", {"routingKey": "0123456789abcdef0123456789abcdef"}, "unknown field"),
        ("slack", {"tokenEnv": "A"}, "is required"),
        ("slack", {"channel": "#ops"}, "has neither tokenEnv nor tokenFile"),
        ("slack", {"channel": "#ops", "tokenEnv": "A", "apiUrl": "ftp://x"}, "is 'ftp://x'"),
        ("email", {"host": "h", "from": "nobody"}, "is 'nobody'"),
        ("email", {"host": "h", "from": "a@example.com", "to": ["x@y", "b\n@c"]}, "is 'b\\n@c'"),
        ("email", {"host": "h", "from": "a@example.com", "port": 0}, "is 0"),
        ("email", {"host": "not a host", "from": "a@example.com"}, "is 'not a host'"),
        ("webhook", {"url": "https://example.com", "headers": {"X Y": "a"}}, "is no name of an HTTP header"),
        ("webhook", {"url": "https://example.com", "headers": {"X": "a\nY: b"}}, "is 'a\\nY: b'"),
        ("github", {"repository": "orders", "tokenEnv": "T"}, "is 'orders'"),
        ("jira", {"url": "https://x.example.com", "project": "ops", "userEnv": "U", "tokenEnv": "T"}, "is 'ops'"),
        ("jira", {"url": "https://x.example.com", "project": "OPS", "userEnv": "U"}, "neither tokenEnv nor tokenFile"),
        ("tickets", {"url": "https://example.com"}, "unknown field"),
        ("pager-duty", {}, "is 'pager-duty'"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_an_error(files, make, kind, settings, words):
    files.more.append(make["ours"]("NotificationTarget", "it", type=kind, settings=settings))
    finding = files.one_finding()
    assert words in finding.problem
    assert finding.field.startswith("spec.")
    assert finding.level == "error"


def test_a_secret_that_is_not_set_is_no_error_of_the_files(files, monkeypatch):
    monkeypatch.delenv("ANN_KEY", raising=False)
    assert files.findings() == []


def test_who_may_ever_be_paged_is_whom_the_directory_reaches(files):
    """Against `Directory.reach`, at an instant at which each of the schedule's people is on call."""
    directory = files.read().rules.directory
    pages = PageTargets(directory)
    for recipient in (step for one in directory.escalations.values() for part in one.steps for step in part.recipients):
        weeks = [1_767_603_600.0 + week * 604_800 for week in range(30)]
        reached = {
            target
            for now in weeks
            for reach in directory.reach(recipient, Channel.PAGE, now)
            for target in reach.targets
        }
        assert set(pages.targets(recipient)) == reached != set()
