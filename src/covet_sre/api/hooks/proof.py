"""What a request must show at an address before it is heard: a token, a client's certificate, a signature."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.types import Scope

from covet_sre.api.hooks.trouble import Trouble, unauthorized
from covet_sre.flows.coming_back import NotSigned
from covet_sre.flows.signatures import Signing
from covet_sre.ports import Once

CLIENT_NAMES = "covet_sre.client"
"""In a scope's extensions: `names` are those in the certificate that the client of this connection proved to own."""

_LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class ProxyHeader:
    """How a proxy that ends TLS tells whose certificate it saw. The header counts from these addresses alone."""

    name: bytes
    proxies: tuple[IPv4Network | IPv6Network, ...]

    def told(self, headers: Mapping[bytes, bytes], scope: Scope) -> str:
        """The client's name; empty where no proxy of ours tells it."""
        value, client = headers.get(self.name, b""), scope.get("client")
        if not value or len(value) > _LONGEST_NAME or client is None:
            return ""
        try:
            address = ip_address(client[0])
        except ValueError:
            return ""
        is_ours = any(address.version == network.version and address in network for network in self.proxies)
        return value.decode("latin-1").strip() if is_ours else ""


@dataclass(frozen=True, slots=True)
class Proof:
    """All that is there must be shown: any of the tokens, any of the client names, the signature.

    Several tokens: while one takes the place of another.
    """

    tokens: tuple[bytes, ...] = field(default=(), repr=False)
    client_names: frozenset[str] = frozenset()
    signing: Signing | None = None
    proxy: ProxyHeader | None = None

    def is_token(self, shown: bytes) -> bool:
        """Whether it is one of the tokens, told in constant time."""
        return any([hmac.compare_digest(shown, token) for token in self.tokens])  # noqa: C419 - every one is compared

    def bears_token(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a request bears one of the tokens, or needs none."""
        if not self.tokens:
            return True
        kind, _, token = headers.get(b"authorization", b"").partition(b" ")
        return kind.lower() == b"bearer" and self.is_token(token.strip())

    def check_client(self, headers: Mapping[bytes, bytes], scope: Scope) -> None:
        """Raises Trouble where a certificate is asked for and none of the names is in it."""
        if not self.client_names:
            return
        names: tuple[str, ...] = (scope.get("extensions") or {}).get(CLIENT_NAMES, {}).get("names", ())
        if self.proxy is not None and (told := self.proxy.told(headers, scope)):
            names = (*names, told)
        if self.client_names.isdisjoint(names):
            remedy = "send the client certificate that this address asks for"
            raise Trouble(401, "unauthorized", "the client's certificate is missing or another one", remedy)

    def check(self, headers: Mapping[bytes, bytes], scope: Scope) -> None:
        """All but the signature, for requests without a body that could be signed. Raises Trouble."""
        self.check_client(headers, scope)
        if not self.bears_token(headers):
            raise unauthorized()

    def check_signature(self, headers: Mapping[bytes, bytes], body: bytes, now: float) -> Once | None:
        """Raises Trouble. What it gives makes the delivery count once."""
        if self.signing is None:
            return None
        try:
            return self.signing.verify(headers, body, now)
        except NotSigned as wrong:
            raise Trouble(401, wrong.code, wrong.problem, wrong.remedy) from None
