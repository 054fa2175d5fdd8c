"""A hash chain: each link's digest covers the link and the digest before it, so that none can be changed, dropped or
moved without the chain telling (Haber and Stornetta, 1991)."""

import hashlib
import json
from collections.abc import Sequence


def digest_of(said: Sequence[object], digest_before: str) -> str:
    """SHA-256 in hexadecimal, over JSON in which every number is a float, since a store may give 60.0 back for 60, and
    all is ASCII."""
    plain = json.loads(json.dumps([digest_before, *said]), parse_int=float)
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
