"""A hostile provider can make a sign-in fail, in time and within its size, and nothing else."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from covet_sre.errors import SignInRefused
from covet_sre.integrations.oidc.asking import ANSWER_BYTES
from covet_sre.integrations.oidc.keys import AGAIN_SECONDS, KEPT_SECONDS
from tests.oidc.double import (
    ACCESS,
    BACK,
    CODE,
    EC_KEY,
    KEY,
    NOW,
    OTHER_KEY,
    SECRET,
    WEAK_KEY,
    Double,
    Spoken,
    says,
    signed,
)

DISCOVERY = "/.well-known/openid-configuration"
PATHS = [DISCOVERY, "/token", "/keys", "/userinfo"]

PAGE = {"Content-Type": "text/html"}
SPOKEN = {
    "a page": ("answer", Spoken(200, b"<html>Please sign in</html>", PAGE)),
    "a page that says it is JSON": ("answer", Spoken(200, b"<html>Please sign in</html>")),
    "nothing": ("answer", Spoken(200, b"")),
    "a list": ("answer", says([1])),
    "a number": ("answer", says(1)),
    "null": ("answer", says(None)),
    "no UTF-8": ("answer", says(b'{"a":"\xff"}')),
    "a name twice": ("duplicate", says(b'{"issuer":"a","issuer":"b"}')),
    "very deep": ("answer", says(b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}")),
    "no number": ("answer", says(b'{"a":NaN}')),
    "JSON as text": ("answer", Spoken(200, b"{}", {"Content-Type": "text/plain"})),
    "too large": ("answer", says(b'{"a":"' + b"x" * ANSWER_BYTES + b'"}')),
    "endless": ("answer", Spoken(endless=True)),
    "packed a thousandfold": (
        "answer",
        Spoken(200, gzip.compress(b" " * 10**7), {"Content-Type": "application/json", "Content-Encoding": "gzip"}),
    ),
    "packed strangely": ("answer", Spoken(200, b"{}", {"Content-Type": "application/json", "Content-Encoding": "br"})),
}
STATUSES = {
    "elsewhere 301": Spoken(301, b"", {"Location": "http://127.0.0.1:1/"}),
    "elsewhere 302": Spoken(302, b"", {"Location": "https://169.254.169.254/latest/meta-data/"}),
    "elsewhere 303": Spoken(303, b"", {"Location": "file:///etc/passwd"}),
    "elsewhere 307": Spoken(307, b"", {"Location": "http://evil.example/?steal"}),
    "elsewhere 308": Spoken(308, b"", {"Location": "//evil.example/"}),
    "404": Spoken(404, b""),
    "500 with a script": Spoken(500, b"<script>alert(1)</script>", PAGE),
    "204": Spoken(204, b""),
}


@pytest.fixture
def double() -> Iterator[Double]:
    with Double() as one:
        yield one


def refused(act: Callable[[], Any]) -> SignInRefused:
    with pytest.raises(SignInRefused) as caught:
        act()
    told = f"{caught.value} {caught.value!r}"
    for secret in (SECRET, ACCESS, CODE, "<script", "evil.example/?", "meta-data"):
        assert secret not in told
    assert caught.value.problem and caught.value.remedy
    return caught.value


def asks_for_more(double: Double) -> None:
    """The ID token leaves the address open, so that the userinfo endpoint is asked."""
    double.token = lambda one: signed(one.header, {k: v for k, v in one.claims.items() if k != "email"})


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", SPOKEN)
def test_an_answer_that_is_none_is_told(double: Double, path: str, name: str) -> None:
    reason, spoken = SPOKEN[name]
    asks_for_more(double)
    double.spoken[path] = spoken
    assert refused(double.sign_in).reason == reason
    assert double.asked[-1] == path


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", STATUSES)
def test_a_provider_that_sends_us_elsewhere_is_not_followed(double: Double, path: str, name: str) -> None:
    asks_for_more(double)
    double.spoken[path] = STATUSES[name]
    assert refused(double.sign_in).reason == ("exchange" if path == "/token" else "answer")
    assert double.asked[-1] == path


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_that_drips_for_ever_ends_in_time(double: Double, path: str) -> None:
    asks_for_more(double)
    double.spoken[path] = Spoken(piecewise=True, body=b" " * 1000)
    begun = time.monotonic()
    refusal = refused(lambda: double.sign_in(double.client(conversation_seconds=0.4)))
    assert refusal.reason == "unreachable"
    assert time.monotonic() - begun < 5


def test_all_answers_together_have_one_time(double: Double) -> None:
    """Each alone would be in time: a clock that passes three seconds with every request."""
    asks_for_more(double)
    now = [0.0]

    def slowly(path: str) -> Callable[[], Spoken]:
        def speak() -> Spoken:
            now[0] += 3.0
            del double.spoken[path]
            double.asked.pop()
            return double.speak(path, double.forms[-1], double.headers[-1])

        return speak

    client = double.client(monotonic=lambda: now[0])
    request = double.begin(client)
    for path in ("/token", "/keys", "/userinfo"):
        double.spoken[path] = slowly(path)
    refusal = refused(lambda: client.finish(request, BACK, {"state": request.state, "code": CODE}, NOW))
    assert refusal.reason == "unreachable"


# ---------------------------------------------------------------- what it says of itself

DISCOVERIES: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "no issuer": {"issuer": None},
    "a list of issuers": {"issuer": ["x"]},
    "a script to sign in at": {"authorization_endpoint": "javascript:alert(1)"},
    "a place without TLS to sign in at": {"authorization_endpoint": "http://idp.example/authorize"},
    "a place with a fragment": {"authorization_endpoint": "https://idp.example/authorize#x"},
    "a place with a user": {"authorization_endpoint": "https://covet@evil.example/authorize"},
    "a place with a line break": {"authorization_endpoint": "https://idp.example/\r\nSet-Cookie: a=b"},
    "no place to sign in at": {"authorization_endpoint": None},
    "no token endpoint": {"token_endpoint": None},
    "a token endpoint without TLS": {"token_endpoint": "http://idp.example/token"},
    "a token endpoint that is a number": {"token_endpoint": 1},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "keys without TLS": {"jwks_uri": "http://idp.example/keys"},
    "keys nowhere": {"jwks_uri": ""},
    "keys on a port that is none": {"jwks_uri": "https://idp.example:99999/keys"},
    "userinfo without TLS": {"userinfo_endpoint": "http://idp.example/userinfo"},
    "no codes": {"response_types_supported": ["id_token", "token"]},
    "response types that are none": {"response_types_supported": "code"},
    "no S256": {"code_challenge_methods_supported": ["plain"]},
    "HMAC alone": {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    "algorithms that are none": {"id_token_signing_alg_values_supported": [1]},
}


@pytest.mark.parametrize("name", DISCOVERIES)
def test_a_provider_that_describes_itself_wrongly_is_not_asked(double: Double, name: str) -> None:
    double.extra = dict(DISCOVERIES[name])
    assert refused(lambda: double.begin(double.client())).reason == "discovery"
    assert double.asked == [DISCOVERY]


def test_an_issuer_with_a_slash_is_another_one(double: Double) -> None:
    assert refused(lambda: double.begin(double.client(issuer=f"{double.issuer}/"))).reason == "discovery"


@pytest.mark.parametrize("place", ["10.0.0.1", "127.0.0.1", "[::1]", "169.254.169.254", "192.168.1.1", "localhost"])
@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
def test_what_a_provider_names_beside_itself_does_not_lead_inside(
    double: Double, place: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The issuer's own host is the operator's word; every other is a stranger's."""
    asks_for_more(double)
    port = double.issuer.rpartition(":")[2]
    issuer = f"http://localhost:{port}" if place == "127.0.0.1" else double.issuer
    double.extra = {"issuer": issuer, name: f"https://{place}:{port}/"}
    places: list[Any] = []
    real = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda sock, place: places.append(place) or real(sock, place))
    client = double.client(issuer=issuer)
    double.claims = {"iss": issuer}
    refusal = refused(lambda: double.sign_in(client))
    assert refusal.reason == "unreachable"
    # Every connection was one that an honest path asked for.
    assert len(places) == len(double.asked)


