"""What is not done anywhere in the sources: each such call would be a way in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from covet_sre.access.session import ID_BYTES
from covet_sre.access.token import SECRET_BYTES
from covet_sre.integrations.oidc.algorithms import ALGORITHMS

SOURCES = Path(__file__).resolve().parents[2] / "src" / "covet_sre"
STATIC = SOURCES / "web" / "static"
MODULES = {path: ast.parse(path.read_text()) for path in sorted(SOURCES.rglob("*.py"))}

FORBIDDEN_MODULES = {
    "pickle", "marshal", "shelve", "dill", "xml", "lxml", "ldap", "ldap3", "memcache", "telnetlib", "ftplib", "random"
}  # fmt: skip
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.spawnv", "yaml.unsafe_load",
    "yaml.full_load", "hashlib.md5", "hashlib.sha1", "tempfile.mktemp", "ssl._create_unverified_context",
}  # fmt: skip
HASHES = {"hashlib.sha256", "hashlib.sha512", "hashlib.blake2b", "hashlib.file_digest"}


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    for path, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield str(path.relative_to(SOURCES)), ast.unparse(node.func), node


def test_the_sources_are_looked_at() -> None:
    assert len(MODULES) > 200


def test_nothing_is_run_that_was_text() -> None:
    found = [(path, name) for path, name, _ in calls() if name in FORBIDDEN_CALLS]
    assert found == []


def test_no_module_is_used_that_runs_what_it_reads_or_guesses_what_must_be_random() -> None:
    found = [
        (str(path.relative_to(SOURCES)), name)
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        # What only escapes text for a feed reads nothing.
        if name.partition(".")[0] in FORBIDDEN_MODULES and name != "xml.sax.saxutils"
    ]
    assert found == []


def test_a_program_is_started_by_its_arguments_and_never_by_a_shell() -> None:
    for path, name, call in calls():
        if name.startswith("subprocess."):
            ours = path.startswith("cli/demonstration/") or path == "app/operating_works.py"
            assert ours, "the demo starts its own, and a backup is verified beside the server: nothing else"
            assert not [each for each in call.keywords if each.arg == "shell"]


def test_sql_is_never_put_together_from_text() -> None:
    """A statement is SQLAlchemy's or a constant; what comes from outside is a parameter."""
    for path, name, call in calls():
        if name.rpartition(".")[2] in ("text", "exec_driver_sql", "executescript") and path.startswith("store/"):
            for text in ast.walk(call.args[0]) if call.args else ():
                assert not (isinstance(text, ast.Call) and ast.unparse(text.func).endswith(".format")), path
                if isinstance(text, ast.FormattedValue):
                    # Names of our own tables and numbers of our own may stand in it: constants of the module; and
                    # conditions out of a table of constants.
                    said = ast.unparse(text.value)
                    assert said == "_where(wanted)" or re.fullmatch(r"[A-Za-z_.0-9\[\]]+", said), (path, said)


def test_yaml_is_read_by_the_safe_loader_alone() -> None:
    for path, name, call in calls():
        if name in ("yaml.load", "yaml.load_all", "yaml.compose", "yaml.parse"):
            assert "SafeLoader" in ast.unparse(call), path


def test_a_format_is_never_text_from_outside() -> None:
    for path, name, call in calls():
        if name.endswith(".format") and isinstance(call.func, ast.Attribute):
            owner = ast.unparse(call.func.value)
            is_constant = isinstance(call.func.value, ast.Constant) or re.fullmatch(r"Markup\('[^']*'\)", owner)
            assert is_constant or re.fullmatch(r"_?[A-Z_]+", owner), (path, owner)


def test_hashes_are_those_that_hold() -> None:
    used = {name for _, name, _ in calls() if re.fullmatch(r"hashlib\.\w+", name)}
    # By name only for an ID token's access token, with the digest that the token's own signature has.
    assert used <= HASHES | {"hashlib.new"}
    assert [path for path, name, _ in calls() if name == "hashlib.new"] == ["integrations/oidc/id_token.py"]
    assert {one.digest for one in ALGORITHMS.values()} <= {"sha256", "sha384", "sha512"}
    assert "hashlib.sha256" in used


def test_certificates_are_always_verified() -> None:
    for path, _, call in calls():
        for each in call.keywords:
            if each.arg in ("verify", "check_hostname") and isinstance(each.value, ast.Constant):
                assert each.value.value is not False, path
    for path, tree in MODULES.items():
        assert "CERT_NONE" not in ast.unparse(tree), path


def test_what_must_not_be_guessed_is_256_random_bits_of_the_system() -> None:
    assert ID_BYTES >= 32
    assert SECRET_BYTES >= 32
    entropy = [ast.unparse(call) for path, _, call in calls() if path == "app/access.py"]
    assert any("os.urandom" in each for each in entropy)


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_a_script_of_ours_makes_no_markup_and_listens_to_nobody(script: Path) -> None:
    text = script.read_text()
    for way in (
        "innerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "postMessage", '"message"',
        "JSON.parse", "Object.assign", "__proto__", "document.cookie", "sessionStorage", "indexedDB", "javascript:",
        "document.domain", "window.open", "setTimeout(\"", "jsonp", "callback=",
    ):  # fmt: skip
        assert way not in text, way
    # Only compared with what stands there already; what is put into the page was parsed by the browser without running.
    assert text.count("outerHTML") in (0, 2)
    assert set(re.findall(r"localStorage\.\w+\(\"([\w-]+)\"", text)) <= {"covet-sre-theme"}


def test_nothing_of_ours_is_fetched_from_elsewhere_and_nothing_needs_a_plugin() -> None:
    for path in (*STATIC.glob("*.css"), *STATIC.glob("*.js"), *(SOURCES / "web" / "templates").rglob("*.html")):
        text = path.read_text()
        assert not re.search(r"(src|action|url\(|@import|fetch\()\s*=?\s*[\"'(]?https?://", text), path
        assert not re.search(r"<(object|embed|applet|iframe|frame|base)\b", text), path
