"""Users: accounts of people, with a password of their own or proven by an identity provider."""

import re
from dataclasses import dataclass

from covet_sre.access.principal import Grant
from covet_sre.errors import Refused

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class User:
    """`identity` is the name they sign in with. `password` is an argon2id hash, empty where they have none.

    `proofs` are (issuer, subject) of identity providers. Sessions and tokens from before `void_before` count no more.
    """

    identity: str
    display_name: str = ""
    email: str = ""
    grants: tuple[Grant, ...] = ()
    password: str = ""
    proofs: tuple[tuple[str, str], ...] = ()
    made_at: float = 0.0
    is_disabled: bool = False
    void_before: float = 0.0
    revision: int = 1
    """Grows with each change: who changes an older one is told, and nobody's change is lost."""

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        return None


def user_name(text: str) -> str:
    """The name as it is kept: lower case. Raises Refused."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise Refused(
            f"{text[:50]!r} is no user name",
            remedy="use 1 to 100 letters, digits and . _ @ + - and begin with a letter or digit",
        )
    return name
