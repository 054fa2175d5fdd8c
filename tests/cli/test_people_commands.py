"""`covet-sre incident role`, `communicate` and the others, as people type them, against a server on loopback."""

import json
import os
from collections.abc import Iterator
from subprocess import CompletedProcess

import pytest

from tests.cli.test_commands import covet_sre
from tests.web.house import application, serving
from tests.web.sample import SampleReliability
from tests.web.sample_incidents import SampleIncidents, a_night, identity_of
from tests.web.sample_people import with_audiences


@pytest.fixture
def night() -> SampleIncidents:
    return with_audiences(a_night())


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


def test_a_role_goes_from_hand_to_hand(night: SampleIncidents, typed):
    api = identity_of(night, "api")
    assert "Incident Commander: ana" in typed("incident", "role", "take", api, "commander").stdout
    typed("incident", "role", "take", api, "expert", "--person", "carol", "--domain", "database")
    asked = typed("incident", "role", "ask", api, "communications", "--person", "bea", "--note", "press").stdout
    assert "Request 1: ana asks bea to be communications" in asked
    typed("incident", "role", "decline", api, "1", "--why", "a train", "--actor", "bea")
    typed("incident", "role", "ask", api, "communications", "--on-call", "shop-primary", "--actor", "sam")
    typed("incident", "role", "accept", api, "2")
    typed("incident", "role", "duty", api, "commander", "Decision making authority")
    typed("incident", "role", "hand-over", api, "commander", "--to", "sam", "--note", "My shift ends")
    typed("incident", "role", "lay-down", api, "communications")
    shown = typed("incident", "role", "list", api).stdout
    assert "Incident Commander: sam" in shown
    assert "[x] Decision making authority (ana)" in shown
    assert "Communications Lead: nobody" in shown
    assert "Subject Matter Expert: carol (database)" in shown
    refused = typed("incident", "role", "lay-down", api, "commander", "--person", "sam", status=1)
    assert "hand it over to somebody" in refused.stderr


def test_people_join_and_leave(night: SampleIncidents, typed):
    api = identity_of(night, "api")
    assert typed("incident", "join", api).stdout == "ana\n"
    typed("incident", "role", "take", api, "resolver")
    assert typed("incident", "participants", api).stdout == "ana (resolver)\n"
    assert typed("incident", "leave", api).stdout == "Nobody takes part.\n"


def test_a_message_is_looked_at_before_it_is_sent(night: SampleIncidents, typed):
    api = identity_of(night, "api")
    looked = typed("incident", "communicate", api, "initial", "--set", "impact=One in ten fails").stdout
    assert "- One in ten fails" in looked
    assert "Missing: commander" in looked
    assert "* list:executives: Executives (stakeholders, 1)" in looked
    assert not night.known[api].said.messages
    refused = typed("incident", "communicate", api, "initial", "--send", status=1)
    assert "placeholders: Incident Commander" in refused.stderr
    typed("incident", "communicate", api, "initial", "--set", "impact=One in ten fails", "--save")
    sent = typed(
        "incident", "communicate", api, "initial", "--set", "commander=ana", "--send", "--to", "list:executives"
    )
    assert "1. initial by ana to Executives: 1 of 1 delivered" in sent.stdout
    update = typed("incident", "update", api, "We fail over", "--next", "Wait", "--actions", "None", "--eta", "45m")
    assert "2. update by ana" in update.stdout
    assert "The next update is promised for" in update.stdout
    promised = json.loads(typed("incident", "promise", api, "2h", "--output", "json").stdout)
    assert promised["promise"]["overdue"] is False


def test_who_wants_to_hear_subscribes(typed):
    asked = ("--target", "mail", "--address", "ana@example.org", "--service", "api")
    [made] = json.loads(typed("incident", "subscribe", *asked, "--output", "json").stdout)["items"]
    assert "ana@example.org" in typed("incident", "subscriptions", "--person", "ana").stdout
    ended = typed("incident", "unsubscribe", made["id"]).stdout
    assert ended == "ana hears no more by mail.\n"
    assert typed("incident", "subscriptions", "--person", "ana").stdout == "Nobody has subscribed.\n"
