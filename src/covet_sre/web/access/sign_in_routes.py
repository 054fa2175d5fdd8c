"""Signing in and out."""

from functools import partial
from typing import Annotated

import structlog
from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from covet_sre.errors import CovetSreError, SignInRefused
from covet_sre.flows.access.signing_in import SignedIn
from covet_sre.flows.access.throttle import TooMany
from covet_sre.flows.acting import acting
from covet_sre.flows.reading import Reliability
from covet_sre.web.access.doors import AccessDoors
from covet_sre.web.access.sign_in_page import sign_in_page
from covet_sre.web.forms import NO_NUL, form_fields
from covet_sre.web.rendering import Renderer

log = structlog.get_logger(__name__)

Wanted = Annotated[str, Query(alias="next", max_length=2000, pattern=NO_NUL)]


def inside(wanted: str) -> str:
    """A page of ours to open, and never an address elsewhere: `//host` and `/\\\\host` lead away."""
    fits = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\\" not in wanted
    return wanted if fits and all(" " < each <= "~" for each in wanted) else "/"


def sign_in_pages(router: APIRouter, reliability: Reliability, doors: AccessDoors, renderer: Renderer) -> None:
    """The form, the way to the provider and back, and the way out."""

    def shown(wanted: str, name: str = "", problem: str = "", remedy: str = "", status: int = 200) -> Response:
        view = sign_in_page(reliability, doors, inside(wanted), name, problem, remedy)
        return renderer.page("sign_in.html", view, status)

    @router.get("/sign-in")
    def ask(wanted: Wanted = "/") -> Response:
        if acting().session:
            return RedirectResponse(inside(wanted), 303)
        return shown(wanted)

    def signed_in(fields: dict[str, str], address: str, agent: str) -> Response:
        name, wanted = fields.get("name", ""), fields.get("next", "/")
        try:
            found = doors.sign_in.by_password(name, fields.get("password", ""), address, agent)
        except TooMany as error:
            answer = shown(wanted, name, error.problem, error.remedy, 429)
            answer.headers["retry-after"] = f"{error.retry_after_seconds:.0f}"
            return answer
        except CovetSreError as error:
            return shown(wanted, name, error.problem, error.remedy, 401)
        return _with_session(RedirectResponse(inside(wanted), 303), found, doors)

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        fields = await form_fields(request)
        return await to_thread.run_sync(partial(signed_in, fields, _client(request), _agent(request)))

    def sent_away(wanted: str, client: str) -> Response:
        try:
            address, cookie = doors.sign_in.begin(inside(wanted), client)
        except CovetSreError as error:
            return shown(wanted, "", error.problem, error.remedy, 502)
        answer = RedirectResponse(address, 303, {"cache-control": "no-store"})
        answer.set_cookie(
            doors.away_cookie, cookie, max_age=600, path="/", secure=doors.is_secure, httponly=True, samesite="lax"
        )
        return answer

    @router.post("/sign-in/provider")
    async def leave(request: Request) -> Response:
        fields = await form_fields(request)
        return await to_thread.run_sync(sent_away, fields.get("next", "/"), _client(request))

    @router.get("/sign-in/provider/return")
    def come_back(request: Request) -> Response:
        try:
            cookie = request.cookies.get(doors.away_cookie, "")
            found, wanted = doors.sign_in.finish(dict(request.query_params), cookie, _agent(request))
        except CovetSreError as error:
            reason = error.reason if isinstance(error, SignInRefused) else error.code
            log.warning("sign-in failed", via="provider", reason=reason, address=_client(request))
            return shown("/", "", error.problem, error.remedy, 401)
        log.info("signed in", user=found.session.user, via="provider", address=_client(request))
        answer = _with_session(RedirectResponse(inside(wanted), 303), found, doors)
        answer.delete_cookie(doors.away_cookie, path="/", secure=doors.is_secure, httponly=True, samesite="lax")
        return answer

    @router.post("/sign-out")
    def sign_out() -> Response:
        principal = acting()
        if principal.session:
            doors.sign_in.out(principal.session, principal.name)
            doors.gatekeeper.forget()
        answer = RedirectResponse("/sign-in", 303, {"clear-site-data": '"cache", "storage"'})
        answer.delete_cookie(doors.cookie, path="/", secure=doors.is_secure, httponly=True, samesite="lax")
        return answer


def _with_session(answer: Response, found: SignedIn, doors: AccessDoors) -> Response:
    before = acting()
    if before.session:
        # Who signs in anew leaves no session behind.
        doors.sign_in.out(before.session, before.name)
    doors.gatekeeper.forget()
    answer.headers["cache-control"] = "no-store"
    seconds = int(found.session.ends_at - found.session.made_at)
    answer.set_cookie(
        doors.cookie, found.cookie, max_age=seconds, path="/", secure=doors.is_secure, httponly=True, samesite="lax"
    )
    return answer


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")[:200]
