"""ID tokens as they must not be, each with the reason for which it is refused."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from covet_sre.integrations.oidc.strict_json import unpacked
from tests.oidc.double import (
    ACCESS,
    CLIENT,
    EC_384_KEY,
    EC_KEY,
    ED_KEY,
    KEY,
    NOW,
    OTHER_KEY,
    SECRET,
    Double,
    at_hash,
    hmac_signed,
    packed,
    signed,
)

Forge = Callable[[Double], Any]


def with_header(**changes: Any) -> Forge:
    """Signed rightly, with another header. A value of None leaves a name out."""

    def forge(double: Double) -> str:
        header = {name: value for name, value in {**double.header, **changes}.items() if value is not None}
        return signed(header, double.claims)

    return forge


def with_claims(**changes: Any) -> Forge:
    """Signed rightly, with other claims. A value of None leaves a name out."""

    def forge(double: Double) -> str:
        claims = {name: value for name, value in {**double.claims, **changes}.items() if value is not None}
        return signed(double.header, claims)

    return forge


def with_text(name: str, value: str) -> Forge:
    """The same with a claim that is given as it is written in JSON."""
    return lambda double: signed(double.header, written({**double.claims, name: "@@"}).replace('"@@"', value))


def written(document: Mapping[str, Any]) -> str:
    return json.dumps(document)


def unsigned(algorithm: str, **header: Any) -> Forge:
    return lambda double: f"{packed({'alg': algorithm, **header})}.{packed(double.claims)}."


def with_hmac(secret: bytes, algorithm: str = "HS256") -> Forge:
    return lambda double: hmac_signed({**double.header, "alg": algorithm}, double.claims, secret)


def with_key(key: Any, algorithm: str, **header: Any) -> Forge:
    return lambda double: signed({**double.header, "alg": algorithm, **header}, double.claims, key, algorithm)


def parts(double: Double) -> list[str]:
    return signed(double.header, double.claims).split(".")


def changed(change: Callable[[list[str]], list[str]]) -> Forge:
    return lambda double: ".".join(change(parts(double)))


def flipped(part: str) -> str:
    """One bit of it is another."""
    at = len(part) // 2
    return part[:at] + ("A" if part[at] != "A" else "B") + part[at + 1 :]


PEM = KEY.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
DER = KEY.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
PKCS1 = KEY.public_key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
OTHER_PUBLIC = OTHER_KEY.as_dict(private=False)


def as_the_other(**header: Any) -> Forge:
    """Signed by a stranger's key, which the header brings or names."""
    return lambda double: signed({**double.header, **header}, double.claims, OTHER_KEY)


