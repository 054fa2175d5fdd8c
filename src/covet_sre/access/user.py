"""Users: accounts of people, with a password of their own or proven by an identity provider."""

import re
from dataclasses import dataclass

from covet_sre.access.principal import Grant
from covet_sre.errors import Refused

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256
"""Characters (NIST SP 800-63B: length counts, composition does not)."""

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


def check_password(text: str, name: str) -> None:
    """Raises Refused for one that is too short, too long, or the name itself."""
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise Refused(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters",
            remedy="several words make a good one",
        )
    plain = text.strip().lower()
    if plain in _COMMON or (name and name in plain and len(plain) < len(name) + 6) or len(set(plain)) < 5:
        raise Refused("that password is easily guessed", remedy="several unrelated words make a good one")


_COMMON = frozenset(
    {
        "123456789012",
        "1234567890123",
        "administrator",
        "changemechangeme",
        "correcthorsebatterystaple",
        "iloveyouiloveyou",
        "letmeinletmein",
        "passw0rdpassw0rd",
        "password1234",
        "password12345",
        "passwordpassword",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiopasdf",
        "welcomewelcome",
    }
)
"""Those of the most used passwords that are long enough, and the ones that documentation suggests."""
