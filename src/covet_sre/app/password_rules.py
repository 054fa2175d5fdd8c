"""What passwords are refused on this installation: by rule, and by a list that the operator gives."""

import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

from covet_sre.access.password import SHORTEST_PASSWORD, IsRefused, PasswordRules
from covet_sre.errors import Refused

REFUSED_FILE = "COVET_SRE_REFUSED_PASSWORDS_FILE"

_DIGEST_BYTES = 8
"""Of two million passwords and one, less than one in a billion meets another's digest by chance."""


def password_rules(address: str) -> PasswordRules:
    """Raises Refused where the list cannot be read. `address` is where people reach the pages."""
    host = urlsplit(address).hostname or ""
    path = os.environ.get(REFUSED_FILE, "")
    return PasswordRules((host,), listed(Path(path))) if path else PasswordRules((host,))


def listed(path: Path) -> IsRefused:
    """Whether a password stands in the file, one a line, whatever the case. Raises Refused.

    Only digests of those that are long enough to be taken at all are held.
    """
    try:
        with path.open("rb") as file:
            # By bytes: published lists hold lines in every encoding.
            digests = {_digest(line.strip()) for line in file if len(line.strip()) >= SHORTEST_PASSWORD}
    except OSError as failure:
        problem = f"{path} cannot be read: {failure.strerror}"
        raise Refused(problem, where=REFUSED_FILE, remedy="name a file with one password a line") from None
    return lambda password: _digest(password.strip().encode("utf-8", "surrogatepass")) in digests


def _digest(password: bytes) -> bytes:
    return hashlib.blake2b(password.lower(), digest_size=_DIGEST_BYTES).digest()
