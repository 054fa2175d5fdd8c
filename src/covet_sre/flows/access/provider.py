"""Signing in at an identity provider: what is remembered while the browser is away, for one return in ten minutes."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from covet_sre.access.token import digest
from covet_sre.errors import Refused, SignInRefused
from covet_sre.flows.access.signing_in import Entropy, SignedIn, SigningIn
from covet_sre.flows.access.throttle import Throttle
from covet_sre.ports import Clock, IdentityProvider, RecordStore, SignInRequest

_AWAY_SECONDS = 600.0
_MOST_AWAY = 1000
_NOT_OURS = "this return belongs to no sign-in that began in this browser"


@dataclass(frozen=True, slots=True)
class Away:
    """A browser that was sent to the provider. `identity` is the digest of the state; `browser` that of its cookie."""

    identity: str
    browser: str
    wanted: str
    request: SignInRequest
    over_at: float

    @property
    def due_at(self) -> float | None:
        return None


class ProviderSignIn:
    """Signing in by password or at the provider, as the pages see it. May be used from any thread."""

    def __init__(
        self,
        signing_in: SigningIn,
        provider: IdentityProvider | None,
        store: RecordStore,
        clock: Clock,
        entropy: Entropy,
        base_address: str,
        title: str,
    ) -> None:
        self._signing_in, self._provider, self._store = signing_in, provider, store
        self._clock, self._entropy = clock, entropy
        self._by_address = Throttle(clock, burst=10, every_seconds=6.0)
        self._return_address = f"{base_address.rstrip('/')}/sign-in/provider/return"
        self.provider_title = title if provider is not None else ""

    def by_password(self, name: str, password: str, address: str, agent: str) -> SignedIn:
        return self._signing_in.by_password(name, password, address, agent)

    def out(self, session: str, actor: str) -> None:
        self._signing_in.out(session, actor)

    def begin(self, wanted: str, address: str) -> tuple[str, str]:
        """The address at the provider, and what the browser keeps until it comes back. `address` is the client's.

        Raises SignInRefused and TooMany.
        """
        if self._provider is None:
            raise Refused("no identity provider is configured", remedy="sign in with a password")
        self._by_address.take(address, "signing in")
        now = self._clock()
        self._store.forget_records(Away, now)
        if len(self._store.records(Away)) >= _MOST_AWAY:
            raise SignInRefused("too many people are signing in", remedy="try again in some minutes")
        request = self._provider.begin(self._return_address, self._entropy)
        cookie = base64.urlsafe_b64encode(self._entropy(32)).decode().rstrip("=")
        away = Away(digest(request.state), digest(cookie), wanted, request, now + _AWAY_SECONDS)
        self._store.change_record(Away, away.identity, lambda _: away, None)
        return request.address, cookie

    def finish(self, parameters: Mapping[str, str], cookie: str, agent: str) -> tuple[SignedIn, str]:
        """The session, and the page to open. Each state counts once. Raises SignInRefused."""
        if self._provider is None:
            raise Refused("no identity provider is configured", remedy="sign in with a password")
        found: list[Away] = []

        def taken(away: Away | None) -> None:
            found.extend([away] if away else [])

        self._store.change_record(Away, digest(parameters.get("state", "")), taken, None)
        now = self._clock()
        if not found or found[-1].over_at <= now or found[-1].browser != digest(cookie):
            raise SignInRefused(_NOT_OURS, remedy="begin again on the page for signing in")
        proven = self._provider.finish(found[-1].request, self._return_address, parameters, now)
        return self._signing_in.by_proof(proven, agent), found[-1].wanted
