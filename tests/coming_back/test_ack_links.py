"""A link acknowledges for whom and for what it was made, for as long as it says, and no other does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.errors import Refused
from covet_sre.flows.ack_links import AcknowledgeLink, acknowledge_token, read_token

SECRET = b"at least sixteen bytes"
NOW = 1_764_150_000.0
TOKEN = acknowledge_token(SECRET, "INC-2025-1126-001", "alice", NOW + 3600)


@given(st.text(max_size=60), st.text(max_size=60), st.integers(int(NOW) + 1, 2**33))
def test_a_token_gives_back_what_it_was_made_of(incident: str, person: str, expires_at: int) -> None:
    token = acknowledge_token(SECRET, incident, person, expires_at)
    assert read_token(SECRET, token, NOW) == AcknowledgeLink(incident, person, expires_at)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_a_token_is_good_until_it_expires() -> None:
    assert read_token(SECRET, TOKEN, NOW + 3599.9).person == "alice"
    with pytest.raises(Refused, match="has expired"):
        read_token(SECRET, TOKEN, NOW + 3600)


def test_another_secret_makes_other_tokens() -> None:
    with pytest.raises(Refused, match="not one of ours"):
        read_token(b"another secret of sixteen", TOKEN, NOW)


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_each_changed_character_is_noticed(place: int) -> None:
    for other in "Aa0-_.=é":
        changed = TOKEN[:place] + other + TOKEN[place + 1 :]
        if changed != TOKEN:
            with pytest.raises(Refused):
                read_token(SECRET, changed, NOW)


@given(st.text(max_size=300))
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(Refused):
        read_token(SECRET, token, NOW)


@pytest.mark.parametrize(
    "token", ["", ".", "..", TOKEN + "=", TOKEN + "\n", f"{TOKEN}.x", "a" * 10_000_000, TOKEN.split(".")[0]]
)
def test_nearly_a_token_is_none(token: str) -> None:
    with pytest.raises(Refused, match="not one of ours"):
        read_token(SECRET, token, NOW)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        acknowledge_token(b"short", "INC-1", "", NOW)
