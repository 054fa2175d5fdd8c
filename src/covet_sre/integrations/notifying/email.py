"""E-mail by SMTP, a whole conversation within the time of one attempt."""

import contextlib
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from covet_sre.errors import OutboundRefused
from covet_sre.incident.outgoing import Message, Outcome, Receipt
from covet_sre.integrations.address import clipped
from covet_sre.integrations.connecting import connected
from covet_sre.integrations.notifying.endpoint import CONNECT_SECONDS
from covet_sre.integrations.notifying.letter import composed
from covet_sre.integrations.notifying.opening import Opening, Unroutable
from covet_sre.integrations.notifying.tidy import one_line
from covet_sre.integrations.outbound import Guard

_SUBMISSION, _TLS_FROM_THE_START = "587", 465
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
# How we greet: smtplib's default asks DNS for our own name, which may hang.
_OUR_NAME = "[127.0.0.1]"


@dataclass(frozen=True, slots=True)
class _Door:
    """How the mail server is reached."""

    host: str
    port: int
    start_tls: bool
    username: str
    password: str

    @property
    def is_secure(self) -> bool:
        return self.start_tls or self.port == _TLS_FROM_THE_START


class Email:
    """Raises Unroutable when it cannot be opened."""

    def __init__(self, opening: Opening) -> None:
        self._door = _door(opening)
        self._sender, self._to = opening.needed("from"), opening.setting("to")
        if not _ADDRESS.fullmatch(self._sender):
            raise Unroutable("the setting from is no e-mail address")
        self._attempt_seconds, self._guard = opening.attempt_seconds, opening.guard
        self._tls: ssl.SSLContext | None = None

    @property
    def place(self) -> tuple[str, int]:
        """The host and port that it connects to."""
        return self._door.host, self._door.port

    def send(self, message: Message) -> Receipt:
        """One message to the person's address, else to the target's own."""
        wanted = [one.strip() for one in (message.recipient or self._to).split(",") if one.strip()]
        if not wanted:
            return Receipt(Outcome.REFUSED, "nobody to send it to: the person has no address, and no `to` is declared")
        recipients = [one for one in wanted if _ADDRESS.fullmatch(one)]
        if not recipients:
            return Receipt(Outcome.REFUSED, f"{one_line(wanted[0], 80)!r} is no e-mail address")
        letter = composed(message, self._sender, recipients)
        return self._handed_over(recipients, letter.message, letter.identity)

    def close(self) -> None: ...

    def __repr__(self) -> str:
        return f"Email({self._door.host}:{self._door.port})"

    def _handed_over(self, recipients: Sequence[str], letter: bytes, identity: str) -> Receipt:
        if self._door.is_secure and self._tls is None:
            self._tls = ssl.create_default_context()
        conversation = _Conversation(self._door, self._tls, self._guard)
        try:
            with conversation.within(self._attempt_seconds):
                refused = conversation.hand_over(self._sender, recipients, letter)
        except _Answered as answered:
            return answered.receipt()
        except OutboundRefused as refusal:
            return Receipt(Outcome.REFUSED, f"{refusal.problem}; {refusal.remedy}")
        except (OSError, smtplib.SMTPException) as failure:
            outcome = Outcome.UNKNOWN if conversation.letter_left else Outcome.FAILED
            return Receipt(outcome, _explained(failure))
        return Receipt(Outcome.DELIVERED, f"not taken for {', '.join(refused)}" if refused else "", identity)


