"""Alertmanager's own API v2, as far as amtool and dashboards use it, over our alerts and silences."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from covet_sre.alerting.labels import labels_of
from covet_sre.alerting.matchers import matches_all
from covet_sre.api.alertmanager.alerts import MOST_AT_ONCE, alerts_after, groups_of, pages_of_all
from covet_sre.api.alertmanager.filters import alert_filter, matchers_of
from covet_sre.api.alertmanager.silences import NewIdentity, end_silence, found_silence, posted_silence, put_silence
from covet_sre.api.alertmanager.status import Ready, receivers_of, status_of
from covet_sre.api.alertmanager.view import silence_item, silences_in_order
from covet_sre.api.hooks.acceptance import Acceptance
from covet_sre.api.hooks.body import MIB, Room, read_body
from covet_sre.api.hooks.proof import Proof
from covet_sre.api.hooks.trouble import Trouble
from covet_sre.errors import CovetSreError, NotFound, Refused, StoreError, Unavailable
from covet_sre.flows.acting import acting
from covet_sre.flows.incidents import Incidents

SETTLED_WITHIN_SECONDS = 5.0
"""So long a GET waits for what was accepted before it to be disposed of."""

_AT_ONCE = 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """What the API stands on. `proof` is what requests must show, but for a signature: what only asks has no body."""

    incidents: Incidents
    acceptance: Acceptance
    new_identity: NewIdentity
    unready: Ready
    version: str
    proof: Proof | None = None


def alertmanager_routes(alertmanager: Alertmanager) -> list[Route]:
    """Everything but POST /api/v2/alerts, which is a hook."""
    api = _Api(alertmanager)
    return [
        _route("/api/v2/alerts", "GET", api.told(api.alerts)),
        _route("/api/v2/alerts/groups", "GET", api.told(api.groups)),
        _route("/api/v2/silences", "GET", api.told(api.silences)),
        _route("/api/v2/silences", "POST", api.told(api.set_silence)),
        _route("/api/v2/silence/{identity}", "GET", api.told(api.silence)),
        _route("/api/v2/silence/{identity}", "DELETE", api.told(api.expire_silence)),
        _route("/api/v2/receivers", "GET", api.told(api.receivers)),
        _route("/api/v2/status", "GET", api.told(api.status)),
        _route("/-/ready", "GET", api.ready),
        _route("/-/healthy", "GET", api.healthy),
    ]


Handler = Callable[[Request], Awaitable[Response]]


def _route(path: str, method: str, handler: Handler) -> Route:
    return Route(path, handler, methods=[method], include_in_schema=False)


class _Api:
    def __init__(self, alertmanager: Alertmanager) -> None:
        self._of = alertmanager
        self._incidents = alertmanager.incidents
        self._started_at = alertmanager.incidents.now()
        self._settled: int | None = None
        self._room = Room()
        # Threads of its own, so that waiting here keeps no page waiting.
        self._threads = CapacityLimiter(_AT_ONCE)

    def told(self, handle: Handler) -> Handler:
        """Errors as Alertmanager has them: a status, and a text as JSON."""

        async def answered(request: Request) -> Response:
            try:
                if self._of.proof is not None and not acting().is_known:
                    self._of.proof.check(dict(request.scope["headers"]), request.scope)
                return await handle(request)
            except Trouble as trouble:
                return _text(trouble.problem, trouble.status)
            except CovetSreError as error:
                return _text(str(error), _status_of(error))

        return answered

    async def alerts(self, request: Request) -> Response:
        wanted = alert_filter(request.query_params)
        limit, after = _number(request, "limit"), request.query_params.get("after")
        if limit is None:
            pieces = pages_of_all(self._incidents, wanted)
            first = await self._settle(partial(next, pieces, b""))
            return StreamingResponse(self._streamed(first, pieces), media_type="application/json")
        items, following = await self._settle(partial(alerts_after, self._incidents, wanted, after, limit))
        return JSONResponse(items, headers=_next_page(request, following))

    async def groups(self, request: Request) -> Response:
        wanted = alert_filter(request.query_params)
        return JSONResponse(await self._settle(partial(groups_of, self._incidents, wanted)))

    async def silences(self, request: Request) -> Response:
        matchers = matchers_of(request.query_params.getlist("filter"))
        silences, now = await self._run(self._incidents.silences), self._incidents.now()
        shown = [
            silence_item(silence, now)
            for silence in silences_in_order(silences, now)
            if matches_all(matchers, labels_of({matcher.name: matcher.value for matcher in silence.matchers}))
        ]
        return JSONResponse(shown)

    async def silence(self, request: Request) -> Response:
        silences = await self._run(self._incidents.silences)
        return JSONResponse(silence_item(_found(request, silences), self._incidents.now()))

    async def set_silence(self, request: Request) -> Response:
        with self._room.place() as place:
            body = await read_body(request.receive, dict(request.scope["headers"]), MIB, place)
        posted = posted_silence(body)
        identity = await self._run(partial(put_silence, self._incidents, posted, self._of.new_identity))
        return JSONResponse({"silenceID": identity})

    async def expire_silence(self, request: Request) -> Response:
        identity, actor = request.path_params["identity"], request.client.host if request.client else ""
        await self._run(partial(end_silence, self._incidents, identity, actor or "Alertmanager's API"))
        return Response()

    async def receivers(self, _request: Request) -> Response:
        return JSONResponse([{"name": name} for name in receivers_of(self._incidents.rules())])

    async def status(self, _request: Request) -> Response:
        return JSONResponse(status_of(self._incidents.rules(), self._of.version, self._started_at))

    async def ready(self, _request: Request) -> Response:
        reason = self._of.unready()
        return PlainTextResponse("OK" if reason is None else reason, 200 if reason is None else 503)

    async def healthy(self, _request: Request) -> Response:
        return PlainTextResponse("OK")

    async def _run(self, act: Callable[[], T]) -> T:
        return await run_sync(act, limiter=self._threads)

    async def _settle(self, act: Callable[[], T]) -> T:
        """After what was accepted before is disposed of, or after a while."""
        latest = self._of.acceptance.latest

        def settled() -> T:
            if latest is None or latest == self._settled:
                return act()
            if self._incidents.wait_for([latest], SETTLED_WITHIN_SECONDS):
                self._settled = latest
            return act()

        return await self._run(settled)

    async def _streamed(self, first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        piece = first
        while piece:
            yield piece
            piece = await self._run(partial(next, pieces, b""))


def _found(request: Request, silences: Any) -> Any:
    return found_silence(silences, request.path_params["identity"])


def _number(request: Request, name: str) -> int | None:
    """A whole number from 1; None where there is none."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_AT_ONCE):
        raise Refused(f"this must be 1 to {MOST_AT_ONCE:,}", where=name)
    return int(text)


def _next_page(request: Request, after: str | None) -> dict[str, str]:
    if after is None:
        return {}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    return {"link": f'<{request.url.path}?{urlencode([*kept, ("after", after)])}>; rel="next"'}


def _status_of(error: CovetSreError) -> int:
    match error:
        case NotFound():
            return 404
        case Refused():
            return 400
        case StoreError() | Unavailable():
            return 503
        case _:
            return 500


def _text(problem: str, status: int) -> Response:
    headers = {"retry-after": "5"} if status == 503 else {}
    return Response(json.dumps(problem), status, headers, media_type="application/json")
