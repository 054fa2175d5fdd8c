"""docs/security.md: every requirement once, every test that it names, every number that it states."""

import ast
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.testclient import TestClient

from covet_sre.access.guessed_words import OUR_WORDS
from covet_sre.access.principal import Kind
from covet_sre.flows.doors import DOORS, Open
from tests.access.house import house
from tests.access.test_dangerous_calls import HASHES, MODULES, SOURCES
from tests.web.markup import read

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()

#: The ids of ASVS 5.0.0 by section: the last parts of those of level 1, then of level 2.
LEVELS = {
    "1.1": ("", "1 2"), "1.2": ("1 2 3 4 5", "6 7 8 9"), "1.3": ("1 2", "3 4 5 6 7 8 9 10 11"), "1.4": ("", "1 2 3"),
    "1.5": ("1", "2"), "2.1": ("1", "2 3"), "2.2": ("1 2", "3"), "2.3": ("1", "2 3 4"), "2.4": ("", "1"),
    "3.2": ("1 2", ""), "3.3": ("1", "2 3 4"), "3.4": ("1 2", "3 4 5 6"), "3.5": ("1 2 3", "4 5"), "3.7": ("", "1 2"),
    "4.1": ("1", "2 3"), "4.2": ("", "1"), "4.3": ("", "1 2"), "4.4": ("1", "2 3 4"), "5.1": ("", "1"),
    "5.2": ("1 2", "3"), "5.3": ("1 2", ""), "5.4": ("", "1 2 3"), "6.1": ("1", "2 3"),
    "6.2": ("1 2 3 4 5 6 7 8", "9 10 11 12"), "6.3": ("1 2", "3 4"), "6.4": ("1 2", "3 4"), "6.5": ("", "1 2 3 4 5"),
    "6.6": ("", "1 2 3"), "6.8": ("", "1 2 3 4"), "7.1": ("", "1 2 3"), "7.2": ("1 2 3 4", ""), "7.3": ("", "1 2"),
    "7.4": ("1 2", "3 4 5"), "7.5": ("", "1 2"), "7.6": ("", "1 2"), "8.1": ("1", "2"), "8.2": ("1 2", "3"),
    "8.3": ("1", ""), "8.4": ("", "1"), "9.1": ("1 2 3", ""), "9.2": ("1", "2 3 4"), "10.1": ("", "1 2"),
    "10.2": ("", "1 2"), "10.3": ("", "1 2 3 4"), "10.4": ("1 2 3 4 5", "6 7 8 9 10 11"), "10.5": ("", "1 2 3 4 5"),
    "10.6": ("", "1 2"), "10.7": ("", "1 2 3"), "11.1": ("", "1 2"), "11.2": ("", "1 2 3"), "11.3": ("1 2", "3"),
    "11.4": ("1", "2 3 4"), "11.5": ("", "1"), "11.6": ("", "1"), "12.1": ("1", "2 3"), "12.2": ("1 2", ""),
    "12.3": ("", "1 2 3 4"), "13.1": ("", "1"), "13.2": ("", "1 2 3 4 5"), "13.3": ("", "1 2"),
    "13.4": ("1", "2 3 4 5"), "14.1": ("", "1 2"), "14.2": ("1", "2 3 4"), "14.3": ("1", "2 3"), "15.1": ("1", "2 3"),
    "15.2": ("1", "2 3"), "15.3": ("1", "2 3 4 5 6 7"), "16.1": ("", "1"), "16.2": ("", "1 2 3 4 5"),
    "16.3": ("", "1 2 3 4"), "16.4": ("", "1 2 3"), "16.5": ("", "1 2 3"), "17.1": ("", "1"), "17.2": ("", "1 2 3 4"),
    "17.3": ("", "1 2"),
}  # fmt: skip
REQUIRED = {
    f"{section}.{last}": level
    for section, lasts in LEVELS.items()
    for level, listed in zip("12", lasts, strict=True)
    for last in listed.split()
}
MARKS = {"**Not met**": "not met", "**Partly.**": "partly", "Not applicable:": "not applicable"}
STATES = ("met", "partly", "not met", "not applicable")


class Row(NamedTuple):
    identity: str
    level: str
    asks: str
    here: str
    test: str

    @property
    def state(self) -> str:
        return next((state for mark, state in MARKS.items() if self.here.startswith(mark)), "met")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


ROWS = [
    Row(*cells(line)[:4], cells(line)[4].strip("`") if len(cells(line)) > 4 else "")
    for line in PAGE.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ ", line)
]


def test_the_standard_has_as_many_requirements_as_are_listed_here() -> None:
    assert Counter(REQUIRED.values()) == {"1": 70, "2": 183}


def test_every_requirement_stands_there_once_with_its_level() -> None:
    assert Counter(row.identity for row in ROWS) == Counter(list(REQUIRED))
    assert {row.identity: row.level for row in ROWS} == REQUIRED


def test_requirements_stand_in_their_order() -> None:
    numbers = [tuple(map(int, row.identity.split("."))) for row in ROWS]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.identity)
