"""`covet-sre incident`, `silence`, `oncall` and `notify`, as people type them, against a server on loopback."""

import json
import os
from collections.abc import Iterator
from subprocess import CompletedProcess

import pytest

from covet_sre.alerting.severity import Severity
from covet_sre.incident import facts
from tests.cli.test_commands import covet_sre
from tests.web.house import application, serving
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import SampleIncidents, a_night, identity_of

HOSTILE = "\x1b[31mred\x1b[0m [bold]not bold[/bold]"


@pytest.fixture
def night() -> SampleIncidents:
    return a_night()


@pytest.fixture
def server(night: SampleIncidents) -> Iterator[str]:
    with serving(application(SampleReliability(), None, night)) as address:
        yield address


@pytest.fixture
def typed(server: str):
    def run(*arguments: str, status: int = 0) -> CompletedProcess[str]:
        environment = {**os.environ, "COVET_SRE_SERVER": server, "USER": "ana"}
        done = covet_sre(*arguments, env=environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run


def test_open_incidents_are_listed_and_others_when_asked_for(night: SampleIncidents, typed):
    lines = typed("incident", "list").stdout.splitlines()
    listed = {line.split()[0] for line in lines[1:]}
    assert listed == {each.identity for each in night.known.values() if each.state.is_open}
    every = json.loads(typed("incident", "list", "--state", "all", "--output", "json").stdout)
    assert every["schema_version"] == 1
    assert {item["id"] for item in every["items"]} == set(night.known)
    few = json.loads(typed("incident", "list", "--state", "all", "--most", "2", "--output", "json").stdout)["items"]
    assert [item["id"] for item in few] == [item["id"] for item in every["items"][:2]]
    only = json.loads(typed("incident", "list", "--severity", "P0", "--service", "api", "--output", "json").stdout)
    assert [item["id"] for item in only["items"]] == [identity_of(night, "api")]


def test_an_empty_list_says_so(typed):
    assert typed("incident", "list", "--service", "nope").stdout == "No open incident.\n"


def test_an_incident_is_shown_with_what_happened_and_what_it_asks(night: SampleIncidents, typed):
    identity = identity_of(night, "api")
    shown = typed("incident", "show", identity).stdout
    for words in (identity, "nobody has acknowledged it", "What happened", "Alerts", "Who was told", "Runbook"):
        assert words in shown
    assert "more entries: --log" in shown
    log = typed("incident", "show", identity, "--log").stdout
    assert log.count("\n") > shown.count("\n")
    found = json.loads(typed("incident", "show", identity, "--output", "json").stdout)
    assert len(found["timeline"]) == len(night.entries[identity])


def test_what_others_wrote_is_printed_and_never_obeyed(night: SampleIncidents, typed):
    identity = night.decide(facts.Declare("sam", "api", Severity.P2, HOSTILE))
    night.decide(facts.AddNote(identity, HOSTILE, HOSTILE))
    for arguments in (("list",), ("show", identity, "--log"), ("ack", identity)):
        printed = typed("incident", *arguments).stdout
        assert "\x1b" not in printed
    assert "[bold]not bold[/bold]" in typed("incident", "show", identity).stdout


COMMANDS: list[tuple[list[str], facts.Command]] = [
    (["ack"], facts.Acknowledge("I", "ana", "cli")),
    (["note", "Looking at it"], facts.AddNote("I", "ana", "Looking at it")),
    (["severity", "p1", "--why", "few are hurt"], facts.ChangeSeverity("I", "ana", "P1", "few are hurt")),  # type: ignore[arg-type]
    (["assign", "sam"], facts.Assign("I", "ana", "sam")),
    (["mitigate", "--begin"], facts.Mitigate("I", "ana", "", done=False)),
    (["mitigate", "--how", "rolled back"], facts.Mitigate("I", "ana", "rolled back")),
    (["resolve", "--how", "rolled back"], facts.Resolve("I", "ana", "rolled back")),
    (["close", "--why", "reviewed"], facts.Close("I", "ana", "reviewed")),
    (["reopen", "--why", "again"], facts.Reopen("I", "ana", "again")),
    (["false-alarm", "--why", "a test"], facts.CallFalseAlarm("I", "ana", "a test")),
]


def test_each_command_is_the_decision_that_it_names_in_the_name_of_who_types(night: SampleIncidents, typed):
    identity = identity_of(night, "api")
    for arguments, expected in COMMANDS:
        printed = typed("incident", arguments[0], identity, *arguments[1:]).stdout
        assert printed.startswith(f"{identity} (P")
        sent = night.commands[-1]
        assert type(sent) is type(expected)
        assert {name: getattr(sent, name) for name in expected.__slots__} == {
            name: identity if name == "incident" else getattr(expected, name) for name in expected.__slots__
        }


def test_declaring_splitting_merging_and_correcting(night: SampleIncidents, typed):
    arguments = ("--severity", "P1", "--title", "No mails", "--impact", "2026-11-23T09:00Z", "--actor", "sam")
    made = json.loads(typed("incident", "declare", "jobs", *arguments, "--output", "json").stdout)
    assert (made["service"], made["times"]["impact"]) == ("jobs", "2026-11-23T09:00:00Z")
    assert night.commands[-1].actor == "sam"  # type: ignore[union-attr]
    moved = typed(
        "incident", "correct", made["id"], "impact", "2026-11-23T09:10Z", "--reason", "the log", "--output", "json"
    )
    assert json.loads(moved.stdout)["times"]["impact"] == "2026-11-23T09:10:00Z"
    identity = identity_of(night, "api")
    alert = next(alert.key for alert in night.desk.alerts.values() if alert.service == "checkout")
    split = json.loads(typed("incident", "split", identity, alert, "--why", "own trouble", "--output", "json").stdout)
    merged = json.loads(
        typed("incident", "merge", split["id"], "--into", identity, "--why", "one", "--output", "json").stdout
    )
    assert merged["id"] == identity


def test_what_is_refused_is_exit_status_1_with_the_servers_words(night: SampleIncidents, typed):
    identity = identity_of(night, "api")
    typed("incident", "resolve", identity, "--how", "rolled back")
    late = typed("incident", "ack", identity, status=1)
    assert "review-pending" in late.stderr
    assert late.stdout == ""
    assert "there is no incident INC-1" in typed("incident", "show", "INC-1", status=1).stderr


def test_what_is_kept_is_exit_status_4_and_says_that_it_is_kept(night: SampleIncidents, typed):
    night.is_away = True
    done = typed("incident", "ack", identity_of(night, "api"), status=4)
    assert "it is kept" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["incident", "list"],
        ["incident", "show", "INC-1"],
        ["incident", "ack", "INC-1"],
        ["silence", "list"],
        ["oncall", "now"],
        ["notify", "test", "pager"],
    ],
)
def test_a_server_that_is_not_there_is_exit_status_4(arguments: list[str]):
    done = covet_sre(*arguments, "--server", "http://127.0.0.1:9")
    assert done.returncode == 4
    assert "covet-sre serve" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["incident", "declare", "api", "--severity", "P7", "--title", "x"],
        ["incident", "resolve", "INC-1"],
        ["incident", "list", "--most", "0"],
        ["silence", "add", "service=api", "--reason", "x"],
        ["silence", "add", "service=api", "--reason", "x", "--for", "2h", "--until", "2026-11-24T00:00Z"],
        ["silence", "add", "service=api", "--reason", "x", "--for", "a while"],
    ],
)
def test_what_is_typed_wrongly_is_exit_status_2(arguments: list[str]):
    assert covet_sre(*arguments).returncode == 2


