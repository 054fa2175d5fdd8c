"""Sessions of browsers: kept here, named by 256 random bits, with an idle and an absolute limit."""

import hashlib
import hmac
from dataclasses import dataclass

ID_BYTES = 32


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """In seconds. Somebody on call is not signed out in the middle of a night."""

    idle_seconds: float = 12 * 3600.0
    absolute_seconds: float = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Session:
    """`identity` is the SHA-256 of what the browser's cookie holds. `via` says how they signed in."""

    identity: str
    user: str
    via: str
    made_at: float
    seen_at: float
    ends_at: float
    agent: str = ""

    @property
    def over_at(self) -> float | None:
        return self.ends_at

    @property
    def due_at(self) -> float | None:
        return None

    def is_good(self, now: float, limits: SessionLimits) -> bool:
        return now < self.ends_at and now - self.seen_at < limits.idle_seconds


def form_key(cookie: str) -> str:
    """What the forms of a session carry: it follows from the cookie, and the cookie does not follow from it."""
    return hmac.new(cookie.encode("utf-8", "surrogatepass"), b"covet-sre forms", hashlib.sha256).hexdigest()
