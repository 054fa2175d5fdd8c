"""Our own style, script and mark: read once, named by their content, kept by browsers for a year."""

import hashlib
from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class Assets:
    """The files of `web/static`. `address` changes with the content, so that an upgrade is seen at once."""

    def __init__(self) -> None:
        folder = files("covet_sre.web") / "static"
        self._content = {
            each.name: each.read_bytes() for each in folder.iterdir() if each.name.rpartition(".")[2] in _TYPES
        }
        self._addresses = {
            name: f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
            for name, content in self._content.items()
        }

    def address(self, name: str) -> str:
        return self._addresses[name]

    def text(self, name: str) -> str:
        """The content itself, for a page that must stand alone."""
        return self._content[name].decode()

    def answer(self, name: str) -> Response:
        content = self._content.get(name)
        if content is None:
            return Response("no such file", 404, media_type="text/plain")
        kept = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(content, media_type=_TYPES[name.rpartition(".")[2]], headers=kept)

    def mark(self) -> Response:
        return self.answer("mark.svg")

    def routes(self, router: APIRouter) -> None:
        router.add_api_route("/static/{name}", self.answer, methods=["GET"], include_in_schema=False)
        router.add_api_route("/favicon.ico", self.mark, methods=["GET"], include_in_schema=False)
