"""API tokens: 256 random bits, shown once and kept as a hash, with scopes and an end."""

import base64
import hashlib
from dataclasses import dataclass

from covet_sre.access.permission import Permission
from covet_sre.access.principal import Grant, Kind, Principal
from covet_sre.access.user import User

PREFIX = "csre_"
"""By which scanners of secrets know one that was committed by mistake."""

SECRET_BYTES = 32
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class ApiToken:
    """`identity` is the SHA-256 of the token: of so many random bits a fast hash tells nothing (ASVS 5.0, 7.2.3).

    One with an `owner` may do what that user may at the time, within its scopes; another has grants of its own.
    `author` made it. Times are seconds since the epoch; `expires_at` None is never.
    """

    identity: str
    name: str
    author: str
    owner: str
    grants: tuple[Grant, ...]
    scopes: tuple[Permission, ...]
    made_at: float
    expires_at: float | None
    revoked_at: float | None = None
    used_at: float | None = None

    @property
    def over_at(self) -> float | None:
        """A token that is over is kept for the record."""
        return None

    @property
    def due_at(self) -> float | None:
        return None

    @property
    def short(self) -> str:
        """What it is called in lists."""
        return self.identity[:_SHOWN]

    def is_good(self, now: float) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def principal(self, owner: User | None) -> Principal:
        """Who acts with it. `owner` is the user that it names."""
        if owner is None:
            return Principal(f"token {self.name}", Kind.TOKEN, self.grants, frozenset(self.scopes))
        name = f"{owner.identity} (token {self.name})"
        return Principal(name, Kind.TOKEN, owner.grants, frozenset(self.scopes), person=owner.identity)


def token_text(secret: bytes) -> str:
    """The token as it is shown, once."""
    return PREFIX + base64.urlsafe_b64encode(secret).decode().rstrip("=")


def digest(text: str) -> str:
    """What is kept of a token or a session."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
