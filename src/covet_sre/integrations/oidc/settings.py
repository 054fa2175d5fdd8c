"""How Covet SRE is known to an identity provider: out of the environment, the secret perhaps out of a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from covet_sre.errors import Refused
from covet_sre.integrations.oidc.places import why_no_issuer
from covet_sre.integrations.secrets import secret_of

_PREFIX = "COVET_SRE_OIDC_"
AUTHENTICATIONS = ("client_secret_basic", "client_secret_post", "none")

_USUAL_SCOPES = ("openid", "profile", "email")


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """`authentication` is how we prove at the token endpoint who we are; empty: as the provider announces.

    `groups_claim` names the claim that holds a person's groups. `name` is what stands on the button.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = _USUAL_SCOPES
    groups_claim: str = "groups"
    authentication: str = ""
    name: str = "OpenID Connect"


def settings_from(environment: Mapping[str, str], read_file: Callable[[str], str]) -> OidcSettings | None:
    """The settings in COVET_SRE_OIDC_...; None where no issuer is set. Raises Refused, without the secret in it."""

    def value(name: str, default: str = "") -> str:
        return environment.get(_PREFIX + name, "").strip() or default

    issuer, client_id = value("ISSUER"), value("CLIENT_ID")
    if not issuer:
        return None
    if why := why_no_issuer(issuer):
        raise Refused(why, where=f"{_PREFIX}ISSUER", remedy="write the issuer exactly as its provider does")
    if not client_id:
        raise Refused("it is not set", where=f"{_PREFIX}CLIENT_ID", remedy="register Covet SRE with the provider")
    authentication = value("AUTHENTICATION")
    if authentication and authentication not in AUTHENTICATIONS:
        remedy = f"write one of {', '.join(AUTHENTICATIONS)}, or nothing"
        raise Refused("there is no such way to authenticate", where=f"{_PREFIX}AUTHENTICATION", remedy=remedy)
    secret = secret_of(environment, f"{_PREFIX}CLIENT_SECRET", read_file)
    if bool(secret) == (authentication == "none") and authentication:
        remedy = "a public client has no secret, every other one needs it"
        raise Refused("the secret does not go with it", where=f"{_PREFIX}AUTHENTICATION", remedy=remedy)
    scopes = tuple(dict.fromkeys(("openid", *value("SCOPES", " ".join(_USUAL_SCOPES)).split())))
    return OidcSettings(
        issuer,
        client_id,
        secret,
        scopes,
        value("GROUPS_CLAIM", "groups"),
        authentication,
        value("NAME", "OpenID Connect"),
    )
