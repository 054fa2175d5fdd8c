"""The addresses that the public reads: answered from memory, so that neither the desk nor the database is asked."""

import gzip
import hashlib
import threading
from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from covet_sre.web.status.site import TYPES, Site

BASE = "/status"

_PLACE = "/{path:path}"
_KEPT_SECONDS = 30
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_WHILE = f"public, max-age={_KEPT_SECONDS}, stale-while-revalidate=60, stale-if-error=86400"
_SMALLEST_PACKED_BYTES = 1000

_FOR_PROGRAMS = {"json", "rss", "atom"}
"""What programs on other sites may read, as they may read Statuspage's."""


class Served:
    """One rendered site with what answers need of it: tags, and packed content, each made once."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._tags: dict[str, str] = {}
        self._packed: dict[str, bytes] = {}
        self._guard = threading.Lock()

    def find(self, path: str) -> str | None:
        """The file that an address names, with or without its ending; None for none."""
        wanted = path.strip("/") or "index.html"
        return next((each for each in (wanted, f"{wanted}.html", f"{wanted}.json") if each in self.site), None)

    def tag(self, name: str) -> str:
        with self._guard:
            if name not in self._tags:
                self._tags[name] = hashlib.sha256(self.site[name]).hexdigest()[:32]
            return self._tags[name]

    def packed(self, name: str) -> bytes:
        with self._guard:
            if name not in self._packed:
                self._packed[name] = gzip.compress(self.site[name], 6, mtime=0)
            return self._packed[name]


def public_routes(router: APIRouter, served: Callable[[], Served | None]) -> None:
    """Everything below /status that is a file. `served` gives None while there is no page."""

    @router.api_route(BASE, methods=["GET", "HEAD"])
    async def without_slash() -> Response:
        # Links on the page are relative to the folder that it is in.
        return RedirectResponse("status/", 308, headers={"cache-control": _FOR_EVER})

    @router.api_route(f"{BASE}{_PLACE}", methods=["GET", "HEAD"])
    async def file(path: str, request: Request) -> Response:
        now = served()
        name = now.find(path) if now is not None else None
        if now is None or name is None:
            return Response("Nothing is found at this address.\n", 404, media_type="text/plain")
        return _answer(now, name, request)


def _answer(served: Served, name: str, request: Request) -> Response:
    kind = name.rpartition(".")[2]
    packs = len(served.site[name]) >= _SMALLEST_PACKED_BYTES and _takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{served.tag(name)}{"-gzip" if packs else ""}"'
    headers = {
        "cache-control": _FOR_EVER if kind == "css" else _FOR_A_WHILE,
        "etag": tag,
        "vary": "accept-encoding",
    }
    if kind in _FOR_PROGRAMS:
        headers |= {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    if packs:
        headers["content-encoding"] = "gzip"
    content = served.packed(name) if packs else served.site[name]
    return Response(content, headers=headers | {"content-type": TYPES[kind]})


def _takes_gzip(accepted: str) -> bool:
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _has(named: str, tag: str) -> bool:
    tags = [each.strip().removeprefix("W/") for each in named.split(",")]
    return tag in tags or "*" in tags
