"""The token endpoint (RFC 6749, 7636): a code for an ID token, with the proof that the code is ours."""

import base64
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from covet_sre.integrations.oidc.asking import Conversation, document, shown
from covet_sre.integrations.oidc.discovery import Metadata
from covet_sre.integrations.oidc.refusing import Reason, refusal
from covet_sre.integrations.oidc.settings import OidcSettings
from covet_sre.integrations.oidc.strict_json import NotRead, object_of
from covet_sre.integrations.reply import Reply

_OAUTH_ERRORS = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was exchanged for. `access` is empty where the provider gave none."""

    identity: str = field(repr=False)
    access: str = field(repr=False)


def exchanged(
    conversation: Conversation,
    provider: Metadata,
    settings: OidcSettings,
    code: str,
    verifier: str,
    redirect_address: str,
) -> Tokens:
    """Raises SignInRefused."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_address,
        "code_verifier": verifier,
    }
    headers: dict[str, str] = {}
    match authentication(provider, settings):
        case "client_secret_basic":
            pair = f"{quote(settings.client_id, safe='')}:{quote(settings.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        case "client_secret_post":
            form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
        case _:
            form["client_id"] = settings.client_id
    reply = conversation.post(provider.token, urlencode(form).encode("ascii"), headers)
    if reply.status != 200:
        raise refusal(Reason.EXCHANGE, _why(reply), shown(provider.token))
    return _tokens(reply, provider.token)


def authentication(provider: Metadata, settings: OidcSettings) -> str:
    """How we prove who we are: as it is set, else as the provider takes it, basic before post."""
    if settings.authentication:
        return settings.authentication
    if not settings.client_secret:
        return "none"
    is_post = "client_secret_basic" not in provider.authentications
    return (
        "client_secret_post" if is_post and "client_secret_post" in provider.authentications else "client_secret_basic"
    )


def _tokens(reply: Reply, where: str) -> Tokens:
    answer = document(reply, where)
    identity, access, kind = answer.get("id_token"), answer.get("access_token", ""), answer.get("token_type", "Bearer")
    if not isinstance(identity, str) or not identity:
        remedy = "the client must be allowed the scope openid"
        raise refusal(Reason.EXCHANGE, "the provider gave no ID token", shown(where), remedy)
    if not isinstance(access, str) or not access.isprintable() or not access.isascii():
        raise refusal(Reason.EXCHANGE, "the provider gave an access token that is none", shown(where))
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise refusal(Reason.EXCHANGE, "the provider gave an access token of an unknown type", shown(where))
    return Tokens(identity, access)


def _why(reply: Reply) -> str:
    """Its status, and the error if it is one of OAuth's: other words may be anything."""
    try:
        error = object_of(reply.body).get("error")
    except NotRead:
        error = None
    told = f": {error}" if error in _OAUTH_ERRORS else ""
    return f"the provider does not take the code ({reply.status}{told})"
