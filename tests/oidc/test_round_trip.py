"""The whole way with a provider that is not ours: oidc-provider-mock, over HTTP."""

from collections.abc import Iterator
from time import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

from covet_sre.errors import SignInRefused
from covet_sre.integrations.oidc import OidcSettings, OpenIdProvider
from covet_sre.integrations.outbound import OutboundPolicy
from covet_sre.ports import IdentityProvider, SignInRequest
from tests.oidc.double import entropy

BACK = "http://127.0.0.1:8420/sign-in/provider/return"
ADA = User(sub="ada", claims={"email": "ada@example.org", "email_verified": True, "name": "Ada", "groups": ["sre"]})


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread(require_client_registration=True, require_nonce=True, user_claims=(ADA,)) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(params=["client_secret_basic", "client_secret_post"])
def client(issuer: str, request: pytest.FixtureRequest) -> IdentityProvider:
    asked = {"redirect_uris": [BACK], "token_endpoint_auth_method": request.param}
    registered = httpx.post(f"{issuer}/oauth2/clients", json=asked).raise_for_status().json()
    return OpenIdProvider(
        OidcSettings(issuer, registered["client_id"], registered["client_secret"], authentication=request.param),
        OutboundPolicy(),
    )


def in_the_browser(request: SignInRequest, **form: str) -> dict[str, str]:
    """What the browser comes back with, after somebody filled in the provider's form."""
    assert httpx.get(request.address).status_code == 200
    answer = httpx.post(request.address, data=form, follow_redirects=False)
    assert answer.status_code == 302
    place = urlsplit(answer.headers["location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == BACK
    return {name: values[0] for name, values in parse_qs(place.query).items()}


def test_there_and_back(client: IdentityProvider, issuer: str) -> None:
    request = client.begin(BACK, entropy(100))
    proven = client.finish(request, BACK, in_the_browser(request, sub="ada"), time())
    assert (proven.issuer, proven.subject, proven.name, proven.email) == (issuer, "ada", "Ada", "ada@example.org")
    assert proven.email_verified is True
    assert proven.groups == ("sre",)


def test_a_code_is_good_for_once(client: IdentityProvider) -> None:
    request = client.begin(BACK, entropy(200))
    back = in_the_browser(request, sub="ada")
    client.finish(request, BACK, back, time())
    with pytest.raises(SignInRefused) as caught:
        client.finish(request, BACK, back, time())
    assert caught.value.reason == "exchange"


def test_somebody_who_says_no_is_not_signed_in(client: IdentityProvider) -> None:
    request = client.begin(BACK, entropy(300))
    back = in_the_browser(request, action="deny")
    with pytest.raises(SignInRefused) as caught:
        client.finish(request, BACK, {"state": request.state, **back}, time())
    assert caught.value.reason == "denied"


def test_a_token_of_tomorrow_is_from_the_future(client: IdentityProvider) -> None:
    request = client.begin(BACK, entropy(400))
    with pytest.raises(SignInRefused) as caught:
        client.finish(request, BACK, in_the_browser(request, sub="ada"), time() - 86400)
    assert caught.value.reason == "issued-at"


def test_another_browsers_answer_is_not_taken(client: IdentityProvider) -> None:
    mine, theirs = client.begin(BACK, entropy(500)), client.begin(BACK, entropy(600))
    with pytest.raises(SignInRefused) as caught:
        client.finish(mine, BACK, in_the_browser(theirs, sub="eve"), time())
    assert caught.value.reason == "state"
