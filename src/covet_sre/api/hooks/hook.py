"""One address that takes alerts: reads, keeps, and answers after the commit. Plain ASGI, for it is the hot path."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from covet_sre.alerting.labels import Labels
from covet_sre.api.hooks.acceptance import Acceptance
from covet_sre.api.hooks.answers import Answer, Answers
from covet_sre.api.hooks.body import KIB, MIB, Room, read_body
from covet_sre.api.hooks.proof import Proof
from covet_sre.api.hooks.trouble import Trouble, overloaded, unauthorized
from covet_sre.errors import Refused
from covet_sre.flows.arriving import Glance, Read, Reader
from covet_sre.ports import Arrival, Clock

PATIENCE_SECONDS = 30.0
"""For a whole request: its body to arrive, and its commit."""

_BESIDE_THE_LOOP_BYTES = 128 * KIB
_LONGEST_NOTE = 8 * KIB

_PLAIN = Read()
"""Of what is taken at a glance there is nothing to tell."""


@dataclass(frozen=True, slots=True)
class Hook:
    """`notes_headers`: the headers of the request count as well, and are kept in the arrival's note.

    `secret_in_body`: the body may show the secret, where its senders cannot send a bearer token.
    """

    path: str
    source: str
    answers: Answers
    most_bytes: int = MIB
    notes_headers: bool = False
    secret_in_body: bool = False


@dataclass(frozen=True, slots=True)
class Reception:
    """What all hooks share. `proofs` are by source: where there is one, a request must show all that it asks for."""

    acceptance: Acceptance
    clock: Clock
    proofs: Mapping[str, Proof] = field(default_factory=dict[str, Proof])
    room: Room = field(default_factory=Room)
    patience_seconds: float = PATIENCE_SECONDS


class Door:
    """The ASGI application of one hook."""

    def __init__(self, hook: Hook, reader: Reader, reception: Reception, glance: Glance | None = None) -> None:
        self._hook, self._reader, self._reception, self._glance = hook, reader, reception, glance
        self._proof = reception.proofs.get(hook.source)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._taken(scope, receive)
        except Trouble as trouble:
            answer = self._hook.answers.refused(trouble)
        await respond(answer, send)

    async def _taken(self, scope: Scope, receive: Receive) -> Answer:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        is_trusted = self._proof is None or self._is_trusted(self._proof, headers, scope)
        arrived = False
        try:
            async with asyncio.timeout(self._reception.patience_seconds):
                with self._reception.room.place() as place:
                    body = await read_body(receive, headers, self._hook.most_bytes, place)
                    arrived = True
                    return await self._kept(body, headers, scope, is_trusted=is_trusted)
        except TimeoutError:
            if arrived:
                # It may be kept all the same; sent again, it changes nothing.
                raise overloaded("it could not be kept in time") from None
            raise Trouble(408, "too-slow", "the body did not arrive in time", "send it again") from None

    def _is_trusted(self, proof: Proof, headers: dict[bytes, bytes], scope: Scope) -> bool:
        """Whether what can be told before the body is shown; False where the body may show it. Raises Trouble."""
        proof.check_client(headers, scope)
        is_trusted = proof.bears_token(headers)
        if not is_trusted and not self._hook.secret_in_body:
            raise unauthorized()
        return is_trusted

    async def _kept(self, body: bytes, headers: dict[bytes, bytes], scope: Scope, *, is_trusted: bool) -> Answer:
        hook, reception = self._hook, self._reception
        note = _note(headers) if hook.notes_headers else ""
        now = reception.clock()
        once = None if self._proof is None else self._proof.check_signature(headers, body, now)
        arrival = Arrival(hook.source, body, now, _sender(scope), note, once)
        if is_trusted and self._glance is not None and self._glance(body, arrival.received_at):
            await reception.acceptance.accept(arrival)
            return hook.answers.accepted(_PLAIN)
        read = await self._read(arrival)
        if not is_trusted and self._proof is not None and not self._proof.is_token(read.secret.encode()):
            raise unauthorized()
        if not read.reports and not read.commands:
            if read.refused:
                raise Trouble(400, "refused", "; ".join(read.refused), "mend what is named")
            return hook.answers.accepted(read)
        if read.note:
            arrival = Arrival(hook.source, body, now, arrival.actor, read.note, once)
        await reception.acceptance.accept(arrival)
        return hook.answers.accepted(read)

    async def _read(self, arrival: Arrival) -> Read:
        try:
            request = (arrival.body, arrival.note, arrival.received_at, _nameless)
            if len(arrival.body) > _BESIDE_THE_LOOP_BYTES:
                return await asyncio.to_thread(self._reader, *request)
            return self._reader(*request)
        except Refused as error:
            problem = f"{error.where}: {error.problem}" if error.where else error.problem
            raise Trouble(400, error.code, problem, error.remedy) from error


async def respond(answer: Answer, send: Send) -> None:
    """Send an answer as it is."""
    headers = [(b"content-length", b"%d" % len(answer.body))]
    if answer.media:
        headers.append((b"content-type", answer.media.encode()))
    if answer.retry_after_seconds is not None:
        headers.append((b"retry-after", b"%d" % answer.retry_after_seconds))
    if answer.challenge:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _nameless(_labels: Labels) -> str:
    """The doors only look whether an alert can be read: what it is known by is worked out when it is disposed of."""
    return ""


def _sender(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _note(headers: Mapping[bytes, bytes]) -> str:
    counted = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in headers.items()
        if name.startswith(b"ce-") or name == b"content-type"
    }
    note = json.dumps(counted)
    if len(note) > _LONGEST_NOTE:
        raise Trouble(400, "invalid-request", "the headers of the event are too long", "send it structured")
    return note