# ---------------------------------------------------------------- its keys


def public(key: Any, **more: Any) -> dict[str, Any]:
    return key.as_dict(private=False) | more


KEY_SETS: dict[str, Any] = {
    "none": [],
    "no list": {"rsa-1": public(KEY)},
    "too many": [public(KEY, kid=f"k{n}") for n in range(100)],
    "texts": ["rsa-1"],
    "one for encryption": [public(KEY, use="enc")],
    "one that may only sign": [public(KEY, key_ops=["sign"])],
    "one for another algorithm": [public(KEY, alg="RS512")],
    "one for HMAC": [public(KEY, alg="HS256")],
    "one with its private half": [KEY.as_dict(private=True)],
    "a secret": [{"kty": "oct", "kid": "rsa-1", "k": "c2VjcmV0", "alg": "RS256"}],
    "a weak one": [public(WEAK_KEY, kid="rsa-1")],
    "a huge one": [public(KEY, n="v" * 5000)],
    "a huge exponent": [public(KEY, e="v" * 300)],
    "an exponent of one": [public(KEY, e="AQ")],
    "numbers that are none": [public(KEY, n=1, e=None)],
    "a modulus that is missing": [{"kty": "RSA", "kid": "rsa-1", "e": "AQAB"}],
    "a curve instead": [public(EC_KEY, kid="rsa-1")],
    "a point off its curve": [{**public(EC_KEY, kid="rsa-1"), "x": "AAAA"}],
    "two of the same name": [public(KEY), public(OTHER_KEY)],
    "a name that is none": [public(KEY, kid=1)],
    "a kind that is none": [public(KEY, kty=["RSA"])],
    "a certificate alone": [{"kty": "RSA", "kid": "rsa-1", "x5c": ["MIIB"]}],
}


