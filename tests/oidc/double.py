"""An identity provider on loopback that does what OpenID Connect says, until it is told to lie."""

import base64
import hashlib
import hmac
import json
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from covet_sre.integrations.oidc import OidcSettings, OpenIdProvider
from covet_sre.integrations.outbound import OutboundPolicy
from covet_sre.ports import ProvenIdentity, SignInRequest

NOW = 1_790_000_000.0
CLIENT, SECRET = "covet-sre", "canary client secret: ü/+?"
BACK = "https://sre.example.org/sign-in/provider/return"
CODE, ACCESS = "the-code", "canary-access-token"

# Made once: what a test needs is that they differ.
KEY = RSAKey.generate_key(2048, {"kid": "rsa-1"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "rsa-1"})
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # That it is weak is the point.
    WEAK_KEY = RSAKey.generate_key(1024, {"kid": "weak"})
EC_KEY = ECKey.generate_key("P-256", {"kid": "ec-1"})
EC_384_KEY = ECKey.generate_key("P-384", {"kid": "ec-2"})
ED_KEY = OKPKey.generate_key("Ed25519", {"kid": "ed-1"})


def packed(content: bytes | str | Mapping[str, Any]) -> str:
    """Base64url of bytes, of text, or of an object as JSON."""
    if not isinstance(content, (bytes, str)):
        content = json.dumps(content)
    raw = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: Any, claims: Any, key: Any = KEY, algorithm: str = "RS256") -> str:
    """A token; header and claims may be JSON that no dict can hold."""
    body = f"{packed(header)}.{packed(claims)}"
    return f"{body}.{packed(JWSRegistry.algorithms[algorithm].sign(body.encode(), key))}"


