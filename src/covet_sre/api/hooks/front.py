"""The shortest way in: what brings alerts goes straight to its door, past the layers that pages need."""

from collections.abc import Iterable

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Front:
    """An ASGI application: POST requests to the paths of `doors`, to the letter; `others` are given everything else."""

    def __init__(self, others: ASGIApp, doors: Iterable[Route]) -> None:
        self._others = others
        self._doors = {route.path: route.app for route in doors}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        door = self._doors.get(scope["path"]) if is_post else None
        await (self._others if door is None else door)(scope, receive, send)
