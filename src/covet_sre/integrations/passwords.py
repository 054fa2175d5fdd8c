"""Passwords as argon2id hashes (RFC 9106), two at a time at most."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 2


class Argon2:
    """A `PasswordHasher` of the ports. RFC 9106's second recommendation: 64 MiB, 3 passes, 4 lanes."""

    def __init__(self, memory_kib: int = 65_536, passes: int = 3) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=4)
        self._nobodys = self._hasher.hash("nobody has this password")
        self._room = BoundedSemaphore(_AT_ONCE)

    def hashed(self, password: str) -> str:
        with self._room:
            return self._hasher.hash(password.encode("utf-8", "surrogatepass"))

    def fits(self, kept: str, password: str) -> bool:
        with self._room:
            try:
                fits = self._hasher.verify(kept or self._nobodys, password.encode("utf-8", "surrogatepass"))
            except (VerificationError, InvalidHashError):
                return False
        return fits and bool(kept)
