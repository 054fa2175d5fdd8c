"""The signatures that are taken: asymmetric ones alone. `none` and HMAC are no signature of a provider."""

from collections.abc import Mapping
from dataclasses import dataclass

from joserfc.jws import JWSRegistry

from covet_sre.integrations.oidc.keys import Key


@dataclass(frozen=True, slots=True)
class Algorithm:
    """`kind` and `curve` are of the keys that it goes with; `digest` is what at_hash is made with."""

    name: str
    kind: str
    curve: str
    digest: str

    def fits(self, key: Key) -> bool:
        """Whether a key may be used for it, by what its provider says of the key."""
        return key.kind == self.kind and key.curve == self.curve and key.algorithm in ("", self.name)

    def verifies(self, signed: bytes, signature: bytes, key: Key) -> bool:
        try:
            # Asked by name, and never by what a token says: this one is in our list.
            return JWSRegistry.algorithms[self.name].verify(signed, signature, key.material)
        except Exception:  # noqa: BLE001 - whatever a strange key or signature makes of it, it does not fit
            return False


ALGORITHMS: Mapping[str, Algorithm] = {
    one.name: one
    for one in (
        Algorithm("RS256", "RSA", "", "sha256"),
        Algorithm("RS384", "RSA", "", "sha384"),
        Algorithm("RS512", "RSA", "", "sha512"),
        Algorithm("PS256", "RSA", "", "sha256"),
        Algorithm("PS384", "RSA", "", "sha384"),
        Algorithm("PS512", "RSA", "", "sha512"),
        Algorithm("ES256", "EC", "P-256", "sha256"),
        Algorithm("ES384", "EC", "P-384", "sha384"),
        Algorithm("EdDSA", "OKP", "Ed25519", "sha512"),
        Algorithm("Ed25519", "OKP", "Ed25519", "sha512"),
    )
}
