"""Asking a running server, with the standard library's HTTP client."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from shutil import copyfileobj
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import click

from covet_sre.errors import CovetSreError, Refused, SourceMisanswered, SourceUnreachable, Unavailable

DEFAULT_SERVER = "http://127.0.0.1:8420"
_TIMEOUT_SECONDS = 30.0
_DOWNLOAD_SECONDS = 3600.0
"""A backup begins to come when it is made: of a large database, after minutes."""

server_option = click.option(
    "--server", default=DEFAULT_SERVER, show_default=True, envvar="COVET_SRE_SERVER", metavar="URL"
)


class Client:
    """Raises SourceUnreachable, SourceMisanswered, and Refused or Unavailable with the server's own words."""

    def __init__(self, server: str) -> None:
        self.server = server.rstrip("/")
        # A proxy of the environment has no business between us and loopback.
        self._opener = build_opener(ProxyHandler({}))
        token = os.environ.get("COVET_SRE_TOKEN", "").strip()
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def items(self, path: str, most: int | None = None, **asked: str) -> list[dict[str, Any]]:
        """All items of a list, page by page, or the first `most` of them; empty filters ask nothing."""
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        limit = 200 if most is None else min(most, 200)
        while cursor is not None and (most is None or len(items) < most):
            given = {"limit": str(limit), "cursor": cursor, **asked}
            page = self._send("GET", f"{path}?{urlencode({name: value for name, value in given.items() if value})}")
            items += page["items"]
            cursor = page["next"]
        return items[:most]

    def get(self, path: str) -> dict[str, Any]:
        """One answer."""
        return self._send("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send something that changes things; the answer."""
        return self._send("POST", path, body)

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change something; the answer."""
        return self._send("PATCH", path, body)

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Put something in the place of what is there; the answer."""
        return self._send("PUT", path, body)

    def delete(self, path: str, **asked: str) -> dict[str, Any]:
        """End something; the answer."""
        return self._send("DELETE", f"{path}?{urlencode(asked)}")

    def download(self, path: str, to: Path) -> None:
        """What a POST answers, as a file: whole, or none."""
        partial = to.with_name(f".{to.name}.partial")

        def pour(answer: Any) -> None:
            with partial.open("wb") as file:
                copyfileobj(answer, file)
                expected = answer.headers.get("content-length")
            if expected is not None and partial.stat().st_size != int(expected):
                raise OSError("the answer was cut short")

        try:
            request = Request(self.server + path, b"{}", {"content-type": "application/json"}, method="POST")
            self._open(request, pour, _DOWNLOAD_SECONDS)
            partial.chmod(0o600)
            partial.replace(to)
        finally:
            partial.unlink(missing_ok=True)

    def submit(self, path: str, fields: dict[str, str]) -> None:
        """Send a form, as a page would."""
        request = Request(self.server + path, urlencode(fields).encode(), method="POST")
        self._open(request, lambda answer: answer.read())

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.server + path, data, {"content-type": "application/json"}, method=method)
        found: dict[str, Any] = self._open(request, json.load)
        return found

    def _open(self, request: Request, read: Callable[[Any], Any], seconds: float = _TIMEOUT_SECONDS) -> Any:
        for name, value in self._headers.items():
            # A server that sends us elsewhere is not the one that was named: the token stays here.
            request.add_unredirected_header(name, value)
        try:
            with self._opener.open(request, timeout=seconds) as answer:
                return read(answer)
        except HTTPError as error:
            raise _refusal(error, request.full_url) from error
        except ValueError as error:
            raise SourceMisanswered("the answer is no JSON", where=self.server, remedy="is this Covet SRE?") from error
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise SourceUnreachable(
                f"no answer: {reason}", where=self.server, remedy="start it with covet-sre serve, or name it: --server"
            ) from error


def in_path(part: str) -> str:
    """A name as one part of an address."""
    return quote(part, safe="")


def _refusal(error: HTTPError, address: str) -> CovetSreError:
    code = ""
    try:
        told = json.load(error)
        detail, remedy = str(told.get("detail", error.reason)), str(told.get("remedy", ""))
        code = str(told.get("code", ""))
    except ValueError:
        detail, remedy = str(error.reason), ""
    if code == Unavailable.code:
        return Unavailable(detail, where=address, remedy=remedy)
    return Refused(f"{error.code} {detail}", where=address, remedy=remedy)
