"""Every request has an id, which its log lines and its answer carry, and is counted by route and status.

The outermost layer. Only the route's template is counted and logged: an address may hold a secret.
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from itertools import count
from time import monotonic

import structlog
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from covet_sre.flows.operating import Doings

log = structlog.get_logger("covet_sre.requests")

REQUEST_ID = "request_id"
"""The name under which structlog's context carries it."""

UNMATCHED = "unmatched"
NO_ANSWER = 499
"""Counted for a request whose sender left before there was an answer."""

_GIVEN = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_TRACE = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_NO_TRACE = b"0" * 32
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """Around an application. `logged`: none, errors (5xx) or all."""

    def __init__(self, logged: str = "none") -> None:
        self._logged = logged
        self._doors: frozenset[str] = frozenset()
        self._templates: dict[int, str] = {}
        self._counted: dict[tuple[str, str, int], int] = {}
        self._seconds: dict[str, float] = {}
        # Half the time of a random one for each, and as unique.
        self._process, self._numbers = uuid.uuid4().hex[:12], count(1)

    def know(self, routes: Iterable[BaseRoute], doors: Iterable[Route]) -> None:
        """What is served; `doors` are the routes through which alerts arrive."""
        self._doors = frozenset(route.path for route in doors)
        self._templates = {id(route.endpoint): route.path for route in routes if isinstance(route, Route)}

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application, with its requests named and counted."""

        async def named(scope: Scope, receive: Receive, send: Send) -> None:
            await self._serve(app, scope, receive, send)

        return named

    async def _serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        identity = request_id(scope["headers"]) or f"{self._process}-{next(self._numbers):x}"
        status, began = NO_ANSWER, monotonic()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", identity.encode())]
            await send(message)

        # Where alerts arrive nothing is logged by the way, and a context would cost as much as the rest of this.
        with nullcontext() if scope["path"] in self._doors else bound_contextvars(**{REQUEST_ID: identity}):
            try:
                await app(scope, receive, send_with_id)
            except BaseException:
                status = 500 if status == NO_ANSWER else status
                raise
            finally:
                self._done(scope, status, monotonic() - began, identity)

    def doings(self) -> Doings:
        """What was counted until now."""
        return Doings(requests=dict(self._counted), request_seconds=dict(self._seconds), doors=self._doors)

    def _done(self, scope: Scope, status: int, seconds: float, identity: str) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = self._template(scope)
        key = method, route, status
        # The event loop's thread alone comes here.
        self._counted[key] = self._counted.get(key, 0) + 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds
        # Alerts that are told to come again are counted: a line for each would make too much of too much.
        is_error = status >= 500 and not (status == 503 and route in self._doors)
        if self._logged == "all" or (self._logged == "errors" and is_error):
            tell = log.error if status >= 500 else log.info
            said = {"method": method, "route": route, "status": status, "seconds": round(seconds, 6)}
            tell("request", **{**said, REQUEST_ID: identity})

    def _template(self, scope: Scope) -> str:
        if scope["path"] in self._doors:
            return scope["path"]
        route = scope.get("route")
        if isinstance(path := getattr(route, "path", None), str):
            return f"{scope.get('root_path', '')}{path}"
        return self._templates.get(id(scope.get("endpoint")), UNMATCHED)


def request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The id that the sender gave: X-Request-Id, or the trace of a traceparent. Empty where it gave none, or several,
    or what is not well formed: it stands in log lines and headers."""
    given: Mapping[bytes, list[bytes]] = {b"x-request-id": [], b"traceparent": []}
    for name, value in headers:
        if name in given:
            given[name].append(value)
    if len(given[b"x-request-id"]) == 1 and _GIVEN.fullmatch(given[b"x-request-id"][0]):
        return given[b"x-request-id"][0].decode()
    traces = given[b"traceparent"]
    found = _TRACE.fullmatch(traces[0]) if len(traces) == 1 else None
    return found[1].decode() if found and found[1] != _NO_TRACE else ""