@pytest.mark.parametrize("name", KEY_SETS)
def test_keys_that_must_not_be_used_verify_nothing(double: Double, name: str) -> None:
    double.published = KEY_SETS[name]
    assert refused(double.sign_in).reason == "key"


def test_a_weak_key_signs_nobody_in_although_its_signature_fits(double: Double) -> None:
    double.published = [public(WEAK_KEY)]
    double.token = lambda one: signed({**one.header, "kid": "weak"}, one.claims, WEAK_KEY)
    assert refused(double.sign_in).reason == "key"


def test_strange_keys_beside_the_right_one_do_no_harm(double: Double) -> None:
    double.published = [
        {"kty": "AKP", "kid": "ml-dsa", "alg": "ML-DSA-44", "pub": "AA"},
        7,
        {},
        *KEY_SETS["a secret"],
        *KEY_SETS["a curve instead"],
        public(KEY),
    ]
    assert double.sign_in().subject == "ada"


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def again(double: Double, client: Any) -> Any:
    double.codes.add(CODE)
    return double.sign_in(client)


def test_keys_are_fetched_once_and_again_when_one_is_unknown(double: Double) -> None:
    clock = Time()
    client = double.client(monotonic=clock)
    for _ in range(3):
        again(double, client)
    assert double.asked.count("/keys") == 1
    # The provider takes up another key, and signs with it at once.
    double.published = [public(OTHER_KEY, kid="rsa-2")]
    double.token = lambda one: signed({**one.header, "kid": "rsa-2"}, one.claims, OTHER_KEY)
    assert refused(lambda: again(double, client)).reason == "key"
    assert double.asked.count("/keys") == 1
    clock.now += AGAIN_SECONDS
    assert again(double, client).subject == "ada"
    assert double.asked.count("/keys") == 2


def test_unknown_keys_make_us_fetch_only_now_and_then(double: Double) -> None:
    clock = Time()
    client = double.client(monotonic=clock)
    double.token = lambda one: signed({**one.header, "kid": "no-such"}, one.claims)
    for _ in range(20):
        refused(lambda: again(double, client))
        clock.now += AGAIN_SECONDS / 10
    assert double.asked.count("/keys") <= 3


def test_a_key_that_was_taken_back_is_believed_for_ten_minutes_at_most(double: Double) -> None:
    clock = Time()
    client = double.client(monotonic=clock)
    again(double, client)
    double.published = [public(OTHER_KEY, kid="rsa-2")]
    clock.now += KEPT_SECONDS - 1
    assert again(double, client).subject == "ada"
    clock.now += 1
    assert refused(lambda: again(double, client)).reason == "key"


def test_old_keys_are_not_believed_while_new_ones_cannot_be_fetched(double: Double) -> None:
    clock = Time()
    client = double.client(monotonic=clock)
    again(double, client)
    double.spoken["/keys"] = Spoken(503, b"")
    clock.now += KEPT_SECONDS
    assert refused(lambda: again(double, client)).reason == "answer"


# ---------------------------------------------------------------- the exchange, and who it is

ANSWERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "no ID token": ("exchange", lambda _: {"access_token": ACCESS, "token_type": "Bearer"}),
    "an empty ID token": ("exchange", lambda _: {"id_token": "", "token_type": "Bearer"}),
    "a list of ID tokens": ("exchange", lambda token: {"id_token": [token], "token_type": "Bearer"}),
    "an ID token as JSON": ("exchange", lambda token: {"id_token": {"payload": token}, "token_type": "Bearer"}),
    "an access token of another kind": (
        "exchange",
        lambda token: {"id_token": token, "access_token": ACCESS, "token_type": "mac"},
    ),
    "an access token with a line break": (
        "exchange",
        lambda token: {"id_token": token, "access_token": "a\r\nHost: evil.example", "token_type": "Bearer"},
    ),
    "an access token that is a number": ("exchange", lambda token: {"id_token": token, "access_token": 1}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_exchange_that_gives_something_else_is_refused(double: Double, name: str) -> None:
    reason, double.answer = ANSWERS[name]
    assert refused(double.sign_in).reason == reason


@pytest.mark.parametrize("userinfo", [{"sub": "eve"}, {}, {"sub": None}, {"sub": ["ada"]}, {"sub": "ada "}])
def test_what_is_told_of_somebody_else_does_not_count(double: Double, userinfo: dict[str, Any]) -> None:
    asks_for_more(double)
    double.userinfo = {"email": "root@example.org", "email_verified": True, **userinfo}
    assert refused(double.sign_in).reason == "userinfo"


def test_what_the_id_token_says_wins_and_one_source_does_not_vouch_for_the_other(double: Double) -> None:
    double.token = lambda one: signed(
        one.header, {k: v for k, v in one.claims.items() if k not in ("email_verified", "groups")}
    )
    double.userinfo = {
        "sub": "ada",
        "email": "root@example.org",
        "email_verified": True,
        "name": "Root",
        "groups": ["x"],
    }
    proven = double.sign_in()
    assert (proven.name, proven.email, proven.email_verified) == ("Ada Lovelace", "ada@example.org", False)
    assert proven.groups == ("x",)


@pytest.mark.parametrize("verified", ["true", 1, "yes", None, [True]])
def test_an_address_is_verified_only_when_it_is_said_so(double: Double, verified: Any) -> None:
    double.claims = {"email_verified": verified}
    assert double.sign_in().email_verified is False


@pytest.mark.parametrize(
    ("groups", "taken"),
    [
        (["sre", "sre", "admins"], ("sre", "admins")),
        ("sre", ("sre",)),
        ([1, None, ["x"], {"a": 1}, "", "a\nb", "x" * 201, "sre"], ("sre",)),
        ({"sre": True}, ()),
        (None, ()),
        (7, ()),
    ],
)
def test_groups_are_names_to_the_letter(double: Double, groups: Any, taken: tuple[str, ...]) -> None:
    double.claims = {"groups": groups}
    assert double.sign_in().groups == taken


def test_text_for_people_is_one_line_without_tricks(double: Double) -> None:
    double.claims = {"name": "Ada\r\n\u202eecalevoL\x1b[31m" + "x" * 500}
    name = double.sign_in().name
    assert len(name) <= 200
    assert not set(name) & set("\r\n\x1b\u202e")


# ---------------------------------------------------------------- the way back


@pytest.mark.parametrize("state", [None, "", "x", "A" * 43, "ÿ" * 43])
def test_an_answer_to_no_question_of_this_browser_is_refused(double: Double, state: str | None) -> None:
    assert refused(lambda: double.sign_in(state=state)).reason == "state"
    assert double.asked == [DISCOVERY]


def test_the_state_of_another_sign_in_does_not_fit(double: Double) -> None:
    client = double.client()
    first = double.begin(client)
    second = client.begin(BACK, lambda size: b"\x01" * size)
    assert len({first.state, first.nonce, first.verifier}) == 3
    refusal = refused(lambda: client.finish(first, BACK, {"state": second.state, "code": CODE}, NOW))
    assert refusal.reason == "state"


def test_nothing_of_a_request_is_shown(double: Double) -> None:
    request = double.begin(double.client())
    assert not [one for one in (request.state, request.nonce, request.verifier) if one in repr(request)]


@pytest.mark.parametrize("issuer", ["https://evil.example", "", "HTTP://127.0.0.1"])
@pytest.mark.parametrize("announced", [True, False])
def test_the_answer_of_another_provider_is_a_mix_up(double: Double, issuer: str, announced: bool) -> None:
    double.extra = {"authorization_response_iss_parameter_supported": announced}
    assert refused(lambda: double.sign_in(iss=issuer)).reason == "mix-up"
    assert "/token" not in double.asked


def test_a_provider_that_announces_its_name_must_give_it(double: Double) -> None:
    double.extra = {"authorization_response_iss_parameter_supported": True}
    assert refused(double.sign_in).reason == "mix-up"
    assert double.sign_in(iss=double.issuer).subject == "ada"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("access_denied", "access_denied"),
        ("login_required", "login_required"),
        ("<script>alert(1)</script>", "none of OpenID Connect's"),
        ("", "none of OpenID Connect's"),
    ],
)
def test_a_refusal_of_the_provider_is_told_in_its_own_words_only_if_they_are_known(
    double: Double, error: str, says: str
) -> None:
    refusal = refused(lambda: double.sign_in(error=error, error_description="<script>"))
    assert refusal.reason == "denied"
    assert says in refusal.problem


