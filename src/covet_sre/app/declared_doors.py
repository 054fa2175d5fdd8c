"""That every address which is served has a door: one that nobody declared fails the start."""

from collections.abc import Iterable

from starlette.routing import BaseRoute

from covet_sre.errors import CovetSreError
from covet_sre.flows.doors import undeclared


class UndeclaredRoute(CovetSreError):
    """An address is served that `flows/doors.py` does not declare. Declare what it needs."""

    code = "undeclared-route"


def check_doors(routes: Iterable[BaseRoute]) -> None:
    """Raises UndeclaredRoute where an address is served that no door declares."""
    missing, _ = undeclared(served(routes))
    if missing:
        raise UndeclaredRoute(
            f"no door is declared for {', '.join(missing)}", remedy="declare what it needs in flows/doors.py"
        )


def served(routes: Iterable[BaseRoute]) -> list[tuple[str, str]]:
    """Every (method, path) that an application serves, through routers in routers."""
    found: list[tuple[str, str]] = []
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            found += served(inner.routes)
            continue
        methods: set[str] | None = getattr(route, "methods", None)
        path = str(getattr(route, "path", ""))
        nested = getattr(route, "routes", None)
        if methods is None and nested:
            found += [(method, path + under) for method, under in served(nested)]
        else:
            # What is neither would be served to whoever asks: it has no door, and the start fails.
            found += [(method, path) for method in (methods or {"ANY"})]
    return found
