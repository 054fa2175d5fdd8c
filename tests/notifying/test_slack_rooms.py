"""A channel of an incident's own, against Slack's documented arguments; what was made before is found again."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from covet_sre.incident.outgoing import Message, Outcome, Receipt, Room, RoomChange
from covet_sre.integrations.fakes import Answer, ScriptedProvider, Turn
from covet_sre.integrations.fakes.slack_contract import SlackContract
from covet_sre.oncall.target import TargetKind
from covet_sre.ports import Notifier
from tests.notifying.messages import NOTICE
from tests.notifying.targets import ENVIRONMENT, declared, opened

NAME = "inc-2026-1126-001-orders-are-saved-twice"


@pytest.fixture
def contract() -> SlackContract:
    return SlackContract(ENVIRONMENT["SLACK_TOKEN"], {"sre": "C0SRE00001"})


@pytest.fixture
def provider(contract: SlackContract) -> Iterator[ScriptedProvider]:
    with ScriptedProvider(contract) as one:
        yield one
    assert not one.breaches


@pytest.fixture
def slack(provider: ScriptedProvider) -> Notifier:
    return opened(declared(TargetKind.SLACK, provider.url))


def change(room: Room) -> Message:
    return replace(NOTICE, room=room)


def created(slack: Notifier) -> Receipt:
    return slack.send(change(Room(RoomChange.CREATE, NAME)))


def test_a_channel_is_made_told_its_topic_filled_and_archived(slack: Notifier, contract: SlackContract) -> None:
    receipt = created(slack)
    channel, _, name = receipt.reference.partition(":")
    assert (receipt.outcome, name) == (Outcome.DELIVERED, NAME)
    topic = "P1 api, mitigating\nIncident Commander: ana " + "x" * 300
    for room in (
        Room(RoomChange.TOPIC, channel=channel, topic=topic),
        Room(RoomChange.INVITE, channel=channel, members=("U0ANA", "U0BOB")),
        Room(RoomChange.ARCHIVE, channel=channel),
    ):
        assert slack.send(change(room)).outcome is Outcome.DELIVERED
    made = contract.rooms[channel]
    assert made["topic"].startswith("P1 api, mitigating Incident Commander: ana xxx")
    assert (made["members"], made["is_archived"]) == ({"U0ANA", "U0BOB"}, True)


def test_what_is_so_already_is_as_good_as_done(slack: Notifier) -> None:
    channel = created(slack).reference.partition(":")[0]
    invite, archive = (
        Room(RoomChange.INVITE, channel=channel, members=("U0ANA",)),
        Room(RoomChange.ARCHIVE, "", channel),
    )
    for room in (invite, invite, archive, archive):
        assert slack.send(change(room)).outcome is Outcome.DELIVERED


def test_a_channel_whose_answer_was_lost_is_found_again_and_not_made_twice(
    slack: Notifier, provider: ScriptedProvider, contract: SlackContract
) -> None:
    provider.script.append(Turn.RESET_DONE)
    assert created(slack).outcome is Outcome.UNKNOWN
    receipt = created(slack)
    assert receipt.outcome is Outcome.DELIVERED
    assert list(contract.rooms) == [receipt.reference.partition(":")[0]]


def test_a_name_that_somebody_else_has_gets_a_number(slack: Notifier, contract: SlackContract) -> None:
    contract.add_room(NAME, "U0SOMEBODY")
    assert created(slack).reference.endswith(f":{NAME}-2")
    long = "x" * 80
    contract.add_room(long, "U0SOMEBODY")
    receipt = slack.send(change(Room(RoomChange.CREATE, long)))
    assert receipt.reference.endswith(":" + "x" * 78 + "-2")


def test_it_gives_up_where_every_name_is_taken(slack: Notifier, contract: SlackContract) -> None:
    for number in range(1, 10):
        contract.add_room(NAME if number == 1 else f"{NAME}-{number}", "U0SOMEBODY")
    assert created(slack).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("turn", "outcome"),
    [
        (Turn.TOO_MANY, Outcome.BUSY),
        (Turn.ERROR, Outcome.FAILED),
        (Turn.GARBAGE, Outcome.UNKNOWN),
        (Answer(200, {"ok": False, "error": "restricted_action"}), Outcome.REFUSED),
        (Answer(200, {"ok": False, "error": "ratelimited"}), Outcome.BUSY),
        (Answer(200, {"ok": True}), Outcome.UNKNOWN),
    ],
)
def test_what_goes_wrong_is_told_apart(
    slack: Notifier, provider: ScriptedProvider, turn: Turn | Answer, outcome: Outcome
) -> None:
    provider.script.append(turn)
    assert created(slack).outcome is outcome


def test_words_to_one_person_and_into_an_incidents_channel_go_there(slack: Notifier, contract: SlackContract) -> None:
    for recipient, channel in (("U0ANA", "D0ANA"), ("C0INCIDENT", "C0INCIDENT"), ("", "C0SRE00001")):
        assert slack.send(replace(NOTICE, recipient=recipient)).outcome is Outcome.DELIVERED
        assert contract.posted[-1]["channel"] == channel
