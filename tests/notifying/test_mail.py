"""E-mail through a real SMTP server: TLS, passwords, conversations, and headers that nobody can add to."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from covet_sre.incident.outgoing import Outcome, Purpose
from covet_sre.integrations.notifying import make_notifiers
from covet_sre.integrations.notifying.letter import composed
from covet_sre.integrations.notifying.tidy import tidied
from covet_sre.oncall.target import NotificationTarget, TargetKind
from covet_sre.ports import Notifier
from tests.notifying.mail_server import MailServer
from tests.notifying.messages import AT, HOSTILE, NOTICE, TRIGGER, following, hostile
from tests.notifying.targets import ENVIRONMENT


def mailing(port: int, attempt_seconds: float = 10.0, **settings: str) -> Notifier:
    whole = {"host": "127.0.0.1", "port": str(port), "from": "sre@example.org", "to": "team@example.org", **settings}
    secrets = {name.removeprefix("secret_"): whole.pop(name) for name in list(whole) if name.startswith("secret_")}
    target = NotificationTarget("mail", TargetKind.EMAIL, whole, secrets)
    environment = {**ENVIRONMENT, "MAIL_USER": "sre"}
    made = make_notifiers({"mail": target}, environment, str, lambda: AT, attempt_seconds=attempt_seconds)
    return made["mail"]


PLAIN = {"start_tls": "false"}
WITH_PASSWORD = {"secret_username": "MAIL_USER", "secret_password": "MAIL_PASSWORD"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    subprocess.run(
        [*command, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", made],
        check=True,
        capture_output=True,
    )
    return key, made


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[MailServer]:
    key, made = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    with MailServer(context, ENVIRONMENT["MAIL_PASSWORD"]) as server:
        yield server


def test_a_password_is_sent_after_starttls_only(
    secure: MailServer, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    assert mailing(secure.port, **WITH_PASSWORD).send(TRIGGER).outcome is Outcome.DELIVERED
    assert secure.recipients == [["team@example.org"]]


def test_a_certificate_that_nobody_knows_is_not_trusted(secure: MailServer) -> None:
    receipt = mailing(secure.port, **WITH_PASSWORD).send(TRIGGER)
    assert receipt.outcome is Outcome.FAILED
    assert "no secure connection" in receipt.detail
    assert not secure.letters


def test_a_wrong_password_is_refused_and_not_repeated(
    secure: MailServer, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    wrong = {**WITH_PASSWORD, "secret_password": "SLACK_TOKEN"}
    receipt = mailing(secure.port, **wrong).send(TRIGGER)
    assert receipt.outcome is Outcome.REFUSED
    assert "does not take the username and password" in receipt.detail
    assert ENVIRONMENT["SLACK_TOKEN"] not in receipt.detail


def test_a_server_without_starttls_gets_nothing() -> None:
    with MailServer() as server:
        receipt = mailing(server.port).send(TRIGGER)
        assert receipt.outcome is Outcome.REFUSED
        assert "offers no STARTTLS" in receipt.detail
        assert not server.letters


def test_a_password_without_tls_is_refused_when_the_target_is_opened() -> None:
    notifier = mailing(25, host="mail.example.org", **PLAIN, **WITH_PASSWORD)
    assert "a password is sent over a secure connection only" in notifier.send(TRIGGER).detail


def test_the_person_is_written_to_and_the_team_where_nobody_is_named() -> None:
    with MailServer() as server:
        notifier = mailing(server.port, **PLAIN)
        notifier.send(replace(TRIGGER, recipient="alice@example.org"))
        notifier.send(TRIGGER)
        assert server.recipients == [["alice@example.org"], ["team@example.org"]]


@pytest.mark.parametrize(
    "address", ["alice", "a b@example.org", "a@example.org>\r\nRCPT TO:<b@example.org", "<a@b.c>", "é@example.org", "@"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with MailServer() as server:
        assert mailing(server.port, **PLAIN).send(replace(TRIGGER, recipient=address)).outcome is Outcome.REFUSED
        assert not server.letters


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("550 5.1.1 unknown", Outcome.REFUSED), ("450 4.2.1 greylisted", Outcome.BUSY)],
)
def test_a_recipient_who_is_not_taken(answer: str, outcome: Outcome) -> None:
    with MailServer() as server:
        server.refused["team@example.org"] = answer
        receipt = mailing(server.port, **PLAIN).send(TRIGGER)
        assert receipt.outcome is outcome
        assert answer[4:] in receipt.detail


def test_one_recipient_of_several_is_enough_and_the_others_are_named() -> None:
    with MailServer() as server:
        server.refused["gone@example.org"] = "550 5.1.1 unknown"
        receipt = mailing(server.port, **PLAIN, to="gone@example.org, team@example.org").send(TRIGGER)
        assert (receipt.outcome, receipt.detail) == (Outcome.DELIVERED, "not taken for gone@example.org")


def test_mails_about_one_incident_are_one_conversation() -> None:
    with MailServer() as server:
        notifier = mailing(server.port, **PLAIN)
        for message in (TRIGGER, TRIGGER, following(Purpose.ACKNOWLEDGE), following(Purpose.RESOLVE)):
            notifier.send(message)
        first, again, acknowledged, resolved = server.letters
        assert first["Message-ID"] == again["Message-ID"]
        assert len({letter["Message-ID"] for letter in server.letters}) == 3
        for later in (acknowledged, resolved):
            assert later["In-Reply-To"] == first["Message-ID"]
            assert later["References"].split() == [*first["References"].split(), first["Message-ID"]]


HEADERS = [
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "References",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_adds_a_header_or_a_recipient(name: str) -> None:
    with MailServer() as server:
        assert mailing(server.port, **PLAIN).send(hostile(HOSTILE[name])).outcome is Outcome.DELIVERED
        [letter] = server.letters
        ours = [header for header in letter.keys() if not header.startswith("X-")]  # noqa: SIM118 - repeated ones too
        assert sorted(ours) == sorted([*HEADERS, *(["In-Reply-To"] if "In-Reply-To" in ours else [])])
        assert server.recipients == [["team@example.org"]]
        assert len(letter["Subject"]) <= 200
        assert not set(letter["Subject"]) & set("\r\n\x00\u202e")


def test_a_mail_has_text_and_html_that_quotes() -> None:
    with MailServer() as server:
        mailing(server.port, **PLAIN).send(replace(TRIGGER, title="<b>a</b> & 'c'"))
        text, html = server.letters[0].iter_parts()
        assert "P0 api: <b>a</b> & 'c'" in text.get_content()
        assert "&lt;b&gt;a&lt;/b&gt; &amp; &#x27;c&#x27;" in html.get_content()
        assert "<b>" not in html.get_content()
        assert f"href='{TRIGGER.acknowledge_address}'" in html.get_content()


def test_lines_that_begin_with_a_dot_arrive_whole() -> None:
    with MailServer() as server:
        mailing(server.port, **PLAIN).send(replace(TRIGGER, summary=".\n..\n.end"))
        text, _ = server.letters[0].iter_parts()
        assert text.get_content().splitlines()[2:5] == [".", "..", ".end"]


def test_a_mail_is_seven_bits_in_short_lines() -> None:
    for text in HOSTILE.values():
        letter = composed(tidied(hostile(text)), "sre@example.org", ["a@example.org"]).message
        assert letter.isascii()
        assert max(map(len, letter.split(b"\r\n"))) <= 998
        assert b"\n" not in letter.replace(b"\r\n", b"")


def test_a_server_that_drips_its_greeting_is_cut_off() -> None:
    """Each byte comes within the time-out of one read: only the whole attempt's time ends it."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"2")
                    except OSError:
                        return

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            receipt = mailing(listener.getsockname()[1], attempt_seconds=0.5, **PLAIN).send(TRIGGER)
        finally:
            stop.set()
            dripping.join()
    assert receipt.outcome is Outcome.FAILED


def test_a_notice_can_be_ended_with_one_click_and_bears_no_incident() -> None:
    """RFC 8058: both headers, so that a mail program may offer it."""
    with MailServer() as server:
        assert mailing(server.port, **PLAIN).send(NOTICE).outcome is Outcome.DELIVERED
    letter = server.letters[0]
    assert letter["Subject"] == NOTICE.title
    assert letter["List-Unsubscribe"] == f"<{NOTICE.unsubscribe_address}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
