"""Signatures of webhooks: HMAC-SHA256 by a secret that both sides know, made for what leaves, verified for what comes.

Standard Webhooks v1, the body's own signature as GitHub makes it, and Grafana's.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from covet_sre.flows.coming_back import NotSigned
from covet_sre.ports import Once

WINDOW_SECONDS = 300.0
"""A signature that says when it was made is good for so long before and after."""

LEAST_BYTES = 16

_DAY_SECONDS = 86400.0
_LONGEST_ID = 256
_MOST_SIGNATURES = 10
_ID = re.compile(rb"[!-~]+")


class Scheme(StrEnum):
    """How a sender signs. Only a scheme that signs the time keeps a stranger from sending again what they saw."""

    STANDARD_WEBHOOKS = "standard-webhooks"
    SHA256 = "sha256"
    GRAFANA = "grafana"


@dataclass(frozen=True, slots=True)
class Signing:
    """What the senders of one source sign with. Several secrets: while one takes the place of another."""

    scheme: Scheme
    secrets: tuple[bytes, ...] = field(repr=False)

    def verify(self, headers: Mapping[bytes, bytes], body: bytes, now: float) -> Once | None:
        """What makes the delivery one that counts once, as far as its scheme tells. `headers` by names in lower case.

        Raises NotSigned.
        """
        match self.scheme:
            case Scheme.STANDARD_WEBHOOKS:
                return self._standard(headers, body, now)
            case Scheme.SHA256:
                return self._of_body(headers, body, now)
            case Scheme.GRAFANA:
                return self._grafana(headers, body, now)
            case _:
                assert_never(self.scheme)

    def _standard(self, headers: Mapping[bytes, bytes], body: bytes, now: float) -> Once:
        identity = headers.get(b"webhook-id", b"")
        if len(identity) > _LONGEST_ID or not _ID.fullmatch(identity):
            raise NotSigned("webhook-id is missing, or is no id", remedy="sign as Standard Webhooks says")
        stamp = _stamp(headers, b"webhook-timestamp", now)
        given = [one for one in headers.get(b"webhook-signature", b"").split(b" ") if one.startswith(b"v1,")]
        self._hold(given, [standard_signature(secret, identity, stamp, body) for secret in self.secrets])
        return Once(_digest(identity), float(stamp) + WINDOW_SECONDS)

    def _of_body(self, headers: Mapping[bytes, bytes], body: bytes, now: float) -> Once | None:
        given = headers.get(b"x-signature-256") or headers.get(b"x-hub-signature-256") or b""
        self._hold([given], [b"sha256=" + _hex(secret, body) for secret in self.secrets])
        identity = headers.get(b"x-github-delivery") or headers.get(b"x-delivery-id")
        # Nothing signs the id: it only keeps what its own sender repeats from counting twice.
        return Once(_digest(given, identity), now + _DAY_SECONDS) if identity else None

    def _grafana(self, headers: Mapping[bytes, bytes], body: bytes, now: float) -> Once:
        stamp = _stamp(headers, b"x-grafana-alerting-signature-timestamp", now)
        given = headers.get(b"x-grafana-alerting-signature", b"")
        self._hold([given], [_hex(secret, stamp + b":" + body) for secret in self.secrets])
        return Once(_digest(given), float(stamp) + WINDOW_SECONDS)

    def _hold(self, given: Sequence[bytes], expected: Sequence[bytes]) -> None:
        # All are compared, each in constant time: how long it takes tells nothing.
        fits = [hmac.compare_digest(one, other) for one in given[:_MOST_SIGNATURES] for other in expected]
        if not any(fits):
            raise NotSigned("the signature does not fit", remedy="check the signing secret on both sides")


def standard_signature(secret: bytes, identity: bytes, stamp: bytes, body: bytes) -> bytes:
    """`v1,` and the HMAC-SHA256 of id, time and body in base64."""
    signed = hmac.new(secret, identity + b"." + stamp + b"." + body, hashlib.sha256).digest()
    return b"v1," + base64.b64encode(signed)


def standard_secret(text: str) -> bytes:
    """`whsec_` and base64, or base64 alone. Raises ValueError, without the secret in it."""
    try:
        secret = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        secret = b""
    if len(secret) < LEAST_BYTES:
        raise ValueError("the secret must be whsec_ and 24 to 64 bytes in base64, as Standard Webhooks has them")
    return secret


def signing_of(scheme: Scheme, secrets: Sequence[str]) -> Signing:
    """Raises ValueError for a secret that its scheme cannot use, without the secret in it."""
    if scheme is Scheme.STANDARD_WEBHOOKS:
        return Signing(scheme, tuple(standard_secret(one) for one in secrets))
    if any(len(one.encode()) < LEAST_BYTES for one in secrets):
        raise ValueError(f"a signing secret has at least {LEAST_BYTES} characters")
    return Signing(scheme, tuple(one.encode() for one in secrets))


def _stamp(headers: Mapping[bytes, bytes], name: bytes, now: float) -> bytes:
    """When it was signed, in seconds since the epoch, as it was written. Raises NotSigned."""
    stamp = headers.get(name, b"")
    if not (stamp.isdigit() and len(stamp) <= 12):
        raise NotSigned(f"{name.decode()} is missing, or is no time", remedy="let the sender sign the time, too")
    if abs(now - int(stamp)) > WINDOW_SECONDS:
        raise NotSigned("the signature is too old, or from the future", remedy="check the clocks of both machines")
    return stamp


def _hex(secret: bytes, signed: bytes) -> bytes:
    return hmac.new(secret, signed, hashlib.sha256).hexdigest().encode("ascii")


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\n".join(parts)).hexdigest()
