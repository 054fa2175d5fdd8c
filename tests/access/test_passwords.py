"""Passwords: what is taken, what is refused because it could be guessed, and how they are kept."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.access.password import LONGEST_PASSWORD, SHORTEST_PASSWORD, PasswordRules, counted
from covet_sre.app.password_rules import REFUSED_FILE, listed, password_rules
from covet_sre.errors import Refused
from covet_sre.integrations.passwords import Argon2

RULES = PasswordRules(("sre.example.org",))


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234!",
        "P@ssw0rd2026",
        "qwertyuiop[]",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "123456789012",
        "112233445566",
        "aaaaaaaaaaaaaaa",
        "abcdefghijklmnop",
        "iloveyou2026",
        "dragondragon",
        "xk7xk7xk7xk7xk7",
        "correct horse battery staple",
        "Correct-Horse-Battery-Staple",
        "welcome2summer",
        "administrator",
        "letmeinletmein",
        "football2026!",
        "ghbdtnghbdtn",
        "zaqwsxcde123",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(Refused, match="easily guessed"):
        RULES.check(password)


@pytest.mark.parametrize(
    "password",
    [
        "several unrelated words",
        "marigold tractor eleven",
        "gXb7!pQz2%Lm",
        "кот спит на крыше",
        "    spaces    count    too    ",
        "onlylettersinlowercasehere",
        "\N{SNOWMAN}" * 3 + " sings with the postman",
        "8f3a9c1d7b2e4f60",
    ],
)
def test_any_composition_is_taken(password: str) -> None:
    RULES.check(password)


def test_length_counts_and_nothing_else_is_asked_for() -> None:
    word = "vjmkqzhwpxrtbnlgdfcs" * 20
    for length in (SHORTEST_PASSWORD - 1, LONGEST_PASSWORD + 1):
        with pytest.raises(Refused, match=f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"):
            RULES.check(word[:length])
    assert SHORTEST_PASSWORD >= 8
    assert LONGEST_PASSWORD >= 64
    RULES.check(word[:SHORTEST_PASSWORD])
    RULES.check("".join(chr(0x4E00 + 7 * each) for each in range(LONGEST_PASSWORD)))


@pytest.mark.parametrize(
    ("password", "names"),
    [
        ("adalovelace26", ("ada", "Ada Lovelace")),
        ("lovelace-lovelace", ("ada", "", "ada.lovelace@example.org")),
        ("sre.example.org", ()),
        ("example-sre-2026", ()),
        ("covetsre-oncall", ()),
        ("prometheus2026", ()),
        ("Pagerduty!Admin1", ()),
    ],
)
def test_what_one_thinks_of_here_is_refused(password: str, names: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="easily guessed"):
        RULES.check(password, *names)


@given(st.integers(0, 2**128 - 1))
def test_what_a_generator_makes_is_taken(number: int) -> None:
    letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ-_%!"
    made = ""
    while len(made) < 20:
        number, index = divmod(number * 6364136223846793005 + 1442695040888963407, len(letters))
        made += letters[index]
    RULES.check(made)


@given(st.text(max_size=LONGEST_PASSWORD))
def test_no_text_counts_for_more_than_it_has(text: str) -> None:
    assert 0 <= counted(text) <= len(text.lower())


# ---------------------------------------------------------------- the operator's list


def test_a_password_on_the_operators_list_is_refused_whatever_its_case(tmp_path: Path) -> None:
    path = tmp_path / "known.txt"
    path.write_bytes(b"short\r\nvjmkqzhwpxrtbn\r\nIn-Latin-1-\xe9\xe9\xe9\n\n  gXb7!pQz2%Lm  \n")
    rules = PasswordRules(is_refused=listed(path))
    for known in ("vjmkqzhwpxrtbn", "VJMKqzhwpxrtbn", "gXb7!pQz2%Lm"):
        with pytest.raises(Refused, match="stands on a list"):
            rules.check(known)
    rules.check("vjmkqzhwpxrtbnl")


def test_a_list_that_cannot_be_read_refuses_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(REFUSED_FILE, str(tmp_path / "missing.txt"))
    with pytest.raises(Refused, match="cannot be read") as refused:
        password_rules("https://sre.example.org")
    assert refused.value.where == REFUSED_FILE


def test_the_servers_own_name_makes_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REFUSED_FILE, raising=False)
    with pytest.raises(Refused, match="easily guessed"):
        password_rules("https://zanzibar.example.org").check("zanzibarzanzibar")


# ---------------------------------------------------------------- how they are kept


def test_a_hash_is_argon2id_with_at_least_what_rfc_9106_recommends() -> None:
    kept = Argon2().hashed("several unrelated words")
    found = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)", kept)
    assert found
    memory, passes, lanes = map(int, found.groups()[:3])
    assert memory >= 65_536
    assert passes >= 3
    assert lanes >= 4
    assert len(found[4]) >= 22, "a salt of 128 bits"
    assert len(found[5]) >= 43, "a hash of 256 bits"
    assert Argon2().hashed("several unrelated words") != kept


@pytest.mark.parametrize(
    "other",
    [
        "several unrelated words ",
        " several unrelated words",
        "Several unrelated words",
        "several unrelated word",
        "several  unrelated words",
        "several unrelated words\n",
        "",
    ],
)
def test_a_password_is_compared_to_the_letter(other: str) -> None:
    hasher = Argon2(memory_kib=64, passes=1)
    kept = hasher.hashed("several unrelated words")
    assert hasher.fits(kept, "several unrelated words")
    assert not hasher.fits(kept, other)


def test_the_last_letter_of_the_longest_password_counts() -> None:
    hasher = Argon2(memory_kib=64, passes=1)
    kept = hasher.hashed("x" * (LONGEST_PASSWORD - 1) + "y")
    assert not hasher.fits(kept, "x" * LONGEST_PASSWORD)


def test_nobody_has_an_empty_hash() -> None:
    hasher = Argon2(memory_kib=64, passes=1)
    assert not hasher.fits("", "nobody has this password")
    assert not hasher.fits("", "")
