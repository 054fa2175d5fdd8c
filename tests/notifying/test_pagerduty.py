"""One alert in PagerDuty for each step and target; what happens to the incident happens to all of them."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from covet_sre.incident.outgoing import Line, Outcome, Purpose
from covet_sre.integrations.fakes import Answer, ScriptedProvider
from covet_sre.integrations.fakes.pagerduty_contract import PagerDutyContract
from covet_sre.integrations.notifying.pagerduty import dedup_key
from covet_sre.oncall.target import TargetKind
from covet_sre.ports import Notifier
from tests.notifying.messages import INCIDENT, THREAD, TRIGGER, following
from tests.notifying.targets import declared, opened


@pytest.fixture
def contract() -> PagerDutyContract:
    return PagerDutyContract()


@pytest.fixture
def provider(contract: PagerDutyContract) -> Iterator[ScriptedProvider]:
    with ScriptedProvider(contract) as one:
        yield one


@pytest.fixture
def pagerduty(provider: ScriptedProvider) -> Notifier:
    return opened(declared(TargetKind.PAGERDUTY, provider.url))


def test_an_alert_goes_from_triggered_to_resolved(pagerduty: Notifier, contract: PagerDutyContract) -> None:
    states = []
    for message in (TRIGGER, following(Purpose.ACKNOWLEDGE), following(Purpose.RESOLVE)):
        receipt = pagerduty.send(message)
        assert (receipt.outcome, receipt.reference) == (Outcome.DELIVERED, THREAD)
        states.append(contract.alerts[THREAD])
    assert states == ["triggered", "acknowledged", "resolved"]


def test_the_second_step_is_an_alert_of_its_own(pagerduty: Notifier, contract: PagerDutyContract) -> None:
    """One key for all would let PagerDuty join the second step to the first, and wake nobody."""
    second = THREAD.replace("/1/0/", "/1/1/")
    pagerduty.send(TRIGGER)
    pagerduty.send(replace(TRIGGER, key=second, thread=second))
    assert contract.notified == [THREAD, second]


def test_an_update_is_not_sent_since_it_could_open_the_alert_again(
    pagerduty: Notifier, provider: ScriptedProvider
) -> None:
    assert pagerduty.send(following(Purpose.UPDATE)).outcome is Outcome.DELIVERED
    assert provider.received == []


@pytest.mark.parametrize(
    ("severity", "theirs"),
    [("P0", "critical"), ("P1", "error"), ("P2", "warning"), ("P3", "info"), ("unheard of", "warning")],
)
def test_severities_are_told_in_pagerdutys_words(
    pagerduty: Notifier, provider: ScriptedProvider, severity: str, theirs: str
) -> None:
    pagerduty.send(replace(TRIGGER, severity=severity))
    assert json.loads(provider.received[-1].body)["payload"]["severity"] == theirs


def test_a_page_carries_what_helps(pagerduty: Notifier, provider: ScriptedProvider) -> None:
    lines = (*TRIGGER.lines, Line("Runbook", "then look at the graph"))
    pagerduty.send(replace(TRIGGER, lines=lines))
    event = json.loads(provider.received[-1].body)
    details = event["payload"]["custom_details"]
    assert details["Runbook"] == "Roll back the last release https://wiki.example.org/api\nthen look at the graph"
    assert details["incident"] == INCIDENT
    assert [link["text"] for link in event["links"]] == ["Incident", "Acknowledge", "Graph"]
    assert event["client_url"] == TRIGGER.address


@pytest.mark.parametrize("length", [1, 254, 255, 256, 257, 5000])
def test_a_key_fits_and_still_names_incident_and_episode(length: int) -> None:
    thread = f"{INCIDENT}/7/0/{'x' * length}"
    key = dedup_key(thread)
    assert len(key) <= 255
    assert key.startswith(f"{INCIDENT}/7/")
    assert (key == thread) is (len(thread) <= 255)
    assert dedup_key(f"{thread}y") != key


def test_another_success_than_202_is_no_delivery(pagerduty: Notifier, provider: ScriptedProvider) -> None:
    """A proxy that answers for somebody else must not swallow a page."""
    provider.script.append(Answer(200, {"status": "success"}))
    assert pagerduty.send(TRIGGER).outcome is Outcome.UNKNOWN
