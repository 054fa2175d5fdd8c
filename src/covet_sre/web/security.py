"""What keeps other websites out: a strict policy on every answer, and a check of who asks.

A server on loopback is reachable from every page that its user opens. So a request must name this host, and what
changes something must come from our own pages, or from a program that is no browser.
"""

from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")

PUBLIC_PATH = "/status"
"""What the public reads stands below it: it may be asked for under names of its own, and read from other sites."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: with it, browsers send `Origin: null` from our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}

OVER_TLS = {"strict-transport-security": "max-age=63072000; includeSubDomains"}
"""Where people reach us by https: their browsers do not try anything else for two years."""

UNLESS_SAID = {"cache-control": "no-store"}
"""What somebody may see is kept by no browser and no proxy; our own style and script say otherwise."""

_LOOKED_AT = frozenset({b"host", b"origin", b"sec-fetch-site"})
_MOST_OWN_HOSTS = 100

_READING = ("GET", "HEAD", "OPTIONS")

FAILED = {
    "type": "about:blank",
    "title": "Something went wrong",
    "status": 500,
    "code": "internal",
    "detail": "the server failed at this request",
    "remedy": "try again; whoever runs the server finds the reason in its log",
}


class Security:
    """Pure ASGI middleware around the whole application. `hosts` are names (without port) that it is known by;
    `over_tls` says that people reach it by https.

    `public_hosts` gives the names under which nothing but the public status page is answered.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Sequence[str] = LOOPBACK_HOSTS,
        public_hosts: Callable[[], Collection[str]] = frozenset,
        *,
        over_tls: bool = False,
    ) -> None:
        self._app, self._over_tls = app, over_tls
        given = HEADERS | UNLESS_SAID | (OVER_TLS if over_tls else {})
        self._policy = tuple((name.encode(), value.encode()) for name, value in given.items())
        self._hosts = frozenset(host.lower() for host in hosts)
        self._public_hosts = public_hosts
        self._own_hosts: set[tuple[bytes, bytes]] = set()
        """Host headers that were found to name us."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        has_begun = is_over = False

        async def send_with_policy(message: Message) -> None:
            nonlocal has_begun, is_over
            is_over = message["type"] == "http.response.body" and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                has_begun = True
                answered = message.get("headers", ())
                if self._over_tls:
                    answered = [(name, _secure(value) if name == b"set-cookie" else value) for name, value in answered]
                present = {name.lower() for name, _ in answered}
                message["headers"] = [*answered, *(one for one in self._policy if one[0] not in present)]
            await send(message)

        refusal = None if self._is_program(scope) else self._refusal(scope)
        if refusal is not None:
            await self._refuse(scope, receive, send_with_policy, refusal)
            return
        try:
            await self._app(scope, receive, send_with_policy)
        except Exception:
            log.exception("a request failed", method=scope.get("method", ""))
            if has_begun and not is_over:
                # What began cannot be taken back: the connection is closed.
                raise
            if not has_begun:
                answer = JSONResponse(FAILED, 500, media_type="application/problem+json")
                await answer(scope, receive, send_with_policy)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, refusal: tuple[int, str, str]) -> None:
        address = scope["client"][0] if scope.get("client") else ""
        log.warning("refused", why=refusal[1], method=scope.get("method", ""), address=address)
        if scope["type"] == "http":
            await _refused(*refusal)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _is_program(self, scope: Scope) -> bool:
        """Whether it names a host of ours and nothing else that is looked at: the hot path, which no browser takes."""
        looked_at = [(name, value) for name, value in scope["headers"] if name in _LOOKED_AT]
        return len(looked_at) == 1 and looked_at[0] in self._own_hosts

    def _refusal(self, scope: Scope) -> tuple[int, str, str] | None:
        headers = Headers(scope=scope)
        method = scope.get("method", "POST")  # a websocket may change things
        if is_public(scope.get("path", "")):
            # A public name is never noted as one of ours: it opens nothing else.
            known = self._hosts | {host.lower() for host in self._public_hosts()}
            return refuse_host(headers, known) or (None if method in _READING else refuse_site(headers, method))
        refusal = refuse_host(headers, self._hosts) or refuse_site(headers, method)
        if refusal is None and len(self._own_hosts) < _MOST_OWN_HOSTS:
            self._own_hosts.add((b"host", headers["host"].encode("latin-1")))
        return refusal


def is_public(path: str) -> bool:
    """Whether an address is one that the public reads."""
    return path == PUBLIC_PATH or path.startswith(f"{PUBLIC_PATH}/")


def refuse_host(headers: Headers, hosts: frozenset[str]) -> tuple[int, str, str] | None:
    """Status, problem and remedy where the Host is none of ours: a foreign name may point at loopback."""
    hosts_named = headers.getlist("host")
    if len(hosts_named) == 1 and _name(hosts_named[0]) in hosts:
        return None
    return 421, "this server is not known by that host name", "use its own address, or add the name to its hosts"


def refuse_site(headers: Headers, method: str) -> tuple[int, str, str] | None:
    """Status, problem and remedy where another website is behind the request.

    Browsers say so in Sec-Fetch-Site; older ones at least name the Origin of what changes something. A link from
    elsewhere may open a page, and nothing more. Another port of this host counts as another site.
    """
    site = headers.get("sec-fetch-site")
    reading = method in _READING
    if site not in (None, "same-origin", "none"):
        opened = reading and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        if not opened:
            return 403, "another website is behind this request", "open this server's own page and do it there"
    origin = headers.get("origin")
    if origin is not None and not reading and urlsplit(origin).netloc.lower() != headers["host"].lower():
        return 403, "another website is behind this request", "open this server's own page and do it there"
    return None


def _secure(cookie: bytes) -> bytes:
    """A cookie that browsers send over TLS alone, whoever made it."""
    return cookie if b"; secure" in cookie.lower() else cookie + b"; Secure"


def _name(host: str) -> str:
    """A Host header without its port."""
    name, separator, port = host.lower().rpartition(":")
    return name if separator and port.isdigit() else host.lower()


def _refused(status: int, problem: str, remedy: str) -> JSONResponse:
    body = {"type": "about:blank", "title": "Refused", "status": status, "detail": problem, "remedy": remedy}
    return JSONResponse(body, status, media_type="application/problem+json")
