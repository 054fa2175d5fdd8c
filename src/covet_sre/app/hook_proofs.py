"""What senders of alerts must show, as the environment says: see docs/alerts-in.md."""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_network

from covet_sre.api.hooks import HOOKS, Proof, ProxyHeader
from covet_sre.errors import Refused
from covet_sre.flows.signatures import Scheme, Signing, signing_of
from covet_sre.integrations.secrets import secret_of

_PREFIX = "COVET_SRE_HOOK_"
_TOKENS, _SCHEME, _SIGNING = f"{_PREFIX}SECRET_", f"{_PREFIX}SIGNATURE_", f"{_PREFIX}SIGNING_SECRET_"
_CLIENT = f"{_PREFIX}CLIENT_CERT_"
_PROXY_HEADER, _PROXIES = f"{_CLIENT}HEADER", f"{_CLIENT}PROXIES"

_SOURCES = tuple(hook.source for hook in HOOKS)

ReadFile = Callable[[str], str]


def hook_proofs(environment: Mapping[str, str], read_file: ReadFile, *, has_client_ca: bool) -> Mapping[str, Proof]:
    """By source, for those of which something is asked. `has_client_ca`: clients can show a certificate to us.

    Raises Refused with the variable: what is meant to lock an address and does not must not go unnoticed.
    """
    _check_names(environment)
    proxy = _proxy(environment)
    proofs = {source: _proof(source, environment, read_file, proxy) for source in _SOURCES}
    for source, proof in proofs.items():
        if proof.client_names and proxy is None and not has_client_ca:
            remedy = f"serve with --tls-client-ca, or name a proxy's header in {_PROXY_HEADER}"
            raise Refused("nobody could show a certificate here", where=_CLIENT + source.upper(), remedy=remedy)
    return {source: proof for source, proof in proofs.items() if proof != Proof(proxy=proxy)}


def _proof(source: str, environment: Mapping[str, str], read_file: ReadFile, proxy: ProxyHeader | None) -> Proof:
    name = source.upper()
    tokens = _listed(secret_of(environment, _TOKENS + name, read_file))
    return Proof(
        tuple(token.encode() for token in tokens),
        frozenset(_listed(environment.get(_CLIENT + name, ""))),
        _signing(name, environment, read_file),
        proxy,
    )


def _signing(name: str, environment: Mapping[str, str], read_file: ReadFile) -> Signing | None:
    scheme, secrets = environment.get(_SCHEME + name, "").strip(), secret_of(environment, _SIGNING + name, read_file)
    if not scheme and not secrets:
        return None
    known = ", ".join(Scheme)
    if scheme not in set(Scheme):
        raise Refused("there is no such signature", where=_SCHEME + name, remedy=f"write one of {known}")
    if not secrets:
        raise Refused("a signature is asked for, and no secret is set", where=_SIGNING + name, remedy="set it")
    try:
        return signing_of(Scheme(scheme), _listed(secrets))
    except ValueError as wrong:
        raise Refused(str(wrong), where=_SIGNING + name, remedy="set a longer one on both sides") from None


def _proxy(environment: Mapping[str, str]) -> ProxyHeader | None:
    header, proxies = environment.get(_PROXY_HEADER, "").strip().lower(), _listed(environment.get(_PROXIES, ""))
    if not header and not proxies:
        return None
    if not header or not proxies:
        missing = _PROXIES if header else _PROXY_HEADER
        raise Refused("it is not set", where=missing, remedy="the header counts from the proxy's addresses alone")
    try:
        return ProxyHeader(header.encode("ascii"), tuple(ip_network(one) for one in proxies))
    except ValueError:
        raise Refused("these are no addresses", where=_PROXIES, remedy="write 127.0.0.1 or 10.1.0.0/16") from None


def _check_names(environment: Mapping[str, str]) -> None:
    """A misspelt source would leave its address open."""
    known = {f"{kind}{source.upper()}" for kind in (_TOKENS, _SCHEME, _SIGNING, _CLIENT) for source in _SOURCES}
    known |= {f"{name}_FILE" for name in known if name.startswith((_TOKENS, _SIGNING))} | {_PROXY_HEADER, _PROXIES}
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in known:
            sources = ", ".join(source.upper() for source in _SOURCES)
            raise Refused("this means nothing", where=name, remedy=f"it ends in a source: {sources}")


def _listed(text: str) -> list[str]:
    return _once(one.strip() for one in text.split(",") if one.strip())


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
