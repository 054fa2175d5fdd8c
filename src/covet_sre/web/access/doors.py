"""What the pages of access stand on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from covet_sre.flows.access.accounts import Accounts
from covet_sre.flows.access.gatekeeper import Gatekeeper
from covet_sre.flows.access.signing_in import SignedIn


class SignIn(Protocol):
    """Signing in, as the pages see it. `address` is the client's; `agent` names its browser."""

    @property
    def provider_title(self) -> str:
        """What the button of the identity provider says; empty where none is configured."""
        ...

    def by_password(self, name: str, password: str, address: str, agent: str) -> SignedIn:
        """Raises SignInRefused and TooMany."""
        ...

    def begin(self, wanted: str, address: str) -> tuple[str, str]:
        """The address at the provider, and what the browser keeps until it comes back; `wanted` is the page to open
        afterwards. Raises SignInRefused."""
        ...

    def finish(self, parameters: Mapping[str, str], cookie: str, agent: str) -> tuple[SignedIn, str]:
        """The session, and the page to open. Raises SignInRefused."""
        ...

    def out(self, session: str, actor: str) -> None: ...


@dataclass(frozen=True, slots=True)
class AccessDoors:
    """`cookie` is the session's cookie by name; `is_secure` whether it travels over TLS only."""

    sign_in: SignIn
    accounts: Accounts
    gatekeeper: Gatekeeper
    cookie: str
    is_secure: bool
    now: Callable[[], float]

    @property
    def away_cookie(self) -> str:
        """What a browser keeps while it is at the identity provider."""
        return self.cookie.replace("session", "away")
