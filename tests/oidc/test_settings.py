"""The settings of an identity provider, and which addresses it may have."""

import re
from pathlib import Path

import pytest

from covet_sre.errors import Refused
from covet_sre.integrations.oidc import OidcSettings, settings_from
from covet_sre.integrations.oidc.places import is_place_of, why_no_issuer
from covet_sre.integrations.oidc.refusing import Reason

GIVEN = {
    "COVET_SRE_OIDC_ISSUER": "https://idp.example/realms/sre",
    "COVET_SRE_OIDC_CLIENT_ID": "covet-sre",
    "COVET_SRE_OIDC_CLIENT_SECRET": "canary",
}


def no_file(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


def test_without_an_issuer_there_is_no_provider() -> None:
    assert settings_from({}, no_file) is None
    assert settings_from({"COVET_SRE_OIDC_CLIENT_ID": "x"}, no_file) is None


def test_an_issuer_a_client_and_a_secret_are_enough() -> None:
    found = settings_from(GIVEN, no_file)
    assert found == OidcSettings("https://idp.example/realms/sre", "covet-sre", "canary")
    assert "canary" not in repr(found)


def test_everything_can_be_said() -> None:
    more = {
        "COVET_SRE_OIDC_SCOPES": "profile  groups",
        "COVET_SRE_OIDC_GROUPS_CLAIM": "roles",
        "COVET_SRE_OIDC_NAME": "Example ID",
        "COVET_SRE_OIDC_AUTHENTICATION": "client_secret_post",
        "COVET_SRE_OIDC_CLIENT_SECRET_FILE": "/run/secrets/oidc",
    }
    given = {name: value for name, value in GIVEN.items() if not name.endswith("SECRET")}
    found = settings_from({**given, **more}, lambda path: f"from {path}\n")
    assert found is not None
    assert (found.client_secret, found.scopes) == ("from /run/secrets/oidc", ("openid", "profile", "groups"))
    assert (found.groups_claim, found.name, found.authentication) == ("roles", "Example ID", "client_secret_post")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"COVET_SRE_OIDC_ISSUER": "http://idp.example"}, "ISSUER"),
        ({"COVET_SRE_OIDC_ISSUER": "idp.example"}, "ISSUER"),
        ({"COVET_SRE_OIDC_ISSUER": "https://idp.example?tenant=a"}, "ISSUER"),
        ({"COVET_SRE_OIDC_ISSUER": "https://user:canary@idp.example"}, "ISSUER"),
        ({"COVET_SRE_OIDC_CLIENT_ID": " "}, "CLIENT_ID"),
        ({"COVET_SRE_OIDC_AUTHENTICATION": "private_key_jwt"}, "AUTHENTICATION"),
        ({"COVET_SRE_OIDC_AUTHENTICATION": "none"}, "AUTHENTICATION"),
        (
            {"COVET_SRE_OIDC_AUTHENTICATION": "client_secret_basic", "COVET_SRE_OIDC_CLIENT_SECRET": ""},
            "AUTHENTICATION",
        ),
        ({"COVET_SRE_OIDC_CLIENT_SECRET_FILE": "/none"}, "CLIENT_SECRET_FILE"),
    ],
)
def test_what_cannot_be_is_refused_with_its_variable(changes: dict[str, str], where: str) -> None:
    with pytest.raises(Refused) as caught:
        settings_from({**GIVEN, **changes}, no_file)
    assert caught.value.where == f"COVET_SRE_OIDC_{where}"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "issuer",
    [
        "https://idp.example",
        "https://idp.example:8443/a/b/",
        "http://127.0.0.1:9",
        "http://[::1]:9",
        "http://localhost",
    ],
)
def test_an_issuer_is_reached_by_https_or_on_this_machine(issuer: str) -> None:
    assert not why_no_issuer(issuer)


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "x",
        "ftp://idp.example",
        "http://idp.example",
        "http://127.0.0.1.evil.example",
        "https://",
        "https://idp.example/#a",
        "https://idp.example/?",
        "https://a b/",
        "https://idp.example\\@evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.1",
    ],
)
def test_everything_else_is_no_issuer(issuer: str) -> None:
    assert why_no_issuer(issuer)


@pytest.mark.parametrize(
    ("url", "issuer", "may"),
    [
        ("https://idp.example/token", "https://idp.example", True),
        ("https://other.example/token", "https://idp.example", True),
        ("http://idp.example/token", "https://idp.example", False),
        ("http://127.0.0.1/token", "https://idp.example", False),
        ("http://127.0.0.1:1/token", "http://127.0.0.1:1", True),
        ("http://idp.example/token", "http://127.0.0.1:1", False),
        ("http://127.0.0.1:1/token", "https://127.0.0.1", False),
    ],
)
def test_plain_http_stays_on_this_machine(url: str, issuer: str, may: bool) -> None:
    assert is_place_of(url, issuer) is may


def test_every_reason_for_a_refusal_is_explained_and_no_other() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "sign-in-with-oidc.md").read_text()
    rows = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \|", page, re.MULTILINE)
    explained = {reason for row in rows for reason in re.findall(r"`([a-z-]+)`", row)}
    assert explained == set(Reason)