def test_a_row_says_what_is_so_and_what_shows_it(row: Row) -> None:
    assert len(row.asks) > 5
    assert len(row.here) > 3
    assert bool(row.test) is (row.state in ("met", "partly")), "what is met names its test, and nothing else does"
    if row.test:
        file, _, name = row.test.partition("::")
        names = {
            node.name
            for node in ast.walk(ast.parse((ROOT / "tests" / file).read_text()))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in names, row.test


@pytest.mark.parametrize("level", ["1", "2"])
def test_the_numbers_on_the_page_are_those_of_its_rows(level: str) -> None:
    counted = Counter(row.state for row in ROWS if row.level == level)
    stated = next(cells(line) for line in PAGE.splitlines() if line.startswith(f"| {level} | "))
    assert stated == [level, *map(str, [sum(counted.values()), *(counted[state] for state in STATES)])]


# ---------------------------------------------------------------- what stands in the page itself


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Threat model", "website stranger left sender provider database"),
        ("What is assumed", "clock operator proxy"),
        ("Hardening", "TLS FORWARDED_ALLOW_IPS second factor COVET_SRE_REFUSED_PASSWORDS_FILE audit"),
        ("Ways in", "12 hours 7 days NIST session"),
        ("Passwords", "12 to 256 list rule"),
        ("Keys and algorithms", "argon2id HMAC-SHA256 replaced TLS"),
        ("Data", "secret personal internal public kept shown"),
        ("What is logged", "UTC JSON standard error"),
        ("Limits", "2 MiB RE2 two at a time"),
        ("Updates", "7 days 30 days"),
    ],
)
def test_the_page_has_what_its_rows_lean_on(heading: str, words: str) -> None:
    text = section(heading)
    assert len(text) > 200
    for word in words.split():
        assert word in text, word
    for page, words_there in {
        "access.md": ("five for a name", "12 hours", "## Roles"),
        "outbound.md": ("## Who may name what",),
        "sign-in-with-oidc.md": ("Signing out here does not sign out there",),
    }.items():
        there = (ROOT / "docs" / page).read_text()
        assert all(word in there for word in words_there), page


def test_the_words_that_are_refused_are_listed() -> None:
    listed = set(re.findall(r"`([a-z]+)`", section("Passwords")))
    assert listed == set(OUR_WORDS)


def test_every_way_in_is_described() -> None:
    described = [cells(line)[0] for line in section("Ways in").splitlines() if line.startswith("| ")]
    assert described[1:] == [kind.value for kind in Kind]


def test_the_inventory_names_every_hash_that_is_used() -> None:
    text = section("Keys and algorithms")
    spelled = {"hashlib.sha256": "SHA-256", "hashlib.blake2b": "BLAKE2b", "hashlib.file_digest": "SHA-256"}
    used = {
        ast.unparse(node.func) for tree in MODULES.values() for node in ast.walk(tree) if isinstance(node, ast.Call)
    } & HASHES
    assert used
    for name in used:
        assert spelled[name] in text, name


def test_every_line_of_the_log_about_access_is_listed() -> None:
    listed = {cells(line)[0].strip("`") for line in section("What is logged").splitlines() if line.startswith("| `")}
    said = {
        node.args[0].value
        for path, tree in MODULES.items()
        if re.match(r"(flows/access|flows/guarding|web/access|web/security|api/gate|integrations/oidc)", _inside(path))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).startswith("log.")
        and isinstance(node.args[0], ast.Constant)
    }
    assert said == listed


def _inside(path: Path) -> str:
    return str(path.relative_to(SOURCES))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    with house(tmp_path_factory.mktemp("asvs")) as found:
        yield found.client(accept="text/html")  # type: ignore[misc]


def test_nothing_is_asked_but_name_and_password(client: TestClient) -> None:
    fields = re.findall(r'<input[^>]*\bname="([^"]+)"', client.get("/sign-in").text)
    assert set(fields) == {"next", "name", "password"}


_BY_LINK = (Open.LINK, Open.WORLD)
"""A subscriber of the status page confirms and leaves by links out of mails."""


def test_no_parameter_of_an_address_is_a_secret(client: TestClient) -> None:
    """But for links, which are secrets by what they are."""
    secret = re.compile(r"token|secret|password|session|csrf|credential|api.?key", re.IGNORECASE)
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                is_link = any(door.path == path and door.need in _BY_LINK for door in DOORS)
                assert is_link or parameter["in"] == "header" or not secret.search(parameter["name"]), path
    for door in DOORS:
        if secret.search(door.path.replace("/tokens", "").replace("/sessions", "").replace("/password", "")):
            assert door.need in _BY_LINK, door.path
        if door.method == "GET" and "{" not in door.path and door.path != "/live":
            page = client.get(door.path)
            for form in re.findall(r"<form\b(?![^>]*method=\"post\").*?</form>", page.text, re.DOTALL):
                assert 'type="password"' not in form
            assert not [link for link in read(page.text).links if re.search(r"[?&](token|session|csrf)=", link)]
