"""Errors as problem+json (RFC 9457): what happened, and what to do."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from structlog.contextvars import get_contextvars

from covet_sre.errors import CovetSreError, NotAllowed, NotFound, NotSignedIn, Refused, StoreError, Unavailable


class Problem(BaseModel):
    """`code` is stable and explained in docs/errors.md; `detail` says what happened, `remedy` what to do.

    `request_id` is what the log lines of the request carry, too.
    """

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    remedy: str = ""
    request_id: str = ""


PROBLEM_JSON = "application/problem+json"

_TITLES = {
    400: "Not a request",
    401: "Not signed in",
    403: "Not allowed",
    429: "Too many tries",
    404: "No such thing",
    405: "Not possible here",
    409: "Conflict",
    413: "Too large",
    422: "Refused",
    503: "Not possible now",
}


class Conflict(Refused):
    """The Idempotency-Key was used for another request. Use a new one for each thing that is to happen."""

    code = "idempotency-key-reused"


RETRY_AFTER_SECONDS = 5
"""After so long it is worth asking whether something decides again."""


def problem_answer(status: int, code: str, detail: str, remedy: str = "") -> JSONResponse:
    """One problem as an answer; the composition root uses it for addresses that no route has."""
    title = _TITLES.get(status, "Something went wrong")
    request = str(get_contextvars().get("request_id", ""))
    problem = Problem(title=title, status=status, code=code, detail=detail, remedy=remedy, request_id=request)
    headers = {"retry-after": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    return JSONResponse(problem.model_dump(), status, headers, media_type=PROBLEM_JSON)


def answer_for(error: CovetSreError) -> JSONResponse:
    """401 and 403 for what somebody may not do, 404 for what does not exist, 409 and 422 for what breaks a rule, 503
    for what cannot be done now.

    With the code `unavailable` it is kept, and will be done: nothing needs to be sent again.
    """
    match error:
        case NotSignedIn():
            status = 401
        case NotAllowed():
            status = 403
        case NotFound():
            status = 404
        case Conflict():
            status = 409
        case Refused():
            status = 422
        case StoreError() | Unavailable():
            status = 503
        case _:
            status = 500
    return problem_answer(status, error.code, error.problem, error.remedy)


def _invalid(error: RequestValidationError) -> JSONResponse:
    told = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
    return problem_answer(422, "invalid-request", told, "see /openapi.json for what is accepted")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer, for OpenAPI."""
    schema = {PROBLEM_JSON: {"schema": Problem.model_json_schema()}}
    words = {
        401: "Not signed in",
        403: "Not allowed",
        404: "No such thing",
        409: "Idempotency-Key reused",
        422: "Refused",
        503: "Not possible now",
    }
    return {status: {"description": words[status], "content": schema} for status in statuses}


class ProblemRoute(APIRoute):
    """A route whose errors are problems, whatever application it is included in."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except CovetSreError as error:
                return answer_for(error)
            except RequestValidationError as error:
                return _invalid(error)
            except HTTPException as error:
                return problem_answer(error.status_code, "invalid-request", str(error.detail))

        return told
