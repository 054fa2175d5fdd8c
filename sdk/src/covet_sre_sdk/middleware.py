"""The ASGI middleware: counts and times each request under its route template."""

import threading
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable
from time import perf_counter
from types import TracebackType

from covet_sre_sdk.asgi import App, Message, Receive, Scope, Send
from covet_sre_sdk.cells import STARTED, Cell
from covet_sre_sdk.endpoint import MetricsApp
from covet_sre_sdk.families import REQUESTS
from covet_sre_sdk.registry import Metrics, metrics
from covet_sre_sdk.routes import (
    METHODS,
    OTHER,
    OTHER_METHOD,
    UNMATCHED,
    KnownRoute,
    RouteTable,
    read_routes,
    template_of,
)

RouteResolver = Callable[[Scope], str | None]

_BOUNDS = REQUESTS.bounds
_LOWEST_BOUND = _BOUNDS[0]
_NOT_STARTED: int = 0
_COUNTED: int = -1
_CLIENT_LEFT = 499  # nginx's code for a client that went away before it had an answer


class ReliabilityMiddleware:
    """Measures an ASGI application; put it outermost.

    - A request counts when the last piece of its response is handed to the server, so every answer that a client
      has got is counted, and background tasks are no latency.
    - An unhandled exception counts as 500, and so does a response that breaks off, whatever its status said.
    - A client that goes away is no error of the service: it counts under the status that was sent, or as 499.
    - Websockets and lifespan pass through untouched and uncounted.

    `routes` gives the template for frameworks that leave none in the scope. `exclude` names paths that are not
    counted. More than `max_routes` templates count as `other`. `metrics_path` is answered by the middleware itself;
    None leaves that path to the application.
    """

    def __init__(
        self,
        app: App,
        metrics: Metrics = metrics,
        routes: RouteResolver | None = None,
        exclude: Iterable[str] = ("/metrics",),
        max_routes: int = 500,
        metrics_path: str | None = "/metrics",
    ) -> None:
        self.app = app
        self._metrics = metrics
        self._resolver = routes
        self._exclude = tuple(exclude)
        self._max_routes = max_routes
        self._metrics_path = metrics_path
        self._metrics_app = MetricsApp(metrics)
        self._apart = frozenset(self._exclude) | ({metrics_path} if metrics_path else frozenset[str]())
        self._table = RouteTable()
        self._templates: set[str] = set()
        self._threads = threading.local()
        metrics.before_collecting(self._declare_routes)
        metrics.after_fork(self._forget_threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on to the application."""
        if scope["type"] != "http" or scope["path"] in self._apart:
            await self._pass_by(scope, receive, send)
            return
        try:
            thread: _Thread = self._threads.here
        except AttributeError:
            thread = self._threads.here = self._enter_thread(scope)
            await self(scope, receive, send)
            return
        request = _Request()  # filled from here: __init__ alone would cost a tenth of the whole
        request.thread = thread
        request.scope = scope
        request.receive_from = receive
        request.send_to = send
        request.status = _NOT_STARTED
        thread.started[0] += 1
        request.began = perf_counter()
        try:
            await self.app(scope, request, request.send)
        except BaseException as error:
            request.count_unfinished(error)
            raise
        if request.status != _COUNTED:
            request.count_unfinished(None)

    async def _pass_by(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._metrics_path
        if scope["type"] == "http" and path and scope["path"] in (path, scope.get("root_path", "") + path):
            await self._metrics_app(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _enter_thread(self, scope: Scope) -> "_Thread":
        """Prepare for the first request on this thread."""
        # Servers with a root path put it before the path; it is the same for all requests.
        root: str = scope.get("root_path", "")
        if root:
            named = [*self._exclude, *([self._metrics_path] if self._metrics_path else [])]
            self._apart = self._apart.union(root + path for path in named)
        self._declare_routes()
        return _Thread(self, self._metrics)

    def _declare_routes(self) -> None:
        """Expose what the application's route table knows, at 0, before the first request."""
        table = read_routes(self.app)
        if len(table.kept) == len(self._table.kept):
            return
        self._table = table
        for known in table.known:
            self._declare(known)

    def _declare(self, known: KnownRoute) -> None:
        if known.template not in self._apart and self._resolver is None:
            labels = (known.method, self._limited(known.template))
            self._metrics.declare(REQUESTS, labels, outcomes=(known.success_code,))

    def _limited(self, template: str) -> str:
        if template not in self._templates:
            if len(self._templates) >= self._max_routes:
                return OTHER
            self._templates.add(template)
        return template

    def resolve(self, scope: Scope) -> tuple[str, bool]:
        """Return a request's template, and whether its route object always means this template."""
        if self._resolver is None:
            template, always = template_of(scope, self._table)
        else:
            template, always = self._resolver(scope) or UNMATCHED, False
        return template if template == UNMATCHED else self._limited(template), always

    def _forget_threads(self) -> None:
        self._threads = threading.local()


class _Thread:
    """One thread's way from a route object, method and status to its own cell."""

    __slots__ = ("_kept", "_middleware", "_shard", "cells", "started")

    def __init__(self, middleware: ReliabilityMiddleware, metrics: Metrics) -> None:
        self._middleware = middleware
        self._shard = metrics.shard()
        self._kept: dict[int, object] = {}
        self.cells: dict[tuple[int, str, int], Cell] = {}
        self.started = self._shard.cell(STARTED, 1)

    def find(self, scope: Scope, status: int) -> Cell:
        """Return the cell for a request whose route object has not been met yet, or is not enough to go by."""
        template, always = self._middleware.resolve(scope)
        method: str = scope["method"]
        known_method = method in METHODS
        code = str(int(status))
        cell = self._shard.event_cell(REQUESTS, (method if known_method else OTHER_METHOD, template, code))
        if always and known_method and len(self.cells) < 100_000:
            route = scope["route"]
            self._kept[id(route)] = route  # an id is only good while its object lives
            self.cells[id(route), method, status] = cell
        return cell


class _Request:
    """One request under way: what the application receives from, and sends to by `send`."""

    __slots__ = ("began", "receive_from", "scope", "send_to", "status", "thread")

    began: float
    receive_from: Receive
    scope: Scope
    send_to: Send
    status: int
    thread: _Thread

    # The object itself stands for receive(): most requests never call it, and a bound method would be made for each.
    async def __call__(self) -> Message:
        message = await self.receive_from()
        if message["type"] == "http.disconnect":
            self.receive_from = _client_has_left
            if self.status == _NOT_STARTED:
                self.status = _CLIENT_LEFT  # and stays so: what is sent from here on, often a 500, reaches nobody
        return message

    # No coroutine of its own: it hands the server's on, which the application awaits.
    def send(self, message: Message) -> Awaitable[None]:
        kind = message["type"]
        if kind == "http.response.body":
            if "more_body" not in message or not message["more_body"]:
                seconds = perf_counter() - self.began
                scope = self.scope
                try:
                    cell = self.thread.cells[id(scope["route"]), scope["method"], self.status]
                except KeyError:
                    self.count(seconds, self.status or 500)
                else:
                    self.status = _COUNTED
                    # The usual request is fast: the comparison costs half of the search.
                    cell[0 if seconds <= _LOWEST_BOUND else bisect_left(_BOUNDS, seconds)] += 1
                    cell[-1] += seconds
        elif kind == "http.response.start":
            if self.status == _NOT_STARTED:
                self.status = message["status"]
        elif kind == "http.response.pathsend" or (
            kind == "http.response.zerocopysend" and not message.get("more_body")
        ):
            self.count(perf_counter() - self.began, self.status or 500)
        return self.send_to(message)

    def count(self, seconds: float, status: int) -> None:
        """Count this request, once."""
        if self.status == _COUNTED:
            return
        self.status = _COUNTED
        cell = self.thread.find(self.scope, status)
        cell[bisect_left(_BOUNDS, seconds)] += 1
        cell[-1] += seconds

    def count_unfinished(self, error: BaseException | None) -> None:
        """Count a request that its application has left without a complete response; others are counted."""
        if self.status == _COUNTED:
            return
        if self.receive_from is _client_has_left or (error is not None and passed_through(error, self.send_to)):
            status = self.status or _CLIENT_LEFT
        elif self.status and error is not None and not isinstance(error, Exception):
            status = self.status  # cancelled from outside in mid-stream: the server closes, or the client has left
        else:
            status = 500
        self.count(perf_counter() - self.began, status)


async def _client_has_left() -> Message:
    return {"type": "http.disconnect"}


def passed_through(error: BaseException, function: object) -> bool:
    """Return whether an OSError came out of this function: a server's send() raises it when the client has left."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    seen: BaseException | None = error
    while seen is not None and code is not None:
        if isinstance(seen, OSError) and _mentions(seen.__traceback__, code):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _mentions(trace: TracebackType | None, code: object) -> bool:
    while trace is not None:
        if trace.tb_frame.f_code is code:
            return True
        trace = trace.tb_next
    return False
