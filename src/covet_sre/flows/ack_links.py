"""Links that acknowledge: a token says which incident and who, and for how long; a signature says that it is ours.

Opening such a link shows a form and changes nothing: mail scanners and chat programs open links too.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

from covet_sre.errors import Refused

_PURPOSE = b"covet-sre acknowledge link 1\n"
_LONGEST_TOKEN = 2000


@dataclass(frozen=True, slots=True)
class AcknowledgeLink:
    """What a token says. `person` is empty where a team was told; `expires_at` is in seconds since the epoch."""

    incident: str
    person: str
    expires_at: int


def acknowledge_token(secret: bytes, incident: str, person: str, expires_at: float) -> str:
    """A token fit for an address. Raises ValueError for a secret of less than 16 bytes."""
    if len(secret) < 16:
        raise ValueError("the secret that signs links has at least 16 bytes")
    said = json.dumps([incident, person, int(expires_at)], separators=(",", ":")).encode()
    return f"{_encoded(said)}.{_encoded(_signature(secret, said))}"


def read_token(secret: bytes, token: str, now: float) -> AcknowledgeLink:
    """What a token of ours says. Raises Refused for any other, and for one that has expired."""
    said, dot, signature = token.partition(".")
    content = _decoded(said)
    if (
        not dot
        or len(token) > _LONGEST_TOKEN
        or not hmac.compare_digest(_decoded(signature), _signature(secret, content))
    ):
        raise Refused("this link is not one of ours", remedy="open the incident on the pages, or ask for a new page")
    incident, person, expires_at = json.loads(content)
    if now >= expires_at:
        raise Refused("this link has expired", remedy="open the incident on the pages and acknowledge it there")
    return AcknowledgeLink(incident, person, expires_at)


def _signature(secret: bytes, said: bytes) -> bytes:
    return hmac.new(secret, _PURPOSE + said, hashlib.sha256).digest()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Nothing for what is not in our spelling: one content has one token."""
    try:
        content = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return b""
    return content if _encoded(content) == text else b""
