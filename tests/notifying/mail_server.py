"""A real SMTP server (aiosmtpd) on loopback that takes mail, or goes wrong as it is told."""

import asyncio
import ssl
import threading
from collections import deque
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

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
        options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None, "hostname": "mail.test"}
        if password:
            options |= {"authenticator": self._authenticate, "auth_require_tls": tls is not None}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        making = self._loop.create_server(lambda: SMTP(self, loop=self._loop, **options), "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(making, self._loop).result()

    @property
    def port(self) -> int:
        return self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> "MailServer":
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        """Whoever still waits for an answer is let go."""
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

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
        return AuthResult(success=data.password.decode() == self._password, handled=False)
