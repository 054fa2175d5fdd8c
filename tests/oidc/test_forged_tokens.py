"""A hostile provider's tokens: none is believed, each for the reason that it was forged for."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.errors import SignInRefused
from tests.oidc.double import (
    ACCESS,
    BACK,
    CODE,
    EC_384_KEY,
    EC_KEY,
    ED_KEY,
    KEY,
    NOW,
    SECRET,
    Double,
    at_hash,
    signed,
)
from tests.oidc.forgeries import FORGERIES, with_claims, with_header, with_key


@pytest.fixture
def double() -> Iterator[Double]:
    with Double() as one:
        one.published += [EC_KEY.as_dict(private=False), KEY.as_dict(private=False) | {"kid": "rsa-9", "alg": "RS256"}]
        yield one


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_signs_nobody_in(double: Double, name: str) -> None:
    reason, forge = FORGERIES[name]
    made: list[str] = []
    double.token = lambda one: made.append(forge(one)) or made[-1]
    client = double.client()
    with pytest.raises(SignInRefused) as caught:
        double.sign_in(client)
    assert caught.value.reason == reason, caught.value
    assert made
    told = f"{caught.value} {caught.value!r}"
    for secret in (SECRET, ACCESS, CODE, double.nonce, *(one for one in made[0].split(".") if len(one) > 8)):
        assert secret not in told
    # The same client, with an honest answer, signs in: the forgery left nothing behind.
    double.token = lambda one: signed(one.header, one.claims)
    double.codes.add(CODE)
    assert double.sign_in(client).subject == "ada"


def test_there_are_more_than_sixty() -> None:
    assert len(FORGERIES) > 60


def test_an_honest_token_signs_in(double: Double) -> None:
    proven = double.sign_in()
    assert (proven.issuer, proven.subject, proven.name) == (double.issuer, "ada", "Ada Lovelace")
    assert (proven.email, proven.email_verified, proven.groups) == ("ada@example.org", True, ("sre", "admins"))
    assert "/userinfo" not in double.asked


@pytest.mark.parametrize(
    ("key", "algorithm", "digest"),
    [
        (KEY, "RS256", "sha256"),
        (KEY, "RS384", "sha384"),
        (KEY, "RS512", "sha512"),
        (KEY, "PS256", "sha256"),
        (KEY, "PS384", "sha384"),
        (KEY, "PS512", "sha512"),
        (EC_KEY, "ES256", "sha256"),
        (EC_384_KEY, "ES384", "sha384"),
        (ED_KEY, "EdDSA", "sha512"),
        (ED_KEY, "Ed25519", "sha512"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_each_way_of_signing_is_taken_with_its_own_key(double: Double, key, algorithm: str, digest: str) -> None:
    double.extra = {"id_token_signing_alg_values_supported": [algorithm]}
    double.published = [key.as_dict(private=False)]
    double.claims = {"at_hash": at_hash(ACCESS, digest)}
    double.token = with_key(key, algorithm, kid=key.kid)
    assert double.sign_in().subject == "ada"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["covet-sre"]},
        {"aud": ["another", "covet-sre"], "azp": "covet-sre"},
        {"azp": "covet-sre"},
        {"exp": NOW - 59, "iat": NOW - 300},
        {"iat": NOW + 59},
        {"iat": NOW - 659},
        {"iat": NOW + 0.5, "exp": NOW + 300.5},
        {"nbf": NOW + 59},
        {"nbf": NOW - 5},
        {"at_hash": at_hash()},
        {"unknown": {"deep": [1, 2, {"a": None}]}},
    ],
)
def test_what_the_standard_allows_signs_in(double: Double, changes: dict) -> None:
    double.token = with_claims(**changes)
    assert double.sign_in().subject == "ada"


@pytest.mark.parametrize("changes", [{"typ": None}, {"typ": "jwt"}, {"x5t": "abc", "unknown": 1}])
def test_what_a_header_may_have_besides_does_no_harm(double: Double, changes: dict) -> None:
    double.token = with_header(**changes)
    assert double.sign_in().subject == "ada"


def test_without_a_name_the_only_key_is_meant(double: Double) -> None:
    double.published = double.published[:1]
    double.token = with_header(kid=None)
    assert double.sign_in().subject == "ada"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_other_character_anywhere_signs_nobody_in(data: st.DataObject) -> None:
    with Double() as double:
        client = double.client()
        request = double.begin(client)
        token = signed(double.header, double.claims)
        at = data.draw(st.integers(0, len(token) - 1))
        other = data.draw(st.characters(codec="ascii").filter(lambda one: one != token[at]))
        double.token = lambda _: token[:at] + other + token[at + 1 :]
        with pytest.raises(SignInRefused):
            client.finish(request, BACK, {"state": request.state, "code": CODE}, NOW)
