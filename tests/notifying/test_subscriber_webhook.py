"""Webhooks of subscribers: public text alone, signed with a secret of their own, and never to a place inside."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from standardwebhooks import Webhook

from covet_sre.errors import Refused
from covet_sre.flows.subscriber_webhooks import subscriber_address, subscriber_of, subscriber_secret
from covet_sre.incident.outgoing import Outcome, Purpose
from covet_sre.integrations.fakes import ScriptedProvider, Turn
from covet_sre.integrations.fakes.webhook_contract import WebhookContract
from covet_sre.integrations.notifying import make_subscriber_webhook
from covet_sre.integrations.outbound import OutboundPolicy, policy_from
from covet_sre.ports import Notifier
from tests.notifying.messages import AT, HOSTILE, INCIDENT, NOTICE, TRIGGER

MASTER = b"a master secret of the installation"


def secret_of(subscription: str) -> str:
    return subscriber_secret(MASTER, subscription)


@pytest.fixture
def receiver() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(WebhookContract(secret_of("sub-1"), lambda: AT)) as provider:
        yield provider


def opened(receiver: ScriptedProvider) -> Notifier:
    return make_subscriber_webhook(policy_from("127.0.0.1", receiver.url.rpartition(":")[2]), secret_of, lambda: AT)


def to(receiver: ScriptedProvider, subscription: str = "sub-1", path: str = "/hook?team=a"):
    return replace(NOTICE, recipient=subscriber_address(receiver.url + path, subscription))


def test_a_notice_arrives_signed_with_the_subscribers_own_secret(receiver: ScriptedProvider) -> None:
    receipt = opened(receiver).send(to(receiver))
    assert receipt.outcome is Outcome.DELIVERED
    (received,) = receiver.received
    assert (received.path, received.query) == ("/hook", {"team": "a"})
    assert received.headers["webhook-id"] == receipt.reference
    said = json.loads(received.body)
    assert said["type"] == "notice"
    assert said["data"] == {
        "subject": "Orders are slow",
        "text": "We look into it.\nNext news at 14:00 UTC.",
        "link": "https://status.example.org/incidents/1",
        "unsubscribe": "https://status.example.org/unsubscribe/abc",
    }
    assert not receiver.breaches


def test_another_subscribers_secret_does_not_fit(receiver: ScriptedProvider) -> None:
    assert secret_of("sub-1") != secret_of("sub-2") != subscriber_secret(b"another master secret", "sub-2")
    receipt = opened(receiver).send(to(receiver, "sub-2"))
    assert receipt.outcome is Outcome.REFUSED
    assert receiver.breaches == ["POST /hook: webhook-signature"]


def test_the_secret_is_one_that_the_library_of_standard_webhooks_takes() -> None:
    assert Webhook(secret_of("sub-1"))


def test_nothing_of_the_incident_behind_it_leaves(receiver: ScriptedProvider) -> None:
    opened(receiver).send(to(receiver))
    (received,) = receiver.received
    assert INCIDENT not in received.body.decode() + json.dumps(dict(received.headers))


@pytest.mark.parametrize("purpose", [one for one in Purpose if one not in (Purpose.NOTICE, Purpose.TEST)])
def test_what_is_not_written_for_the_public_is_not_sent(receiver: ScriptedProvider, purpose: Purpose) -> None:
    address = subscriber_address(receiver.url, "sub-1")
    receipt = opened(receiver).send(replace(TRIGGER, purpose=purpose, recipient=address))
    assert receipt.outcome is Outcome.REFUSED
    assert not receiver.received


def test_the_same_notice_has_the_same_id_on_every_attempt(receiver: ScriptedProvider) -> None:
    receiver.script.append(Turn.RESET_DONE)
    notifier = opened(receiver)
    assert notifier.send(to(receiver)).outcome is Outcome.UNKNOWN
    assert notifier.send(to(receiver)).outcome is Outcome.DELIVERED
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost/", "http://169.254.169.254/latest/meta-data/", "https://[::1]/"],
)
def test_a_place_inside_is_refused_for_good(url: str) -> None:
    notifier = make_subscriber_webhook(OutboundPolicy(), secret_of, lambda: AT)
    receipt = notifier.send(replace(NOTICE, recipient=subscriber_address(url, "sub-1")))
    assert receipt.outcome is Outcome.REFUSED
    assert "this machine" in receipt.detail or "metadata" in receipt.detail


def test_a_redirect_is_refused_and_a_strangers_words_are_not_shown(receiver: ScriptedProvider) -> None:
    notifier = opened(receiver)
    receiver.script.extend([Turn.REDIRECT, Turn.ECHO, Turn.TOO_MANY])
    redirected, echoed, busy = (notifier.send(to(receiver)) for _ in range(3))
    assert (redirected.outcome, redirected.detail) == (Outcome.REFUSED, "it answers 307")
    assert (echoed.outcome, echoed.detail) == (Outcome.REFUSED, "it answers 400")
    assert (busy.outcome, busy.retry_after_seconds) == (Outcome.BUSY, 7)
    assert len(receiver.received) == 3


@pytest.mark.parametrize(
    "recipient", ["", "sre@example.org", "https://hooks.example/", "https://hooks.example/#", "#sub-1"]
)
def test_an_address_without_a_subscription_is_refused(recipient: str) -> None:
    receipt = make_subscriber_webhook(OutboundPolicy(), secret_of, lambda: AT).send(
        replace(NOTICE, recipient=recipient)
    )
    assert receipt.outcome is Outcome.REFUSED


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_delivered_as_text(receiver: ScriptedProvider, name: str) -> None:
    text = HOSTILE[name]
    receipt = opened(receiver).send(replace(to(receiver), key=text, title=text, summary=text, address=text))
    assert (receipt.outcome, receiver.breaches) == (Outcome.DELIVERED, [])


def test_without_a_lasting_master_secret_nothing_is_signed(receiver: ScriptedProvider) -> None:
    notifier = make_subscriber_webhook(
        policy_from("127.0.0.1", receiver.url.rpartition(":")[2]), lambda one: subscriber_secret(b"", one), lambda: AT
    )
    receipt = notifier.send(to(receiver))
    assert receipt.outcome is Outcome.REFUSED
    assert "COVET_SRE_LINK_SECRET" in receipt.detail
    with pytest.raises(Refused):
        subscriber_secret(b"short", "sub-1")


@pytest.mark.parametrize("subscription", ["", "a b", "a#b", "ä", "x" * 101, "a/b"])
def test_an_identity_that_an_address_cannot_carry_is_a_mistake(subscription: str) -> None:
    with pytest.raises(ValueError, match="identity"):
        subscriber_address("https://hooks.example", subscription)


def test_an_address_carries_its_subscription_and_loses_its_own_fragment() -> None:
    assert subscriber_of(subscriber_address("https://hooks.example/a#b#c", "sub_1-X")) == (
        "https://hooks.example/a",
        "sub_1-X",
    )
