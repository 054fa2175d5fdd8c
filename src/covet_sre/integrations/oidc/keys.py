"""A provider's public keys (RFC 7517): fetched when needed, kept for a while, fetched anew when one is unknown."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from covet_sre.integrations.oidc.refusing import Reason, refusal
from covet_sre.integrations.oidc.strict_json import unpacked

KEPT_SECONDS = 600.0
"""A key that its provider took back is believed for no longer than this."""

AGAIN_SECONDS = 30.0
"""Unknown keys make us fetch no more often."""

_MOST_KEYS, _LONGEST_KEY_ID = 64, 256
_LEAST_RSA_BITS, _MOST_RSA_BITS = 2048, 8192
_LONGEST_EXPONENT = 8
_CURVES = {"RSA": ("",), "EC": ("P-256", "P-384"), "OKP": ("Ed25519",)}

Material = RSAKey | ECKey | OKPKey


@dataclass(frozen=True, slots=True)
class Key:
    """One public key that signs. `algorithm` is the only one that it is for; empty where its provider names none."""

    identity: str
    kind: str
    curve: str
    algorithm: str
    material: Material = field(repr=False)


class Keys:
    """The keys of one provider. `fetch` gives the set that it publishes; safe for several threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: Sequence[Key] = ()
        self._fetched_at: float | None = None

    def that_fit(
        self, identity: str | None, fits: Callable[[Key], bool], fetch: Callable[[], Mapping[str, Any]]
    ) -> Key:
        """The one key of that identity that fits. Raises SignInRefused where there is none, or more than one."""
        keys, age = self._kept()
        found = _of(keys, identity, fits)
        if age is None or age >= (KEPT_SECONDS if found else AGAIN_SECONDS):
            found = _of(self._fetch(fetch), identity, fits)
        if not found:
            raise refusal(Reason.KEY, "the ID token is signed by a key that the provider does not publish")
        if len(found) > 1:
            raise refusal(Reason.KEY, "the ID token does not say which of several keys it is signed by")
        return found[0]

    def _kept(self) -> tuple[Sequence[Key], float | None]:
        with self._lock:
            return self._known, None if self._fetched_at is None else self._monotonic() - self._fetched_at

    def _fetch(self, fetch: Callable[[], Mapping[str, Any]]) -> Sequence[Key]:
        keys = public_keys(fetch())
        with self._lock:
            self._known, self._fetched_at = keys, self._monotonic()
        return keys


def _of(keys: Sequence[Key], identity: str | None, fits: Callable[[Key], bool]) -> list[Key]:
    return [key for key in keys if (identity is None or key.identity == identity) and fits(key)]


def public_keys(document: Mapping[str, Any]) -> Sequence[Key]:
    """Those of a key set that sign in a way that is known here; others are passed over, as RFC 7517 says.

    Raises SignInRefused for what is no key set.
    """
    entries = document.get("keys")
    if not isinstance(entries, list) or len(entries) > _MOST_KEYS:
        raise refusal(Reason.KEY, f"the provider's keys are no list of at most {_MOST_KEYS}")
    return tuple(key for entry in entries if isinstance(entry, dict) and (key := _key(entry)) is not None)


def _key(entry: Mapping[str, Any]) -> Key | None:
    kind, curve, identity, algorithm = (entry.get(name, "") for name in ("kty", "crv", "kid", "alg"))
    if not all(isinstance(one, str) for one in (kind, curve, identity, algorithm)) or len(identity) > _LONGEST_KEY_ID:
        return None
    operations = entry.get("key_ops", ["verify"])
    signs = entry.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    # A set with private keys in it is a mistake of its provider: whoever reads it can sign.
    if not signs or "d" in entry or curve not in _CURVES.get(kind, ()):
        return None
    try:
        material = _material(kind, entry)
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return None if material is None else Key(identity, kind, curve, algorithm, material)


def _material(kind: str, entry: Mapping[str, Any]) -> Material | None:
    """None for a key that is too weak, or so large that to use it would cost seconds. Raises what joserfc raises."""
    names = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}[kind]
    numbers: dict[str, Any] = {"kty": kind, **{name: str(entry[name]) for name in names}}
    match kind:
        case "RSA":
            bits = int.from_bytes(unpacked(numbers["n"])).bit_length()
            is_fit = _LEAST_RSA_BITS <= bits <= _MOST_RSA_BITS and len(numbers["e"]) <= _LONGEST_EXPONENT
            return RSAKey.import_key(numbers) if is_fit else None
        case "EC":
            return ECKey.import_key(numbers)
        case _:
            return OKPKey.import_key(numbers)