FORGERIES: Mapping[str, tuple[str, Forge]] = {
    # ------------------------------------------------------------ how it is signed
    "alg none": ("algorithm", unsigned("none")),
    "alg None": ("algorithm", unsigned("None")),
    "alg NONE": ("algorithm", unsigned("NONE")),
    "alg nOnE": ("algorithm", unsigned("nOnE")),
    "alg none with a kid": ("algorithm", unsigned("none", kid="rsa-1")),
    "alg none with a blank": ("algorithm", unsigned("none ")),
    "alg none, signed all the same": ("algorithm", with_header(alg="none")),
    "alg empty": ("algorithm", unsigned("")),
    "alg missing": ("algorithm", with_header(alg=None)),
    "alg in lower case": ("algorithm", with_header(alg="rs256")),
    "alg is a list": ("algorithm", with_header(alg=["RS256"])),
    "alg is a number": ("algorithm", with_header(alg=256)),
    "alg is true": ("algorithm", with_header(alg=True)),
    "alg is an object": ("algorithm", with_header(alg={"RS256": 1})),
    "HS256 by the public key as PEM": ("algorithm", with_hmac(PEM)),
    "HS256 by the public key as PEM without its end": ("algorithm", with_hmac(PEM.strip())),
    "HS256 by the public key as PKCS1": ("algorithm", with_hmac(PKCS1)),
    "HS256 by the public key as DER": ("algorithm", with_hmac(DER)),
    "HS256 by the public key as JWK": ("algorithm", with_hmac(written(KEY.as_dict(private=False)).encode())),
    "HS256 by the client's secret": ("algorithm", with_hmac(SECRET.encode())),
    "HS256 by nothing": ("algorithm", with_hmac(b"")),
    "HS512": ("algorithm", with_hmac(PEM, "HS512")),
    "a way that is not announced": ("algorithm", with_key(KEY, "RS512")),
    "ES512": ("algorithm", with_header(alg="ES512")),
    "ES256K": ("algorithm", with_header(alg="ES256K")),
    "another key of the same name": ("signature", with_key(OTHER_KEY, "RS256")),
    "PS256 with a key for RS256": ("key", with_key(KEY, "PS256")),
    "RS256 said of a signature by PS256": (
        "signature",
        lambda double: signed(double.header, double.claims, KEY, "PS256"),
    ),
    "ES256 with the name of an RSA key": ("key", with_key(EC_KEY, "ES256")),
    "RS256 with the name of an EC key": ("key", with_header(kid="ec-1")),
    "ES384 with a key on P-256": ("key", with_key(EC_384_KEY, "ES384", kid="ec-1")),
    "EdDSA by a key that is not published": ("key", with_key(ED_KEY, "EdDSA", kid="ed-9")),
    "signature stripped": ("signature", changed(lambda one: [one[0], one[1], ""])),
    "signature shortened": ("signature", changed(lambda one: [one[0], one[1], packed(unpacked(one[2])[:-3])])),
    "signature lengthened": ("signature", changed(lambda one: [one[0], one[1], one[2] + "AAAA"])),
    "one bit of the signature": ("signature", changed(lambda one: [one[0], one[1], flipped(one[2])])),
    "one bit of the claims": ("signature", changed(lambda one: [one[0], flipped(one[1]), one[2]])),
    "claims of somebody else": (
        "signature",
        lambda double: ".".join([parts(double)[0], packed({**double.claims, "sub": "eve"}), parts(double)[2]]),
    ),
    "another header over the same signature": (
        "signature",
        lambda double: ".".join([packed({**double.header, "x": 1}), *parts(double)[1:]]),
    ),
    "signature of zeros": ("signature", changed(lambda one: [one[0], one[1], packed(bytes(256))])),
    "signature of one byte": ("signature", changed(lambda one: [one[0], one[1], "AA"])),
    "header and claims swapped": ("algorithm", changed(lambda one: [one[1], one[0], one[2]])),
    # ------------------------------------------------------------ by which key
    "kid unknown": ("key", with_header(kid="rsa-2")),
    "kid empty": ("key", with_header(kid="")),
    "kid in another case": ("key", with_header(kid="RSA-1")),
    "kid leads through folders": ("key", with_header(kid="../../../../dev/null")),
    "kid leads to a file": ("key", with_header(kid="file:///proc/sys/kernel/randomize_va_space")),
    "kid is SQL": ("key", with_header(kid="rsa-1' UNION SELECT 'x")),
    "kid is a command": ("key", with_header(kid="rsa-1|id")),
    "kid is a number": ("key", with_header(kid=1)),
    "kid is a list": ("key", with_header(kid=["rsa-1"])),
    "kid is null": ("key", lambda double: signed('{"alg":"RS256","kid":null}', double.claims)),
    "kid missing where there are two": ("key", with_header(kid=None)),
    "key embedded": ("embedded-key", as_the_other(jwk=OTHER_PUBLIC)),
    "the right key embedded": ("embedded-key", with_header(jwk=KEY.as_dict(private=False))),
    "key at an address": ("embedded-key", as_the_other(jku="https://evil.example/keys")),
    "key at an address within the issuer": (
        "embedded-key",
        lambda double: signed({**double.header, "jku": f"{double.issuer}/keys"}, double.claims),
    ),
    "certificate at an address": ("embedded-key", as_the_other(x5u="https://evil.example/cert.pem")),
    "certificate embedded": ("embedded-key", as_the_other(x5c=["MIIB"])),
    # ------------------------------------------------------------ what kind of thing it is
    "crit": ("critical", with_header(crit=["exp"], exp=NOW)),
    "crit that is known to the standard": ("critical", with_header(crit=["b64"], b64=True)),
    "crit is empty": ("critical", with_header(crit=[])),
    "crit unknown": ("critical", with_header(crit=["http://evil.example/x"], **{"http://evil.example/x": 1})),
    "b64 is false": ("critical", with_header(b64=False)),
    "claims not packed": (
        "critical",
        lambda double: (
            f"{packed({**double.header, 'b64': False, 'crit': ['b64']})}.{written(double.claims).replace('.', '_')}.AA"
        ),
    ),
    "an access token": ("type", with_header(typ="at+jwt")),
    "a logout token": ("type", with_header(typ="logout+jwt")),
    "typ is a number": ("type", with_header(typ=1)),
    "another token inside": (
        "nested",
        lambda double: signed({**double.header, "cty": "JWT"}, signed(double.header, double.claims)),
    ),
    "another token inside, not said": (
        "form",
        lambda double: signed(double.header, signed(double.header, double.claims)),
    ),
    "encrypted": (
        "encrypted",
        lambda _: ".".join([packed({"alg": "RSA-OAEP", "enc": "A256GCM"}), "AA", "AA", "AA", "AA"]),
    ),
    "encrypted in three parts": ("encrypted", with_header(enc="A256GCM")),
    "packed": ("encrypted", with_header(zip="DEF")),
    # ------------------------------------------------------------ how it is written
    "one part": ("form", lambda double: parts(double)[0]),
    "two parts": ("form", changed(lambda one: one[:2])),
    "four parts": ("form", changed(lambda one: [*one, one[2]])),
    "six parts": ("form", changed(lambda one: [*one, *one])),
    "no header": ("form", changed(lambda one: ["", one[1], one[2]])),
    "no claims": ("signature", changed(lambda one: [one[0], "", one[2]])),
    "only dots": ("form", lambda _: ".."),
    "header is no JSON": ("form", lambda double: signed("{", double.claims)),
    "header is a list": ("form", lambda double: signed('["RS256"]', double.claims)),
    "header is null": ("form", lambda double: signed("null", double.claims)),
    "header in another encoding": (
        "form",
        lambda double: signed(written(double.header).encode("utf-16"), double.claims),
    ),
    "header with something behind it": ("form", lambda double: signed(written(double.header) + "{}", double.claims)),
    "claims are no JSON": ("form", lambda double: signed(double.header, "sub=ada")),
    "claims are a list": ("form", lambda double: signed(double.header, json.dumps([double.claims]))),
    "claims are text": ("form", lambda double: signed(double.header, '"ada"')),
    "claims are no UTF-8": ("form", lambda double: signed(double.header, b'{"sub":"\xff"}')),
    "claims with a mark before them": ("form", lambda double: signed(double.header, "\ufeff" + written(double.claims))),
    "claims with a NUL behind them": ("form", lambda double: signed(double.header, written(double.claims) + "\x00")),
    "claims too deep": ("form", with_claims(deep=json.loads("[" * 40 + "]" * 40))),
    "claims very deep": ("form", with_text("deep", "[" * 3000 + "]" * 3000)),
    "a number that is none": ("form", with_text("exp", "NaN")),
    "an infinite number": ("form", with_text("exp", "Infinity")),
    "a number too large": ("form", with_text("exp", "1e999")),
    "header padded": ("form", changed(lambda one: [one[0] + "=", one[1], one[2]])),
    "signature padded": ("form", changed(lambda one: [one[0], one[1], one[2] + "=="])),
    "signature in the other alphabet": ("form", changed(lambda one: [one[0], one[1], "+/" + one[2][2:]])),
    "signature with a line break": ("form", changed(lambda one: [one[0], one[1], one[2] + "\n"])),
    "a blank before it": ("form", changed(lambda one: [" " + one[0], one[1], one[2]])),
    "the word Bearer before it": ("form", changed(lambda one: ["Bearer " + one[0], one[1], one[2]])),
    "signature spelled another way": (
        "form",
        changed(lambda one: [one[0], one[1], one[2][:-1] + chr(ord(one[2][-1]) + 1)]),
    ),
    "alg twice": ("duplicate", lambda double: signed('{"alg":"none","kid":"rsa-1","alg":"RS256"}', double.claims)),
    "sub twice": ("duplicate", lambda double: signed(double.header, written(double.claims)[:-1] + ',"sub":"eve"}')),
    "aud twice": ("duplicate", lambda double: signed(double.header, '{"aud":"other",' + written(double.claims)[1:])),
    "a name twice deep inside": ("duplicate", with_text("address", '{"a":{"b":1,"b":2}}')),
    "huge": ("size", with_claims(padding="x" * 16_000)),
    # ------------------------------------------------------------ of whom and for whom
    "another issuer": ("issuer", with_claims(iss="https://evil.example")),
    "issuer missing": ("issuer", with_claims(iss=None)),
    "issuer is a list": ("issuer", lambda double: signed(double.header, {**double.claims, "iss": [double.issuer]})),
    "issuer with a slash": (
        "issuer",
        lambda double: signed(double.header, {**double.claims, "iss": f"{double.issuer}/"}),
    ),
    "issuer in upper case": (
        "issuer",
        lambda double: signed(double.header, {**double.claims, "iss": double.issuer.upper()}),
    ),
    "issuer with something behind it": (
        "issuer",
        lambda double: signed(double.header, {**double.claims, "iss": f"{double.issuer}.evil.example"}),
    ),
    "for another client": ("audience", with_claims(aud="another")),
    "for a client of a longer name": ("audience", with_claims(aud=f"{CLIENT}-2")),
    "for nobody": ("audience", with_claims(aud=None)),
    "for an empty list": ("audience", with_claims(aud=[])),
    "for a list of others": ("audience", with_claims(aud=["a", "b"], azp=CLIENT)),
    "for a list with a number": ("audience", with_claims(aud=[CLIENT, 1], azp=CLIENT)),
    "for a list in a list": ("audience", with_claims(aud=[[CLIENT]], azp=CLIENT)),
    "for an object": ("audience", with_claims(aud={CLIENT: True})),
    "for several, and given to nobody": ("authorized-party", with_claims(aud=[CLIENT, "another"])),
    "for several, and given to another": ("authorized-party", with_claims(aud=[CLIENT, "another"], azp="another")),
    "given to another": ("authorized-party", with_claims(azp="another")),
    "given to a list": ("authorized-party", with_claims(azp=[CLIENT])),
    "about nobody": ("subject", with_claims(sub=None)),
    "about an empty name": ("subject", with_claims(sub="")),
    "about blanks": ("subject", with_claims(sub="   ")),
    "about a number": ("subject", with_claims(sub=7)),
    "about zero": ("subject", with_claims(sub=0)),
    "about a list": ("subject", with_claims(sub=["ada"])),
    "about an object": ("subject", with_claims(sub={"name": "ada"})),
    "about null": ("subject", with_text("sub", "null")),
    "about true": ("subject", with_claims(sub=True)),
    "about an endless name": ("subject", with_claims(sub="a" * 256)),
    "about a line break": ("subject", with_claims(sub="ada\neve")),
    "about a NUL": ("subject", with_claims(sub="ada\x00")),
    "about half a character": ("subject", with_text("sub", '"ada\\ud800"')),
    # ------------------------------------------------------------ when
    "expired": ("expired", with_claims(exp=NOW - 61, iat=NOW - 400)),
    "expires at once, a minute ago": ("expired", with_claims(exp=NOW - 60, iat=NOW - 400)),
    "never expires": ("expired", with_claims(exp=None)),
    "expires at a text": ("expired", with_claims(exp=str(int(NOW) + 300))),
    "expires at true": ("expired", with_claims(exp=True)),
    "expires before 1970": ("expired", with_claims(exp=-1)),
    "expires in milliseconds": ("expired", with_claims(exp=(NOW + 300) * 1000)),
    "expires in a list": ("expired", with_claims(exp=[NOW + 300])),
    "expires at 0": ("expired", with_claims(exp=0)),
    "expires at a huge whole number": ("expired", with_text("exp", "9" * 400)),
    "made at no time": ("issued-at", with_claims(iat=None)),
    "made in the future": ("issued-at", with_claims(iat=NOW + 61)),
    "made at a text": ("issued-at", with_claims(iat="now")),
    "made at true": ("issued-at", with_claims(iat=True)),
    "made long ago": ("issued-at", with_claims(iat=NOW - 661)),
    "made after its end": ("issued-at", with_claims(iat=NOW + 30, exp=NOW + 10)),
    "counts later": ("not-before", with_claims(nbf=NOW + 61)),
    "counts from a text": ("not-before", with_claims(nbf="later")),
    # ------------------------------------------------------------ for which sign-in
    "nonce missing": ("nonce", with_claims(nonce=None)),
    "nonce empty": ("nonce", with_claims(nonce="")),
    "nonce of another sign-in": ("nonce", with_claims(nonce="n" * 43)),
    "nonce is a number": ("nonce", with_claims(nonce=0)),
    "nonce is a list": ("nonce", lambda double: signed(double.header, {**double.claims, "nonce": [double.nonce]})),
    "nonce shortened": ("nonce", lambda double: signed(double.header, {**double.claims, "nonce": double.nonce[:-1]})),
    "nonce lengthened": ("nonce", lambda double: signed(double.header, {**double.claims, "nonce": f"{double.nonce}A"})),
    "hash of another access token": ("access-token", with_claims(at_hash=at_hash("another"))),
    "whole hash of the access token": ("access-token", with_claims(at_hash=at_hash() + at_hash())),
    "hash of another kind": ("access-token", with_claims(at_hash=at_hash(ACCESS, "sha512"))),
    "hash is a number": ("access-token", with_claims(at_hash=1)),
    "hash is empty": ("access-token", with_claims(at_hash="")),
}
