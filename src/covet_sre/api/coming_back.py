"""Where Slack and PagerDuty tell us what people decided there. A delivery that comes again has no second effect."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import nullcontext

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from covet_sre.access.principal import Principal
from covet_sre.api.problems import answer_for, problem_answer
from covet_sre.errors import CovetSreError, Refused, StoreError
from covet_sre.flows.acting import acting_as
from covet_sre.flows.coming_back import CameBackFrom, NotSigned, Reader, Readers, SecretMissing, carry_out
from covet_sre.flows.incidents import Incidents

_LARGEST_BODY = 1024 * 1024
_REMEMBERED = 10_000
_UNDER_WAY = "It is being done already."

Make = Callable[[], Readers]
"""The readers of the targets as they are declared now."""


WhoIs = Callable[[str], Principal | None]
"""The user whom a sender's id belongs to; None where it belongs to nobody who has an account."""


def nobody(_sender: str) -> None:
    """Nobody's id is known."""


def coming_back(incidents: Incidents, readers: Make, who_is: WhoIs = nobody) -> APIRouter:
    """`POST /hooks/slack/interactions`, `/hooks/slack/commands`, `/hooks/pagerduty/v3`.

    Whoever has an account acts under their own name and roles; others may do what a signed hook may.
    """
    router = APIRouter(include_in_schema=False)
    once = _Once()

    @router.post("/hooks/slack/interactions")
    async def slack_interactions(request: Request) -> Response:
        return await _answered(request, incidents, readers().slack_interactions, once, who_is)

    @router.post("/hooks/slack/commands")
    async def slack_commands(request: Request) -> Response:
        return await _answered(request, incidents, readers().slack_commands, once, who_is)

    @router.post("/hooks/pagerduty/v3")
    async def pagerduty(request: Request) -> Response:
        return await _answered(request, incidents, readers().pagerduty, once, who_is)

    return router


async def _answered(request: Request, incidents: Incidents, reader: Reader, once: "_Once", who_is: WhoIs) -> Response:
    body = await _body(request)
    if body is None:
        return problem_answer(413, "invalid-request", f"the body is larger than {_LARGEST_BODY} bytes", "send less")
    try:
        came = reader.read(body, request.headers, incidents.now())
        said = await run_in_threadpool(once.do, came.identity, lambda: _done(incidents, came, who_is))
    except CovetSreError as error:
        return _problem(error)
    return JSONResponse(reader.answer(said))


def _done(incidents: Incidents, came: CameBackFrom, who_is: WhoIs) -> str:
    principal = who_is(came.sender) if came.sender else None
    with acting_as(principal) if principal is not None else nullcontext():
        return carry_out(incidents, came)


class _Once:
    """What was answered to the last deliveries, by their identity. One that is under way makes no other one wait."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def do(self, identity: str, act: Callable[[], str]) -> str:
        """The answer, or the earlier one. An act that raises leaves no trace: the delivery may come again."""
        with self._lock:
            if identity in self._answers:
                return self._answers[identity]
            self._answers[identity] = _UNDER_WAY
        try:
            answer = act()
        except BaseException:
            with self._lock:
                self._answers.pop(identity, None)
            raise
        with self._lock:
            self._answers[identity] = answer
            if len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return answer


async def _body(request: Request) -> bytes | None:
    """None for one that is too large."""
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > _LARGEST_BODY:
            return None
    return bytes(pieces)


def _problem(error: CovetSreError) -> Response:
    match error:
        case NotSigned():
            status = 401
        case SecretMissing() | StoreError():
            status = 503
        case Refused():
            status = 400
        case _:
            return answer_for(error)
    return problem_answer(status, error.code, error.problem, error.remedy)