@pytest.mark.parametrize("code", [None, "", "x" * 5000])
def test_an_answer_without_a_code_is_refused(double: Double, code: str | None) -> None:
    assert refused(lambda: double.sign_in(code=code)).reason == "code"
    assert "/token" not in double.asked


def test_a_code_is_good_for_once(double: Double) -> None:
    client = double.client()
    assert double.sign_in(client).subject == "ada"
    refusal = refused(lambda: double.sign_in(client))
    assert refusal.reason == "exchange"
    assert "invalid_grant" in refusal.problem


def test_a_code_that_somebody_else_began_is_worth_nothing(double: Double) -> None:
    """PKCE: a code that was stolen on its way back does not go with another browser's verifier."""
    client = double.client()
    victim = double.begin(client)
    challenge = double.challenge
    thief = double.begin(client, BACK)
    assert victim.verifier == thief.verifier  # The same bytes in every run: so another one is made by hand.
    double.challenge = challenge[:-2] + "zz"
    refusal = refused(lambda: client.finish(thief, BACK, {"state": thief.state, "code": CODE}, NOW))
    assert refusal.reason == "exchange"


def test_the_place_to_come_back_to_is_part_of_the_exchange(double: Double) -> None:
    client = double.client()
    request = double.begin(client)
    parameters = {"state": request.state, "code": CODE}
    refusal = refused(lambda: client.finish(request, "https://evil.example/back", parameters, NOW))
    assert refusal.reason == "exchange"


# ---------------------------------------------------------------- who we are


@pytest.mark.parametrize(
    ("announced", "setting", "is_basic"),
    [
        (None, "", True),
        (["client_secret_post", "client_secret_basic"], "", True),
        (["client_secret_post"], "", False),
        (["client_secret_basic"], "client_secret_post", False),
        (["private_key_jwt"], "", True),
    ],
)
def test_we_authenticate_as_the_provider_announces_or_as_is_set(
    double: Double, announced: list[str] | None, setting: str, is_basic: bool
) -> None:
    double.extra = {} if announced is None else {"token_endpoint_auth_methods_supported": announced}
    assert double.sign_in(double.client(authentication=setting)).subject == "ada"
    at = double.asked.index("/token")
    assert ("authorization" in double.headers[at]) is is_basic
    assert ("client_secret" in double.forms[at]) is not is_basic


def test_a_public_client_has_no_secret_and_says_its_name(double: Double) -> None:
    assert double.sign_in(double.client(client_secret="")).subject == "ada"
    form = double.forms[double.asked.index("/token")]
    assert form["client_id"] == "covet-sre"
    assert "client_secret" not in form


def test_a_wrong_secret_is_told_without_it(double: Double) -> None:
    refusal = refused(lambda: double.sign_in(double.client(client_secret="another canary")))
    assert refusal.reason == "exchange"
    assert "invalid_client" in refusal.problem and "canary" not in str(refusal)


def test_too_many_sign_ins_at_once_are_told_to_come_again(double: Double) -> None:
    client = double.client()
    places = [client._conversations.begin() for _ in range(8)]
    for one in places:
        one.__enter__()
    assert refused(lambda: double.begin(client)).reason == "busy"
    for one in places:
        one.__exit__(None, None, None)
    assert double.sign_in(client).subject == "ada"


def test_a_refusal_stands_in_the_log_by_its_reason(double: Double) -> None:
    double.token = lambda one: signed(one.header, {**one.claims, "nonce": "another"})
    with capture_logs() as entries:
        refused(double.sign_in)
    (entry,) = entries
    assert (entry["event"], entry["reason"], entry["log_level"]) == ("a sign-in was refused", "nonce", "warning")
    assert double.nonce not in str(entry)
