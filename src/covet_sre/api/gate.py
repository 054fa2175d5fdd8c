"""The gate: no request goes further before it is known who is behind it, and that they may.

Pure ASGI around everything that is served. The table of `flows/doors.py` decides; an address that does not stand there
needs at least somebody who may look at things, and then is not found.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, quote

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from covet_sre.access.permission import Permission, Role
from covet_sre.access.principal import NOBODY, Grant, Kind, Principal
from covet_sre.access.token import PREFIX
from covet_sre.api.problems import answer_for, problem_answer
from covet_sre.errors import StoreError
from covet_sre.flows.access.gatekeeper import Gatekeeper
from covet_sre.flows.acting import acting_as
from covet_sre.flows.doors import Door, Doors, Need, Open

log = structlog.get_logger(__name__)

LINK = Principal(
    "somebody with the link", Kind.LINK, (Grant(Role.RESPONDER),), frozenset({Permission.RESPOND, Permission.ONCALL})
)
"""Who holds a link that we signed: what the link says, and nothing else, is done in the name that stands in it."""

HOOK = Principal(
    "a hook", Kind.HOOK, (Grant(Role.ADMIN),), frozenset({Permission.INGEST, Permission.RESPOND, Permission.READ})
)
"""A program that proves itself by its own signature or secret, which its door checks."""

FORM_FIELD = "csrf"
"""The field in which every form of a session shows its key."""

_WHOLE = frozenset({Permission.AUDIT, Permission.OPERATE, Permission.ACCESS})
"""What concerns the whole installation: a role for one team is not enough."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

LARGEST_BODY_BYTES = 2_097_152
"""Of everything but alerts, whose doors have limits of their own."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """`hook_proves` says of a path whether its door checks a secret or signature of its own. `cookie` is the name of
    the session's cookie; `refuse_page` makes the page of a refusal: (status, what happened, what to do)."""

    cookie: str
    hook_proves: Callable[[str], bool]
    refuse_page: Callable[[int, str, str], Response]


class Gate:
    """ASGI middleware."""

    def __init__(
        self, app: ASGIApp, gatekeeper: Gatekeeper, settings: GateSettings, doors: Doors | None = None
    ) -> None:
        self._app, self._gatekeeper, self._settings = app, gatekeeper, settings
        self._doors = doors or Doors()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        door = self._doors.find(scope["method"], scope["path"])
        need: Need = door.need if door else Permission.READ
        if need is Open.WORLD:
            await self._app(scope, receive, send)
            return
        if need is Open.HOOK and (self._settings.hook_proves(scope["path"]) or self._is_open_to_all(scope)):
            with acting_as(HOOK):
                await self._app(scope, receive, send)
            return
        try:
            principal = await self._principal(scope)
        except StoreError as error:
            # Whether the process lives must be told all the same; nobody else gets through unknown.
            if need not in (Open.PUBLIC, Open.LINK):
                await answer_for(error)(scope, receive, send)
                return
            principal = NOBODY
        if (why := _missing(principal, need)) is not None:
            _note(scope, door, principal, why)
            await self._refusal(scope, principal, why)(scope, receive, send)
            return
        if scope["method"] not in _SAFE and need is not Open.HOOK:
            if (body := await _whole(receive)) is None:
                detail = f"the body is larger than {LARGEST_BODY_BYTES:,} bytes, or breaks off"
                await self._refused(scope, 413, "too-large", detail, "send less at once")(scope, receive, send)
                return
            if principal.kind is Kind.USER and not _is_from_here(scope, body, principal):
                _note(scope, door, principal, "show no key of this session")
                detail, remedy = "this form is none of this session's", "open the page again, and send it from there"
                await self._refused(scope, 403, "form-key-wrong", detail, remedy)(scope, receive, send)
                return
            receive = _again(body, receive)
        with acting_as(LINK if need is Open.LINK else principal):
            await self._app(scope, receive, send)

    def _is_open_to_all(self, scope: Scope) -> bool:
        """Whether nobody has an account and nothing was shown: the hot path, which asks no further."""
        if any(name == b"authorization" for name, _ in scope["headers"]):
            return False
        try:
            return self._gatekeeper.anonymous() is not None
        except StoreError:
            return False

    async def _principal(self, scope: Scope) -> Principal:
        """By what the request shows: a token counts before a cookie, and one that is wrong is not passed over."""
        headers = Headers(scope=scope)
        authorization = headers.get("authorization")
        token = _token(authorization) if authorization else ""
        if token:
            return await self._asked(token, self._gatekeeper.by_token) or NOBODY
        cookie = _cookie(headers, self._settings.cookie)
        if cookie and (principal := await self._asked(cookie, self._gatekeeper.by_cookie)) is not None:
            return principal
        return self._gatekeeper.anonymous() or NOBODY

    async def _asked(self, shown: str, ask: Callable[[str], Principal | None]) -> Principal | None:
        is_known, principal = self._gatekeeper.known(shown)
        return principal if is_known else await run_in_threadpool(ask, shown)

    def _refusal(self, scope: Scope, principal: Principal, why: str) -> ASGIApp:
        if principal is not NOBODY:
            remedy = "ask an admin for a role that allows it"
            return self._refused(scope, 403, "not-allowed", f"{principal.name} may not {why}", remedy)
        if _wants_page(scope) and scope["method"] in ("GET", "HEAD"):
            where = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
            return RedirectResponse(f"/sign-in?next={quote(where, safe='')}", 303, {"cache-control": "no-store"})
        remedy = "sign in, or send a token: Authorization: Bearer csre_..."
        return self._refused(scope, 401, "not-signed-in", "nobody is known to be behind this request", remedy)

    def _refused(self, scope: Scope, status: int, code: str, detail: str, remedy: str) -> ASGIApp:
        if _wants_page(scope):
            return self._settings.refuse_page(status, detail, remedy)
        answer = problem_answer(status, code, detail, remedy)
        if status == 401:
            answer.headers["www-authenticate"] = 'Bearer realm="covet-sre"'
        return answer


