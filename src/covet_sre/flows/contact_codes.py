"""Codes that verify a contact: worked out from a secret and a nonce, so that no code is kept anywhere."""

import hashlib
import hmac

_PURPOSE = b"covet-sre contact code 1\n"
_DIGITS = 8


def code_for(secret: bytes, nonce: str) -> str:
    """Eight digits. Without the secret nobody can tell them from the nonce."""
    number = int.from_bytes(hmac.new(secret, _PURPOSE + nonce.encode(), hashlib.sha256).digest()[:8])
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def code_digest(code: str, nonce: str) -> str:
    """What is kept of a code; blanks and dashes in what somebody typed do not count."""
    plain = "".join(sign for sign in code if sign.isdigit())
    return hashlib.sha256(_PURPOSE + nonce.encode() + b"\n" + plain.encode()).hexdigest()