def at_hash(access: str = ACCESS, digest: str = "sha256") -> str:
    whole = hashlib.new(digest, access.encode()).digest()
    return packed(whole[: len(whole) // 2])


@dataclass
class Spoken:
    """A raw answer. `piecewise` sends a byte now and then, for ever; `endless` never ends."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    piecewise: bool = False
    endless: bool = False


def says(document: Any, status: int = 200) -> Spoken:
    return Spoken(status, document if isinstance(document, bytes) else json.dumps(document).encode())


class Double:
    """`spoken` replaces answers by path. `token` makes the ID token; `claims` and `header` are what an honest one has.

    `asked` are the paths that were asked for. A context manager.
    """

    def __init__(self) -> None:
        self.spoken: dict[str, Spoken | Callable[[], Spoken]] = {}
        self.published: list[dict[str, Any]] = [KEY.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]
        self.extra: dict[str, Any] = {}
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.headers: list[Mapping[str, str]] = []
        self.nonce = ""
        self.challenge = ""
        self.codes = {CODE}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "rsa-1", "typ": "JWT"}
        self.claims: dict[str, Any] = {}
        self.token: Callable[[Double], Any] = lambda double: signed(double.header, double.claims)
        self.answer: Callable[[str], Any] = lambda token: {
            "id_token": token,
            "access_token": ACCESS,
            "token_type": "Bearer",
            "expires_in": 300,
        }
        self.userinfo: Any = {"sub": "ada", "email": "ada@example.org", "name": "Ada"}
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def client(self, **settings: Any) -> OpenIdProvider:
        seconds = settings.pop("conversation_seconds", 5.0)
        monotonic = settings.pop("monotonic", time.monotonic)
        policy = settings.pop("policy", OutboundPolicy())
        given = {"issuer": self.issuer, "client_id": CLIENT, "client_secret": SECRET, **settings}
        return OpenIdProvider(OidcSettings(**given), policy, monotonic=monotonic, conversation_seconds=seconds)

    def begin(self, client: OpenIdProvider, back: str = BACK) -> SignInRequest:
        request = client.begin(back, entropy())
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.address).query).items()}
        self.nonce, self.challenge = query["nonce"], query["code_challenge"]
        self.claims = {
            "iss": self.issuer,
            "sub": "ada",
            "aud": CLIENT,
            "exp": NOW + 300,
            "iat": NOW,
            "nonce": self.nonce,
            "name": "Ada Lovelace",
            "email": "ada@example.org",
            "email_verified": True,
            "groups": ["sre", "admins"],
        } | self.claims
        return request

    def sign_in(
        self, client: OpenIdProvider | None = None, now: float = NOW, **parameters: str | None
    ) -> ProvenIdentity:
        """There and back. A parameter of None is left out of the way back."""
        client = client or self.client()
        request = self.begin(client)
        back: dict[str, str | None] = {"state": request.state, "code": CODE, **parameters}
        return client.finish(request, BACK, {name: one for name, one in back.items() if one is not None}, now)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=a",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code", "id_token"],
            "code_challenge_methods_supported": ["S256", "plain"],
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"],
            **self.extra,
        }

    def speak(self, path: str, form: dict[str, str], headers: Mapping[str, str]) -> Spoken:
        self.asked.append(path)
        self.forms.append(form)
        self.headers.append(headers)
        prepared = self.spoken.get(path)
        if prepared is not None:
            return prepared() if callable(prepared) else prepared
        match path:
            case "/.well-known/openid-configuration":
                return says(self.discovery())
            case "/keys":
                return says({"keys": self.published})
            case "/token":
                return self._exchange(form, headers)
            case "/userinfo":
                is_ours = headers.get("authorization") == f"Bearer {ACCESS}"
                return says(self.userinfo) if is_ours else says({"error": "invalid_token"}, 401)
            case _:
                return Spoken(404, b"")

    def _exchange(self, form: dict[str, str], headers: Mapping[str, str]) -> Spoken:
        if not _is_client(form, headers):
            return says({"error": "invalid_client"}, 401)
        verifier = form.get("code_verifier", "")
        proven = packed(hashlib.sha256(verifier.encode()).digest()) == self.challenge and len(verifier) >= 43
        if form.get("code") not in self.codes or not proven or form.get("redirect_uri") != BACK:
            return says({"error": "invalid_grant", "error_description": "<script>alert(1)</script>"}, 400)
        self.codes.discard(form["code"])
        return says(self.answer(self.token(self)))

    def close(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "Double":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def entropy(start: int = 0) -> Callable[[int], bytes]:
    """Other bytes at every call, and the same in every run."""
    count = iter(range(start, 10**6))
    return lambda size: hashlib.sha512(str(next(count)).encode()).digest()[:size]


def hmac_signed(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes) -> str:
    body = f"{packed(header)}.{packed(claims)}"
    return f"{body}.{packed(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"


def _is_client(form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    kind, _, pair = headers.get("authorization", "").partition(" ")
    if kind == "Basic":
        name, _, secret = base64.b64decode(pair).decode().partition(":")
        return (unquote(name), unquote(secret)) == (CLIENT, SECRET)
    return form.get("client_id") == CLIENT and form.get("client_secret", SECRET) == SECRET


def _handler_of(double: Double) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                self._answer({})
            except OSError:
                self.close_connection = True

        def do_POST(self) -> None:
            try:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                self._answer({name: values[0] for name, values in parse_qs(body).items()})
            except OSError:
                self.close_connection = True

        def _answer(self, form: dict[str, str]) -> None:
            names = {name.lower(): value for name, value in self.headers.items()}
            spoken = double.speak(urlsplit(self.path).path, form, names)
            self.send_response(spoken.status)
            for name, value in spoken.headers.items():
                self.send_header(name, value)
            if not spoken.endless:
                self.send_header("Content-Length", str(len(spoken.body)))
            self.end_headers()
            if spoken.piecewise:
                while not double.stopped.wait(0.05):
                    self.wfile.write(b" ")
            while spoken.endless and not double.stopped.is_set():
                self.wfile.write(b" " * 65536)
            self.wfile.write(spoken.body)

        def log_message(self, format: str, *args: Any) -> None: ...

    return Handler