class _Answered(Exception):
    """The server answered a command with something else than success."""

    def __init__(self, code: int, said: bytes) -> None:
        super().__init__(code)
        self.code, self.said = code, clipped(said.decode("utf-8", "replace"), 300)

    def receipt(self) -> Receipt:
        """4xx is for now, 5xx for good."""
        outcomes = {4: Outcome.BUSY, 5: Outcome.REFUSED}
        return Receipt(outcomes.get(self.code // 100, Outcome.FAILED), f"it answers {self.code}: {self.said}")


class _Conversation:
    """One connection. `letter_left`: from then on, no answer means that nobody knows."""

    def __init__(self, door: _Door, tls: ssl.SSLContext | None, guard: Guard) -> None:
        self._door, self._tls, self._guard = door, tls, guard
        self.letter_left = False
        self._session = smtplib.SMTP(local_hostname=_OUR_NAME, timeout=CONNECT_SECONDS)

    @contextlib.contextmanager
    def within(self, seconds: float) -> Generator[None]:
        """Connected, and cut off when the time is over, however slowly the server drips."""
        cutter = threading.Timer(seconds, self._cut_off)
        cutter.daemon = True
        cutter.start()
        try:
            self._connect(seconds)
            yield
        finally:
            cutter.cancel()
            self._session.close()

    def hand_over(self, sender: str, recipients: Sequence[str], letter: bytes) -> list[str]:
        """Those who were refused, when others were taken. Raises _Answered, OSError, SMTPException."""
        session = self._session
        _expect(session.mail(sender), 250)
        refusals: dict[str, tuple[int, bytes]] = {}
        for recipient in recipients:
            code, said = session.rcpt(recipient)
            if code not in (250, 251):
                refusals[recipient] = (code, said)
        if len(refusals) == len(recipients):
            # One that may take it later decides: the others will be refused again then.
            raise _Answered(*min(refusals.values(), key=lambda refusal: refusal[0]))
        _expect(session.docmd("DATA"), 354)
        self.letter_left = True
        session.send(_LEADING_DOT.sub(b"..", letter) + b".\r\n")
        _expect(session.getreply(), 250)
        with contextlib.suppress(OSError, smtplib.SMTPException):
            session.docmd("QUIT")
        return list(refusals)

    def _connect(self, seconds: float) -> None:
        door, session = self._door, self._session
        deadline = time.monotonic() + seconds

        def patience() -> float:
            if (left := deadline - time.monotonic()) <= 0:
                raise TimeoutError
            return min(left, CONNECT_SECONDS)

        session.sock = sock = connected(door.host, door.port, patience, self._guard)
        sock.settimeout(seconds)
        if door.port == _TLS_FROM_THE_START:
            self._wrap()
        _expect(session.getreply(), 220)
        self._greet()
        if door.start_tls:
            if not session.has_extn("starttls"):
                raise _Answered(502, b"it offers no STARTTLS; set start_tls to false if that is meant")
            _expect(session.docmd("STARTTLS"), 220)
            self._wrap()
            self._greet()
        if door.username:
            self._sign_in()

    def _wrap(self) -> None:
        session, tls = self._session, self._tls
        assert tls is not None and session.sock is not None
        session.sock = tls.wrap_socket(session.sock, server_hostname=self._door.host)
        # What was said before is forgotten: somebody on the way may have said it.
        session.file, session.helo_resp, session.ehlo_resp = None, None, None
        session.esmtp_features, session.does_esmtp = {}, False

    def _greet(self) -> None:
        code, _ = self._session.ehlo()
        if not 200 <= code <= 299:
            _expect(self._session.helo(), 250)

    def _sign_in(self) -> None:
        try:
            self._session.login(self._door.username, self._door.password)
        except smtplib.SMTPAuthenticationError as refused:
            # What it says may repeat what it was sent.
            raise _Answered(refused.smtp_code, b"it does not take the username and password") from None
        except smtplib.SMTPNotSupportedError:
            raise _Answered(503, b"it offers no way to sign in that is known here") from None

    def _cut_off(self) -> None:
        sock = self._session.sock
        if sock is not None:
            with contextlib.suppress(OSError):  # It was closed meanwhile.
                sock.shutdown(socket.SHUT_RDWR)


def _expect(answer: tuple[int, bytes], code: int) -> None:
    if answer[0] != code:
        raise _Answered(*answer)


def _explained(failure: OSError | smtplib.SMTPException) -> str:
    match failure:
        case TimeoutError():
            return "no answer in time"
        case ConnectionRefusedError():
            return "nothing listens there; check host and port"
        case socket.gaierror():
            return "the name of the mail server is not known"
        case ssl.SSLError():
            return f"no secure connection: {clipped(failure.reason or str(failure))}"
        case smtplib.SMTPServerDisconnected() | ConnectionError():
            return "the mail server closed the connection"
        case _:
            return f"no connection: {type(failure).__name__}"


def _door(opening: Opening) -> _Door:
    """Raises Unroutable."""
    text = opening.setting("port", _SUBMISSION)
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise Unroutable("the setting port must be a number up to 65535")
    port = int(text)
    door = _Door(
        opening.needed("host"),
        port,
        opening.is_set("start_tls", default=True) and port != _TLS_FROM_THE_START,
        opening.secret_if_declared("username"),
        opening.secret_if_declared("password"),
    )
    if door.username and not door.is_secure and door.host not in _LOOPBACK:
        raise Unroutable("a password is sent over a secure connection only; set start_tls to true")
    return door
