"""Which route template of a CovetPy application a request belongs to.

CovetPy leaves no template in the ASGI scope, so a metric that is labelled inside or outside of it would hold the
raw path. This asks the application's own router and turns the handler it found back into the pattern.
"""

from collections.abc import Callable, Mapping
from typing import Any

from covet import CovetRouter


def route_templates(router: CovetRouter) -> Callable[[Mapping[str, Any]], str | None]:
    """Return a resolver for `ReliabilityMiddleware(routes=...)`: scope -> template, or None when unmatched."""

    def template(scope: Mapping[str, Any]) -> str | None:
        path, method = scope["path"], scope["method"]
        if method in router.static_routes.get(path, {}):
            return path
        try:
            if router.match_route(path, method) is None:
                return None
        except ValueError:
            # CovetPy converts every parameter of digits, and "\u00b2".isdigit() is true: the route did match, and
            # the request will fail; it still belongs to its template.
            pass
        # The first that fits is the one that CovetPy uses, and matching has compiled the expressions.
        for route in router.dynamic_routes:
            if method in route.methods and route.regex_pattern and route.regex_pattern.match(path):
                return route.pattern
        return None

    return template
