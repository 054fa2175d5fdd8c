"""Which template stands behind a request: `/orders/{id}`, never `/orders/17`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from covet_sre_sdk.asgi import Scope

UNMATCHED = "unmatched"
OTHER = "other"
METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"])
OTHER_METHOD = "OTHER"

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_REST = "/{path}"  # what a mounted application that shows no routes does with the rest is its own affair


@dataclass(frozen=True, slots=True)
class KnownRoute:
    """A route that an application declares: it can be exposed before its first request."""

    method: str
    template: str
    success_code: str


@dataclass(slots=True)
class RouteTable:
    """What an application's route table says beforehand.

    `templates` gives the template of a route object by its id; None where the same object stands in two places.
    """

    templates: dict[int, str | None] = field(default_factory=dict[int, str | None])
    known: list[KnownRoute] = field(default_factory=list[KnownRoute])
    mounts: list[tuple[re.Pattern[str], str]] = field(default_factory=list[tuple[re.Pattern[str], str]])
    kept: list[Any] = field(default_factory=list[Any])

    def add(self, route: Any, path: str, methods: Iterable[str], success_code: Any) -> None:
        """Add a route that answers requests itself."""
        self.kept.append(route)  # an id is only good while its object lives
        self.templates[id(route)] = path if self.templates.get(id(route), path) == path else None
        code = str(success_code or 200)
        for method in sorted(set(methods) - {"HEAD", "OPTIONS"}):
            self.known.append(KnownRoute(method, path, code))

    def add_mount(self, path: str) -> None:
        """Add the place of a mounted application."""
        pattern = "".join(
            re.escape(piece) if index % 2 == 0 else _parameter_pattern(piece)
            for index, piece in enumerate(_PARAMETER.split(path))
        )
        self.mounts.append((re.compile(pattern), path))

    def mount_prefix(self, scope: Scope) -> str:
        """Return the template of where the innermost application of this request is mounted; "" at the top."""
        top: str | None = scope.get("app_root_path")
        if top is None:
            return ""
        place = str(scope.get("root_path", "")).removeprefix(top)
        for pattern, path in self.mounts:
            if pattern.fullmatch(place):
                return path
        return "/{mount}" if place else ""  # below an application that shows no routes


def read_routes(app: Any) -> RouteTable:
    """Read the route table of an application, through the middleware around it; empty when it shows none."""
    table = RouteTable()
    for _ in range(100):  # a chain of middleware, not a circle
        if isinstance(getattr(app, "routes", None), list):
            _read(app.routes, "", table, 0)
            break
        app = getattr(app, "app", None)
    return table


def _read(routes: Iterable[Any], prefix: str, table: RouteTable, depth: int) -> None:
    if depth > 20:
        return
    for original, route in _effective(routes):
        inner = getattr(route, "routes", None)
        path = getattr(route, "path", "")
        if isinstance(inner, list):
            # A Mount has a path; a Host has none.
            if path:
                table.add_mount(prefix + path)
            _read(inner, prefix + path, table, depth + 1)
        elif hasattr(route, "path_components"):
            _read_litestar_route(route, prefix, table)
        elif hasattr(route, "endpoint"):
            table.add(
                original, prefix + path, getattr(route, "methods", None) or (), getattr(original, "status_code", None)
            )


def _effective(routes: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Give each route with what it amounts to: FastAPI keeps included routers apart, with their prefix beside."""
    for route in routes:
        contexts = getattr(route, "effective_route_contexts", None)
        if contexts is None:
            yield route, route
            continue
        for context in contexts():
            yield context.original_route, getattr(context, "starlette_route", None) or context


def _read_litestar_route(route: Any, prefix: str, table: RouteTable) -> None:
    for handler in getattr(route, "route_handlers", ()):
        table.add(handler, prefix + route.path_format, handler.http_methods, handler.status_code)


def _parameter_pattern(parameter: str) -> str:
    return ".*" if parameter.endswith(":path") else "[^/]+"


def template_of(scope: Scope, table: RouteTable) -> tuple[str, bool]:
    """Return a request's template once it is routed, and whether its route object always means this template."""
    route = scope.get("route")
    template = table.templates.get(id(route))
    if template is not None:
        return template, True
    handler = scope.get("route_handler")
    if handler is not None and "path_template" in scope:
        return table.mount_prefix(scope) + _litestar_template(handler, scope["path_template"]), False
    path: str | None = getattr(route, "path", None)
    if path is None or _is_mount(route):
        return _in_a_mount(scope, table), False
    context: Any = scope.get("fastapi", {}).get("effective_route_context")
    if context is not None and getattr(context, "original_route", None) is route:
        included: Any = getattr(context, "starlette_route", None) or context
        return table.mount_prefix(scope) + included.path, False
    return table.mount_prefix(scope) + path, "app_root_path" not in scope


def _is_mount(route: Any) -> bool:
    return hasattr(route, "routes") and hasattr(route, "app")


def _in_a_mount(scope: Scope, table: RouteTable) -> str:
    """Return the template where the last thing known is the mounted application, if any."""
    mounted = scope.get("endpoint")
    prefix = table.mount_prefix(scope)
    if not prefix or getattr(mounted, "routes", None):
        return UNMATCHED  # it has a route table, and nothing in it matched
    return prefix + _REST


def _litestar_template(handler: Any, path_template: str) -> str:
    if getattr(handler, "is_mount", False):
        return min(handler.paths).rstrip("/") + _REST
    return path_template