def _note(scope: Scope, door: Door | None, principal: Principal, why: str) -> None:
    """A line for whoever watches. The address as it is declared: what stands in its place may be a secret."""
    address, path = scope["client"][0] if scope.get("client") else "", door.path if door else ""
    log.warning("refused", who=principal.name, may_not=why, method=scope["method"], path=path, address=address)


def _missing(principal: Principal, need: Need) -> str | None:
    """What somebody would have to be allowed; None where nothing is missing."""
    match need:
        case Open.PUBLIC | Open.LINK | Open.WORLD:
            return None
        case Open.SIGNED_IN:
            return "sign in" if principal is NOBODY else None
        case Open.HOOK:
            return None if principal.has(Permission.INGEST) else str(Permission.INGEST)
        case Permission():
            may = principal.may(need) if need in _WHOLE else principal.has(need)
            return None if may else str(need)


def _wants_page(scope: Scope) -> bool:
    path: str = scope["path"]
    if path.startswith(("/api/", "/hooks/", "/-/")) or path in ("/live", "/metrics", "/openapi.json"):
        return False
    accepted = Headers(scope=scope).get("accept", "")
    return "text/html" in accepted


def _token(authorization: str) -> str:
    """A token of ours in the header, as Bearer, or as the password of Basic for programs that know nothing else."""
    kind, _, said = authorization.partition(" ")
    said = said.strip()
    match kind.lower():
        case "bearer":
            return said if said.startswith(PREFIX) else ""
        case "basic":
            try:
                _, _, password = base64.b64decode(said, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return ""
            return password if password.startswith(PREFIX) else ""
        case _:
            return ""


def _cookie(headers: Headers, name: str) -> str:
    """The cookie's value; nothing where it stands there twice: whoever added one must not choose the session."""
    found: list[str] = []
    for header in headers.getlist("cookie"):
        try:
            jar = SimpleCookie(header)
        except CookieError:
            return ""
        found += [jar[name].value] if name in jar else []
        if header.count(f"{name}=") > 1:
            return ""
    return found[0] if len(found) == 1 else ""


async def _whole(receive: Receive) -> bytes | None:
    """The body; None for one that is too large or breaks off. What would be read endlessly is read here, and no
    further."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _is_from_here(scope: Scope, body: bytes, principal: Principal) -> bool:
    """Whether a request of a session comes from one of its pages.

    A browser says where a request to the API comes from, and the check of its Origin has been made by then. A form
    shows the session's key: an older browser says nothing, and a page elsewhere cannot know it.
    """
    if scope["path"].startswith("/api/"):
        headers = Headers(scope=scope)
        return headers.get("sec-fetch-site") == "same-origin" or headers.get("origin") is not None
    return hmac.compare_digest(_fields(body).get(FORM_FIELD, "").encode(), principal.form_key.encode())


def _fields(body: bytes) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=2000))
    except ValueError:
        return {}


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def once_more() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once_more