def test_silences_are_added_listed_and_expired(night: SampleIncidents, typed):
    words = ("--for", "1h30m", "--reason", "load test")
    added = typed("silence", "add", "service=search", 'route=~"/s.*"', *words).stdout
    identity = added.split()[0]
    assert 'service="search" route=~"/s.*"  ana: load test' in added
    assert night.desk.silences[identity].ends_at == night.at + 5400
    assert identity in typed("silence", "list").stdout
    assert "expired" in typed("silence", "expire", identity).stdout
    assert identity not in typed("silence", "list").stdout
    assert identity in typed("silence", "list", "--all").stdout
    planned = ("--from", "2026-11-23T20:00Z", "--until", "2026-11-23T22:00Z", "--reason", "move", "--maintenance")
    item = json.loads(typed("silence", "add", "service=jobs", *planned, "--output", "json").stdout)
    assert (item["state"], item["kind"]) == ("pending", "maintenance")
    assert "bad matcher format" in typed("silence", "add", "nonsense", *words, status=1).stderr


def test_who_is_on_call_is_printed_for_every_schedule(typed):
    lines = typed("oncall", "now").stdout.splitlines()
    assert lines[0].startswith("shop-primary: ana, until 2026-11-23T")
    assert lines[1].startswith("shop-secondary: nobody")
    assert len(json.loads(typed("oncall", "now", "--output", "json").stdout)["items"]) == 2


def test_a_target_is_tried_and_its_refusal_is_exit_status_1(night: SampleIncidents, typed):
    assert typed("notify", "test", "pager").stdout == "pager: accepted\n"
    night.fail("pager", "401 invalid routing key")
    assert "401 invalid routing key" in typed("notify", "test", "pager", status=1).stderr
