"""One identity provider: sending a browser away, and believing who comes back. The port IdentityProvider."""

import hashlib
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import structlog

from covet_sre.errors import SignInRefused
from covet_sre.integrations.oidc.algorithms import Algorithm
from covet_sre.integrations.oidc.asking import CONVERSATION_SECONDS, Conversation, Conversations, shown
from covet_sre.integrations.oidc.discovery import Metadata, discovery_address, metadata
from covet_sre.integrations.oidc.exchange import Tokens, exchanged
from covet_sre.integrations.oidc.id_token import Expected, same, verified_claims
from covet_sre.integrations.oidc.keys import Key, Keys
from covet_sre.integrations.oidc.person import identity_of, is_known_enough
from covet_sre.integrations.oidc.refusing import Reason, refusal
from covet_sre.integrations.oidc.settings import OidcSettings
from covet_sre.integrations.oidc.strict_json import packed
from covet_sre.integrations.outbound import OutboundPolicy
from covet_sre.ports import ProvenIdentity, SignInRequest

log = structlog.get_logger(__name__)

METADATA_SECONDS = 3600.0
_SECRET_BYTES = 32
_LONGEST_CODE = 4096

# What a provider may answer instead of a code (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6): no other word is shown.
_ERRORS = {
    "access_denied",
    "login_required",
    "consent_required",
    "interaction_required",
    "account_selection_required",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_response_type",
    "server_error",
    "temporarily_unavailable",
}


class OpenIdProvider:
    """Safe for several threads; every call asks the provider for at most five seconds."""

    def __init__(
        self,
        settings: OidcSettings,
        policy: OutboundPolicy,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        conversation_seconds: float = CONVERSATION_SECONDS,
    ) -> None:
        self.settings = settings
        self._monotonic = monotonic
        self._conversations = Conversations(settings.issuer, policy, conversation_seconds, monotonic)
        self._keys = Keys(monotonic)
        self._lock = threading.Lock()
        self._metadata: tuple[Metadata, float] | None = None

    def begin(self, redirect_address: str, entropy: Callable[[int], bytes]) -> SignInRequest:
        """Where to send the browser, and what to remember until it comes back. Raises SignInRefused."""
        with self._told(), self._conversations.begin() as conversation:
            provider = self._provider(conversation)
        state, nonce, verifier = (packed(entropy(_SECRET_BYTES)) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_address,
            "scope": " ".join(self.settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": packed(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        mark = "&" if "?" in provider.authorization else "?"
        return SignInRequest(f"{provider.authorization}{mark}{urlencode(asked)}", state, nonce, verifier)

    def finish(
        self, request: SignInRequest, redirect_address: str, parameters: Mapping[str, str], now: float
    ) -> ProvenIdentity:
        """Who came back. `parameters` are those of the address that the browser came back to. Raises SignInRefused."""
        with self._told():
            return self._finished(request, redirect_address, parameters, now)

    @contextmanager
    def _told(self) -> Generator[None]:
        """Refusals stand in the log by their reason: people are shown less than who runs the server must know."""
        try:
            yield
        except SignInRefused as refused:
            log.warning("a sign-in was refused", reason=refused.reason, problem=refused.problem, where=refused.where)
            raise

    def _finished(
        self, request: SignInRequest, redirect_address: str, parameters: Mapping[str, str], now: float
    ) -> ProvenIdentity:
        if not same(parameters.get("state", ""), request.state):
            raise refusal(Reason.STATE, "this is no answer to a sign-in that was begun in this browser")
        with self._conversations.begin() as conversation:
            provider = self._provider(conversation)
            code = self._code(provider, parameters)
            tokens = exchanged(conversation, provider, self.settings, code, request.verifier, redirect_address)
            claims = self._claims(conversation, provider, tokens, request, now)
            more = self._more(conversation, provider, tokens, claims)
        return identity_of(self.settings.issuer, claims, more, self.settings.groups_claim)

    def _provider(self, conversation: Conversation) -> Metadata:
        with self._lock:
            kept = self._metadata
        if kept is not None and self._monotonic() - kept[1] < METADATA_SECONDS:
            return kept[0]
        issuer = self.settings.issuer
        found = metadata(conversation.get(discovery_address(issuer)), issuer)
        with self._lock:
            self._metadata = (found, self._monotonic())
        return found

    def _code(self, provider: Metadata, parameters: Mapping[str, str]) -> str:
        told = parameters.get("iss")
        if told != self.settings.issuer and (told is not None or provider.announces_issuer):
            raise refusal(Reason.MIX_UP, "this is the answer of another provider than the one that was asked")
        if (error := parameters.get("error")) is not None:
            why = error if error in _ERRORS else "for a reason that is none of OpenID Connect's"
            raise refusal(Reason.DENIED, f"the provider did not sign you in: {why}")
        code = parameters.get("code", "")
        if not code or len(code) > _LONGEST_CODE:
            raise refusal(Reason.CODE, "the provider's answer has no code in it")
        return code

    def _claims(
        self, conversation: Conversation, provider: Metadata, tokens: Tokens, request: SignInRequest, now: float
    ) -> Mapping[str, Any]:
        expected = Expected(
            self.settings.issuer, self.settings.client_id, request.nonce, now, provider.algorithms, tokens.access
        )

        def find_key(identity: str | None, algorithm: Algorithm) -> Key:
            return self._keys.that_fit(identity, algorithm.fits, lambda: conversation.get(provider.keys))

        return verified_claims(tokens.identity, find_key, expected)

    def _more(
        self, conversation: Conversation, provider: Metadata, tokens: Tokens, claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """What the userinfo endpoint adds, asked only where the ID token leaves something open."""
        if not provider.userinfo or not tokens.access or is_known_enough(claims, self.settings.groups_claim):
            return {}
        told = conversation.get(provider.userinfo, {"Authorization": f"Bearer {tokens.access}"})
        if told.get("sub") != claims["sub"]:
            raise refusal(
                Reason.USERINFO, "the provider tells of somebody else than it signed in", shown(provider.userinfo)
            )
        return told
