"""An ID token (OpenID Connect Core 3.1.3.7; RFC 7515, 7519, 8725): who signed it, for whom, when, for which question.

The header is read by us, to the letter, before anything in it is used: the algorithm is one of our list, the key one of
those that the provider publishes. joserfc verifies the signature.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from covet_sre.errors import SignInRefused
from covet_sre.integrations.oidc.algorithms import ALGORITHMS, Algorithm
from covet_sre.integrations.oidc.keys import Key
from covet_sre.integrations.oidc.refusing import Reason, refusal
from covet_sre.integrations.oidc.strict_json import NotRead, object_of, packed, unpacked

LARGEST_BYTES = 16 * 1024
SKEW_SECONDS = 60.0
"""Two clocks may differ by so much."""

OLDEST_SECONDS = 600.0
"""It is made for this sign-in, and a sign-in takes minutes."""

LONGEST_SUBJECT = 255
_EMBEDDED = ("jwk", "jku", "x5u", "x5c")

FindKey = Callable[[str | None, Algorithm], Key]
"""The provider's key of an identity (or its only one) that fits an algorithm. Raises SignInRefused."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say. `now` is in seconds since the epoch; `access_token` is what came with it, if anything."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    now: float
    algorithms: frozenset[str]
    access_token: str = field(default="", repr=False)


def verified_claims(token: str, find_key: FindKey, expected: Expected) -> Mapping[str, Any]:
    """What it claims, when all of it fits. Raises SignInRefused."""
    if len(token) > LARGEST_BYTES:
        raise refusal(Reason.SIZE, f"the ID token is larger than {LARGEST_BYTES // 1024} KiB")
    parts = token.split(".")
    if len(parts) == 5:
        raise refusal(Reason.ENCRYPTED, "the ID token is encrypted, which is not taken here")
    if len(parts) != 3:
        raise refusal(Reason.FORM, "the ID token is not header, claims and signature")
    algorithm, key_id = _header(parts[0], expected.algorithms)
    signature = _bytes(parts[2], "signature")
    key = find_key(key_id, algorithm)
    if not algorithm.verifies(f"{parts[0]}.{parts[1]}".encode(), signature, key):
        raise refusal(Reason.SIGNATURE, "the signature of the ID token does not fit")
    claims = _object(parts[1], "claims")
    _check_parties(claims, expected)
    _check_times(claims, expected.now)
    _check_binding(claims, algorithm, expected)
    return claims


def _header(part: str, announced: frozenset[str]) -> tuple[Algorithm, str | None]:
    header = _object(part, "header")
    if "crit" in header or "b64" in header:
        raise refusal(Reason.CRITICAL, "the ID token asks for an extension that is not known here")
    if any(name in header for name in _EMBEDDED):
        raise refusal(Reason.EMBEDDED_KEY, "the ID token brings a key of its own, or says where one is")
    if "enc" in header or "zip" in header:
        raise refusal(Reason.ENCRYPTED, "the ID token is encrypted or packed, which is not taken here")
    if "cty" in header:
        raise refusal(Reason.NESTED, "the ID token holds another token")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.upper() != "JWT":
        raise refusal(Reason.TYPE, "it is a token of another type than an ID token")
    name = header.get("alg")
    algorithm = ALGORITHMS.get(name) if isinstance(name, str) and name in announced else None
    if algorithm is None:
        raise refusal(Reason.ALGORITHM, "the ID token is signed in a way that is not taken here")
    key_id = header.get("kid")
    if "kid" in header and not isinstance(key_id, str):
        raise refusal(Reason.KEY, "the ID token names its key by something that is no name")
    return algorithm, key_id


def _check_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise refusal(Reason.ISSUER, "the ID token is of another issuer")
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    if not several or not all(isinstance(one, str) for one in several) or expected.client_id not in several:
        raise refusal(Reason.AUDIENCE, "the ID token is for somebody else")
    party = claims.get("azp")
    if (party is not None or len(several) > 1) and party != expected.client_id:
        raise refusal(Reason.AUTHORIZED_PARTY, "the ID token was given to somebody else")
    subject = claims.get("sub")
    if (
        not isinstance(subject, str)
        or not subject.strip()
        or len(subject) > LONGEST_SUBJECT
        or not subject.isprintable()
    ):
        raise refusal(Reason.SUBJECT, "the ID token does not say whom it is about")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires = _time(claims, "exp", Reason.EXPIRED)
    if expires is None or now >= expires + SKEW_SECONDS:
        raise refusal(Reason.EXPIRED, "the ID token has expired, or does not say when it does")
    issued = _time(claims, "iat", Reason.ISSUED_AT)
    if issued is None or issued > now + SKEW_SECONDS:
        raise refusal(Reason.ISSUED_AT, "the ID token is from the future, or does not say when it was made")
    if issued < now - OLDEST_SECONDS - SKEW_SECONDS or issued > expires:
        raise refusal(Reason.ISSUED_AT, "the ID token was not made for this sign-in: it is too old")
    begins = _time(claims, "nbf", Reason.NOT_BEFORE)
    if begins is not None and begins > now + SKEW_SECONDS:
        raise refusal(Reason.NOT_BEFORE, "the ID token does not count yet")


def _check_binding(claims: Mapping[str, Any], algorithm: Algorithm, expected: Expected) -> None:
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not same(nonce, expected.nonce):
        raise refusal(Reason.NONCE, "the ID token answers another question than ours")
    claimed = claims.get("at_hash")
    if claimed is None:
        return
    digest = hashlib.new(algorithm.digest, expected.access_token.encode("utf-8", "replace")).digest()
    if (
        not expected.access_token
        or not isinstance(claimed, str)
        or not same(claimed, packed(digest[: len(digest) // 2]))
    ):
        raise refusal(Reason.ACCESS_TOKEN, "the ID token does not belong to the access token beside it")


def same(given: str, expected: str) -> bool:
    """Compared in constant time; nothing is the same as an empty text."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def _time(claims: Mapping[str, Any], name: str, reason: Reason) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        raise refusal(reason, f"the ID token's {name} is no time")
    return float(value)


def _object(part: str, what: str) -> Mapping[str, Any]:
    try:
        return object_of(_bytes(part, what))
    except NotRead as wrong:
        reason = Reason.DUPLICATE if wrong.is_duplicate else Reason.FORM
        raise refusal(reason, f"the {what} of the ID token cannot be used: {wrong}") from None


def _bytes(part: str, what: str) -> bytes:
    try:
        return unpacked(part)
    except NotRead as wrong:
        raise _misformed(what, wrong) from None


def _misformed(what: str, wrong: NotRead) -> SignInRefused:
    return refusal(Reason.FORM, f"the {what} of the ID token cannot be used: {wrong}")
