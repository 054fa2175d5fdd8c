"""The three messages with markup in every field, in every sink: nothing is obeyed, and nothing is lost."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from covet_sre.incident.outgoing import Message, Outcome
from covet_sre.incident.templates import TEMPLATES, MessageKind, without_optional
from covet_sre.integrations.fakes import ScriptedProvider
from covet_sre.integrations.fakes.slack_contract import SlackContract
from covet_sre.integrations.fakes.webhook_contract import WebhookContract
from covet_sre.oncall.target import TargetKind
from tests.notifying.mail_server import MailServer
from tests.notifying.messages import AT, HOSTILE, NOTICE
from tests.notifying.targets import ENVIRONMENT, declared, opened

WORDS = {name: text[:500] for name, text in HOSTILE.items() if text.strip()}


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def message(kind: MessageKind, text: str) -> Message:
    fields = {one.name: text for one in TEMPLATES[kind].fields}
    return replace(NOTICE, title=f"{kind.value} {text}", summary=without_optional(kind, fields))


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("words", WORDS)
def test_slack_quotes_every_word_and_shows_the_whole_message(kind: MessageKind, words: str) -> None:
    contract = SlackContract(ENVIRONMENT["SLACK_TOKEN"], {"sre": "C0SRE00001"})
    with ScriptedProvider(contract) as provider:
        sent = message(kind, WORDS[words])
        assert opened(declared(TargetKind.SLACK, provider.url)).send(sent).outcome is Outcome.DELIVERED
    assert not provider.breaches
    [posted] = contract.posted
    shown = "\n".join(block["text"]["text"] for block in posted["blocks"] if "text" in block)
    assert "<!" not in shown
    if words == "a megabyte to quote":
        assert "The rest does not fit into Slack" in shown or len(shown) < 10_500
        return
    for line in (line for line in TEMPLATES[kind].layout.splitlines() if line and "{" not in line):
        assert line in shown, "no line of the template is cut off"


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("words", WORDS)
def test_mail_has_the_whole_message_and_no_header_that_somebody_wrote(
    mail: MailServer, kind: MessageKind, words: str
) -> None:
    sent = message(kind, WORDS[words])
    target = declared(TargetKind.EMAIL, port=mail.port)
    assert opened(target).send(replace(sent, recipient="ceo@example.org")).outcome is Outcome.DELIVERED
    [letter], [recipients] = mail.letters, mail.recipients
    assert recipients == ["ceo@example.org"]
    assert "Bcc" not in letter
    assert letter["List-Unsubscribe"] == f"<{NOTICE.unsubscribe_address}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    text = plain.get_content()
    for line in (line for line in TEMPLATES[kind].layout.splitlines() if line and "{" not in line):
        assert line in text
    assert "<script>alert" not in html.get_content()


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("words", WORDS)
def test_a_webhook_gets_json_with_the_text_word_for_word(kind: MessageKind, words: str) -> None:
    contract = WebhookContract(ENVIRONMENT["WEBHOOK_SECRET"], lambda: AT)
    with ScriptedProvider(contract) as provider:
        assert opened(declared(TargetKind.WEBHOOK, provider.url)).send(message(kind, WORDS[words])).outcome is (
            Outcome.DELIVERED
        )
        body = json.loads(provider.received[-1].body)
    assert not provider.breaches
    assert (body["type"], body["data"]["incident"]) == ("notice", NOTICE.incident)
    assert TEMPLATES[kind].layout.partition("\n")[0] in body["data"]["summary"]
