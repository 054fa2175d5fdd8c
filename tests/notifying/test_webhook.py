"""Webhooks are signed as Standard Webhooks says, judged by its own library."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from covet_sre.incident.outgoing import Outcome
from covet_sre.integrations.fakes import ScriptedProvider
from covet_sre.integrations.fakes.pagerduty_contract import PagerDutyContract
from covet_sre.integrations.fakes.webhook_contract import WebhookContract
from covet_sre.integrations.notifying import make_notifiers
from covet_sre.integrations.notifying.webhook import document, signature, webhook_id, webhook_secret
from covet_sre.oncall.target import TargetKind
from tests.notifying.messages import AT, HOSTILE, THREAD, TRIGGER
from tests.notifying.targets import WEBHOOK_SECRET, declared, opened


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(WebhookContract(WEBHOOK_SECRET, lambda: AT)) as one:
        yield one


@pytest.mark.parametrize("text", [TRIGGER.title, *HOSTILE.values()], ids=["plain", *HOSTILE])
def test_the_library_of_standard_webhooks_takes_our_signature(text: str) -> None:
    now = int(datetime.now(UTC).timestamp())
    body = text[:2000].encode("utf-8", "replace")
    identity = webhook_id(f"{THREAD}/{text[:50]}")
    ours = signature(webhook_secret(WEBHOOK_SECRET), identity, str(now), body)
    assert Webhook(WEBHOOK_SECRET).sign(identity, datetime.fromtimestamp(now, UTC), body.decode()) == ours


def test_a_whole_delivery_is_verified_and_a_changed_one_is_not() -> None:
    now = str(int(datetime.now(UTC).timestamp()))
    body = json.dumps(document(TRIGGER)).encode()
    signed = {
        "webhook-id": webhook_id(TRIGGER.key),
        "webhook-timestamp": now,
        "webhook-signature": signature(webhook_secret(WEBHOOK_SECRET), webhook_id(TRIGGER.key), now, body),
    }
    assert Webhook(WEBHOOK_SECRET).verify(body, signed)["type"] == "incident.trigger"
    with pytest.raises(WebhookVerificationError):
        Webhook(WEBHOOK_SECRET).verify(body.replace(b"api", b"apo"), signed)


def test_the_body_says_everything(provider: ScriptedProvider) -> None:
    opened(declared(TargetKind.WEBHOOK, provider.url)).send(replace(TRIGGER, others=2))
    [received] = provider.received
    said = json.loads(received.body)
    assert received.headers["x-team"] == "sre"
    assert (said["schema_version"], said["type"], said["timestamp"]) == (1, "incident.trigger", "2025-11-26T09:40:00Z")
    assert said["data"]["key"] == TRIGGER.key
    assert said["data"]["lines"][1]["address"] == "https://wiki.example.org/api"
    assert said["data"]["others"] == 2


@pytest.mark.parametrize("key", ["a.b/c", "Zoë Müller", "x" * 400, "line\r\nbreak", "half \ud800"])
def test_an_id_is_one_word_that_a_header_can_carry(key: str) -> None:
    identity = webhook_id(key)
    assert identity.isascii() and identity.isprintable() and not set(identity) & set(" .")
    assert len(identity) <= 250
    assert webhook_id(f"{key}!") != identity


@pytest.mark.parametrize("name", ["Content-Length", "webhook-id", "WEBHOOK-Signature", "Host"])
def test_a_header_that_is_ours_cannot_be_declared(name: str) -> None:
    target = declared(TargetKind.WEBHOOK, "http://127.0.0.1:9")
    receipt = opened(replace(target, settings={**target.settings, "headers": f"X-A: 1\n{name}: x"})).send(TRIGGER)
    assert receipt.outcome is Outcome.REFUSED
    assert "is set by Covet SRE itself" in receipt.detail


def test_a_header_that_cannot_be_sent_is_refused_when_the_target_is_opened() -> None:
    target = declared(TargetKind.WEBHOOK, "http://127.0.0.1:9")
    receipt = opened(replace(target, settings={**target.settings, "headers": "X A: é"})).send(TRIGGER)
    assert receipt.detail.startswith("unroutable: ")


@pytest.mark.parametrize("secret", ["short", "whsec_!!!", base64.b64encode(b"x" * 15).decode()])
def test_a_secret_that_is_none_is_told_without_showing_it(secret: str) -> None:
    made = make_notifiers(
        {"t": declared(TargetKind.WEBHOOK, "http://127.0.0.1:9")}, {"WEBHOOK_SECRET": secret}, str, lambda: AT
    )
    detail = made["t"].send(TRIGGER).detail
    assert detail.startswith("unroutable: the secret must be whsec_")
    assert secret not in detail


def test_a_webhook_without_a_declared_secret_is_not_signed() -> None:
    """A dead man's switch wants to be called, and knows no signatures."""
    target = declared(TargetKind.WEBHOOK, "http://127.0.0.1:9")
    with ScriptedProvider(PagerDutyContract()) as anything:
        settings = {**target.settings, "url": anything.url}
        assert opened(replace(target, settings=settings, secrets={})).send(TRIGGER).outcome is not Outcome.UNKNOWN
        assert "webhook-signature" not in anything.received[0].headers
