"""Whether a contact reaches its person: a code was sent there, and came back."""

from dataclasses import dataclass

CODE_LIVES_SECONDS = 900.0
MOST_WRONG_CODES = 5
"""So many wrong answers, and the code is void."""

MOST_CODES, CODES_WITHIN_SECONDS = 3, 3600.0
"""So many codes are sent to one contact within so long."""


@dataclass(frozen=True, slots=True)
class ContactCheck:
    """One contact of one person. `address` is where it led when it was verified: another one is not verified.

    `code_hash` is the digest of the code that was sent last, empty when there is none; `nonce` tells codes apart.
    """

    person: str
    target: str
    address: str = ""
    verified_at: float | None = None
    code_hash: str = ""
    nonce: str = ""
    code_address: str = ""
    expires_at: float = 0.0
    wrong: int = 0
    sent: tuple[float, ...] = ()

    @property
    def identity(self) -> str:
        return check_identity(self.person, self.target)

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        return None

    def is_verified(self, address: str) -> bool:
        return self.verified_at is not None and self.address == address

    def awaits_code(self, now: float) -> bool:
        return bool(self.code_hash) and now < self.expires_at and self.wrong < MOST_WRONG_CODES


def check_identity(person: str, target: str) -> str:
    """The name of the one record about a person's contact."""
    return f"{person}/{target}"
