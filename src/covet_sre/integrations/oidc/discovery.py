"""What a provider says of itself (OpenID Connect Discovery 1.0), checked before any of it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from covet_sre.integrations.oidc.algorithms import ALGORITHMS
from covet_sre.integrations.oidc.places import is_place_of
from covet_sre.integrations.oidc.refusing import Reason, refusal

_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The addresses of a provider, and what it can. `announces_issuer`: RFC 9207."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    algorithms: frozenset[str]
    authentications: frozenset[str]
    announces_issuer: bool


def discovery_address(issuer: str) -> str:
    return issuer.rstrip("/") + _WELL_KNOWN


def metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Raises SignInRefused for a document that is another issuer's, or that cannot be used."""
    where = discovery_address(issuer)
    if document.get("issuer") != issuer:
        remedy = "set COVET_SRE_OIDC_ISSUER to what the provider calls itself, to the letter"
        raise refusal(Reason.DISCOVERY, "it is the document of another issuer", where, remedy)

    def place(name: str, *, is_needed: bool = True) -> str:
        value = document.get(name)
        if value is None and not is_needed:
            return ""
        if not isinstance(value, str) or not is_place_of(value, issuer):
            raise refusal(Reason.DISCOVERY, f"its {name} is no https address", where)
        return value

    _needs(document, "response_types_supported", "code", where, ("code",))
    _needs(document, "code_challenge_methods_supported", "S256", where, ("S256",))
    signed = _names(document, "id_token_signing_alg_values_supported", where, ("RS256",))
    if not signed & ALGORITHMS.keys():
        raise refusal(Reason.DISCOVERY, "it signs ID tokens in no way that is taken here", where)
    return Metadata(
        place("authorization_endpoint"),
        place("token_endpoint"),
        place("jwks_uri"),
        place("userinfo_endpoint", is_needed=False),
        signed & ALGORITHMS.keys(),
        _names(document, "token_endpoint_auth_methods_supported", where, ("client_secret_basic",)),
        document.get("authorization_response_iss_parameter_supported") is True,
    )


def _names(document: Mapping[str, Any], name: str, where: str, default: tuple[str, ...]) -> frozenset[str]:
    found = document.get(name, list(default))
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise refusal(Reason.DISCOVERY, f"its {name} is no list of names", where)
    return frozenset(found)


def _needs(document: Mapping[str, Any], name: str, value: str, where: str, default: tuple[str, ...]) -> None:
    if value not in _names(document, name, where, default):
        raise refusal(Reason.DISCOVERY, f"its {name} does not have {value}", where)
