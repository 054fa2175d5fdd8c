"""A real SMTP server (aiosmtpd) on loopback that takes mail, or goes wrong as it is told."""

import asyncio
import ssl
from collections import deque
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from covet_sre.integrations.fakes import Turn


class MailServer:
    """`letters` are what arrived, `script` says what happens to the next ones. A context manager."""

    def __init__(self, tls: ssl.SSLContext | None = None, password: str = "") -> None:
        self.script: deque[Turn] = deque()
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refused: dict[str, str] = {}
        self.said: list[bytes] = []
        self._password = password
        options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None, "enable_SMTPUTF8": True}
        if password:
            options |= {"authenticator": self._authenticate, "auth_require_tls": tls is not None}
        self._controller = Controller(self, hostname="127.0.0.1", port=0, **options)
        self._controller.start()

    @property
    def port(self) -> int:
        return self._controller.server.sockets[0].getsockname()[1]

    def __enter__(self) -> "MailServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]) -> str:
        if to in self.refused:
            return self.refused[to]
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        turn = self.script.popleft() if self.script else Turn.AS_PUBLISHED
        match turn:
            case Turn.BAD_REQUEST:
                return "554 5.7.1 no such thing here"
            case Turn.FORBIDDEN:
                return "550 5.7.1 not for you"
            case Turn.TOO_MANY | Turn.UNAVAILABLE:
                return "451 4.7.1 come again later"
            case Turn.ECHO:
                return (
                    "554 "
                    + bytes(envelope.original_content or b"").decode("ascii", "replace").replace("\r\n", " ")[:400]
                )
            case Turn.RESET_UNREAD:
                server.transport.abort()
                return "451 never said"
            case _:
                self.letters.append(
                    cast(EmailMessage, message_from_bytes(envelope.original_content or b"", policy=default))
                )
                self.recipients.append(list(envelope.rcpt_tos))
        if turn is Turn.RESET_DONE:
            server.transport.abort()
        if turn is Turn.HANG:
            await asyncio.sleep(3600)
        return "250 2.0.0 taken"

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password.decode() == self._password)
