"""One message for each incident, updated in place; what Slack refuses is said more plainly, or refused for good."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from covet_sre.incident.outgoing import Message, Outcome, Purpose
from covet_sre.integrations.fakes import Answer, ScriptedProvider, Turn
from covet_sre.integrations.fakes.slack_contract import SlackContract
from covet_sre.integrations.notifying.slack_blocks import blocks, escaped
from covet_sre.integrations.notifying.tidy import tidied
from covet_sre.oncall.target import TargetKind
from covet_sre.ports import Notifier
from tests.notifying.messages import HOSTILE, INCIDENT, TRIGGER, following, hostile
from tests.notifying.targets import ENVIRONMENT, declared, opened

CHANNEL = "C0SRE00001"


@pytest.fixture
def contract() -> SlackContract:
    return SlackContract(ENVIRONMENT["SLACK_TOKEN"], {"sre": CHANNEL})


@pytest.fixture
def provider(contract: SlackContract) -> Iterator[ScriptedProvider]:
    with ScriptedProvider(contract) as one:
        yield one


@pytest.fixture
def slack(provider: ScriptedProvider) -> Notifier:
    return opened(declared(TargetKind.SLACK, provider.url))


def refusing(error: str) -> Answer:
    return Answer(200, {"ok": False, "error": error})


def buttons(message: dict[str, Any]) -> list[str]:
    return [one["text"]["text"] for block in message["blocks"] for one in block.get("elements", [])]


def test_an_incident_has_one_message_that_is_kept_up_to_date(slack: Notifier, contract: SlackContract) -> None:
    posted = slack.send(TRIGGER)
    [place] = contract.messages
    assert posted.reference == f"{place[0]}:{place[1]}:{INCIDENT}"
    assert buttons(contract.messages[place]) == ["Acknowledge", "Resolve", "Open"]
    slack.send(following(Purpose.ACKNOWLEDGE, posted.reference))
    assert buttons(contract.messages[place]) == ["Resolve", "Open"]
    slack.send(following(Purpose.RESOLVE, posted.reference))
    assert buttons(contract.messages[place]) == ["Open"]
    assert contract.messages[place]["text"].startswith("Resolved: P0 api: ")
    assert [said.get("thread_ts") for said in contract.posted] == [None, place[1], place[1]]


def test_a_button_names_the_incident(slack: Notifier, contract: SlackContract) -> None:
    slack.send(TRIGGER)
    [message] = contract.messages.values()
    elements = message["blocks"][-1]["elements"]
    assert {one["action_id"]: one["value"] for one in elements} == {
        "covet-sre.acknowledge": INCIDENT,
        "covet-sre.resolve": INCIDENT,
        "covet-sre.open": INCIDENT,
    }


def test_a_later_step_is_told_in_the_thread_and_shown_in_the_channel(slack: Notifier, contract: SlackContract) -> None:
    reference = slack.send(TRIGGER).reference
    slack.send(replace(TRIGGER, key=f"{TRIGGER.key}2", reference=reference))
    assert [said.get("reply_broadcast", False) for said in contract.posted] == [False, True]
    slack.send(following(Purpose.UPDATE, reference))
    assert contract.posted[-1]["reply_broadcast"] is False


def test_a_message_that_somebody_deleted_is_posted_anew(slack: Notifier, contract: SlackContract) -> None:
    reference = slack.send(TRIGGER).reference
    contract.messages.clear()
    receipt = slack.send(following(Purpose.RESOLVE, reference))
    assert receipt.outcome is Outcome.DELIVERED
    assert receipt.reference != reference


def test_a_person_is_mentioned_in_the_channel_or_written_to_without_one(
    provider: ScriptedProvider, contract: SlackContract
) -> None:
    target = declared(TargetKind.SLACK, provider.url)
    message = replace(TRIGGER, recipient="U0ALICE001")
    opened(target).send(message)
    assert contract.posted[-1]["text"].startswith("<@U0ALICE001> P0 api: ")
    settings = {name: value for name, value in target.settings.items() if name != "channel"}
    opened(replace(target, settings=settings)).send(message)
    assert contract.posted[-1]["channel"] == "D0ALICE001"
    assert "<@" not in contract.posted[-1]["text"]
    nobody = opened(replace(target, settings=settings)).send(replace(TRIGGER, recipient="<!channel>"))
    assert nobody.outcome is Outcome.REFUSED


@pytest.mark.parametrize("error", ["msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format"])
def test_blocks_that_slack_does_not_take_are_sent_as_text(
    slack: Notifier, provider: ScriptedProvider, contract: SlackContract, error: str
) -> None:
    provider.script.append(refusing(error))
    assert slack.send(TRIGGER).outcome is Outcome.DELIVERED
    [said] = contract.posted
    assert said["blocks"] == []
    assert "Runbook: Roll back the last release https://wiki.example.org/api" in said["text"]
    assert not provider.breaches


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("channel_not_found", Outcome.REFUSED),
        ("is_archived", Outcome.REFUSED),
        ("not_in_channel", Outcome.REFUSED),
        ("invalid_auth", Outcome.REFUSED),
        ("token_revoked", Outcome.REFUSED),
        ("missing_scope", Outcome.REFUSED),
        ("a_word_of_next_year", Outcome.REFUSED),
        ("ratelimited", Outcome.BUSY),
        ("service_unavailable", Outcome.BUSY),
        ("internal_error", Outcome.FAILED),
        ("fatal_error", Outcome.FAILED),
    ],
)
def test_what_slack_says_is_sorted(slack: Notifier, provider: ScriptedProvider, error: str, outcome: Outcome) -> None:
    provider.script.append(refusing(error))
    receipt = slack.send(TRIGGER)
    assert (receipt.outcome, receipt.detail) == (outcome, f"Slack says {error}")


def test_an_update_that_arrived_and_a_thread_that_did_not_is_tried_again(
    slack: Notifier, provider: ScriptedProvider
) -> None:
    reference = slack.send(TRIGGER).reference
    provider.script.extend([Turn.AS_PUBLISHED, Turn.TOO_MANY])
    assert slack.send(following(Purpose.UPDATE, reference)).outcome is Outcome.BUSY
    receipt = slack.send(following(Purpose.UPDATE, reference))
    assert (receipt.outcome, receipt.reference) == (Outcome.DELIVERED, reference)


@pytest.mark.parametrize("name", HOSTILE)
def test_slacks_own_models_take_our_blocks(name: str) -> None:
    """An independent judge of the limits: slack_sdk."""
    for message in (hostile(HOSTILE[name]), TRIGGER, replace(TRIGGER, links=(), lines=(), address="")):
        made = blocks(tidied(message))
        parsed = Block.parse_all(made)
        assert len(parsed) == len(made) <= 50
        for block in parsed:
            block.validate_json()
        assert len(json.dumps(made, ensure_ascii=False)) <= 13_200


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.mark.parametrize("length", [1, 2, 5, 6, 7, 50, 3000])
@pytest.mark.parametrize("text", ["&" * 100, "<!channel>" * 400, "abc", "a&b<c>d" * 500, ""])
def test_quoting_never_breaks_off_inside_of_a_quote(text: str, length: int) -> None:
    quoted = escaped(text, length)
    assert len(quoted) <= length
    kept = _unescaped(quoted.removesuffix("…"))
    assert text.startswith(kept)
    assert quoted.endswith("…") or kept == text


def test_a_state_that_is_not_known_still_has_its_buttons(slack: Notifier, contract: SlackContract) -> None:
    message: Message = replace(TRIGGER, state="under-way")
    slack.send(message)
    assert buttons(contract.posted[-1]) == ["Acknowledge", "Resolve", "Open"]


def test_what_was_bundled_into_another_incidents_message_does_not_overwrite_it(
    slack: Notifier, contract: SlackContract
) -> None:
    reference = slack.send(TRIGGER).reference
    other = replace(following(Purpose.RESOLVE, reference), incident="INC-2025-1126-002", title="Another one")
    assert slack.send(other).outcome is Outcome.DELIVERED
    [place, reply] = contract.messages
    assert "Another one" not in contract.messages[place]["text"]
    assert "Another one" in contract.messages[reply]["text"]
