"""The settings: one table, four origins in one order, mistakes told with their place, secrets never shown."""

import json
import re
import string
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.cli.configuration.documentation import as_markdown
from covet_sre.cli.configuration.kinds import DatabaseUrl, Span, Switch, without_password
from covet_sre.cli.configuration.positions import positions
from covet_sre.cli.configuration.reading import _Reading, read_configuration
from covet_sre.cli.configuration.settings import BY_NAME, SETTINGS
from covet_sre.cli.main import cli
from covet_sre.cli.serve import serve
from covet_sre.errors import InvalidConfiguration

ROOT = Path(__file__).resolve().parent.parent.parent
CANARY = "canary-5d41402abc4b2a76"


def written(folder: Path, text: str) -> Path:
    path = folder / "covet-sre.toml"
    path.write_text(text)
    return path


#: A value other than the default for every setting, as TOML, and what it is.
OTHERS: dict[str, tuple[str, object]] = {
    "paths": ('["reliability"]', (Path("reliability"),)),
    "host": ('"0.0.0.0"', "0.0.0.0"),
    "port": ("8421", 8421),
    "database_url": ('"postgresql://me@db/sre"', "postgresql://me@db/sre"),
    "public_address": ('"https://sre.example.org"', "https://sre.example.org"),
    "hosts": ('["covet-sre"]', ("covet-sre",)),
    "allow_plain_http": ("true", True),
    "session.idle": ('"1h"', 3600.0),
    "session.lasts": ('"1d"', 86400.0),
    "backup.folder": ('"/backups"', Path("/backups")),
    "backup.every": ('"5m"', 300.0),
    "backup.kept": ("7", 7),
    "verify.every": ('"12h"', 43200.0),
    "log.level": ('"warning"', "warning"),
    "log.requests": ('"all"', "all"),
}


def other(name: str) -> tuple[str, object]:
    if name in OTHERS:
        return OTHERS[name]
    # A row that somebody added: the default itself must be a value that can be written.
    setting = BY_NAME[name]
    return setting.kind.show(setting.default), setting.default


PLAIN = [setting for setting in SETTINGS if not setting.is_secret]


@pytest.mark.parametrize("name", [setting.name for setting in PLAIN])
def test_a_flag_counts_before_the_environment_that_before_the_file_and_that_before_the_default(
    name: str, tmp_path: Path
) -> None:
    setting, (toml, value) = BY_NAME[name], other(name)
    section, _, key = name.rpartition(".")
    file = written(tmp_path, f"{f'[{section}]' if section else ''}\n{key} = {toml}\n")
    text = json.loads(toml) if toml[0] == '"' else toml.strip('[]"')
    assert read_configuration(written(tmp_path / "..", ""), {}, {})[name] == setting.default
    from_file = read_configuration(file, {}, {}).values[name]
    is_relative = name == "paths"
    assert from_file.value == ((tmp_path / "reliability",) if is_relative else value)
    assert from_file.origin == f"file {file}:2:1"
    from_environment = read_configuration(file, {setting.variable: text}, {}).values[name]
    assert (from_environment.value, from_environment.origin) == (value, f"environment {setting.variable}")
    from_flag = read_configuration(file, {setting.variable: "nonsense"}, {setting.field: text}).values[name]
    assert (from_flag.value, from_flag.origin) == (value, setting.flag or "argument")


def test_every_setting_is_an_option_of_serve_unless_it_is_a_secret_or_its_argument() -> None:
    options = {option for parameter in serve.params for option in parameter.opts}
    for setting in SETTINGS:
        assert (setting.flag in options) == (not setting.is_secret and not setting.is_argument), setting.name
    fields = [setting.field for setting in SETTINGS]
    assert len(set(fields)) == len(fields)
    assert len({setting.variable for setting in SETTINGS}) == len(fields)


@pytest.mark.parametrize("setting", PLAIN, ids=lambda setting: setting.name)
def test_what_is_shown_of_a_value_can_be_written_and_is_read_as_the_same(setting: Any) -> None:
    for value in (setting.default, other(setting.name)[1]):
        shown = tomllib.loads(f"x = {setting.kind.show(value)}")["x"]
        assert setting.kind.read(shown) == value


MISTAKES = {
    "an unknown key": (
        'port = 1\npubic_address = "a"\n',
        "covet-sre.toml:2:1: pubic_address: there is no such setting; did you mean 'public_address'?",
    ),
    "an unknown key in a section": (
        '\n[backup]\n  evry = "5m"\n',
        "covet-sre.toml:3:3: backup.evry: there is no such setting; did you mean 'backup.every'?",
    ),
    "an unknown section": ("[bakup]\nkept = 5\n", "covet-sre.toml:1:2: bakup: there is no such setting"),
    "a flag's spelling": ('database-url = "x"\n', "did you mean 'database_url'?"),
    "a wrong type": ('port = "eighty"\n', "covet-sre.toml:1:1: port: 'eighty' cannot be; write a whole number"),
    "a number out of bounds": ("port = 70000\n", "1 to 65535"),
    "a truth for a number": ("port = true\n", "write a whole number"),
    "a time without a unit": (
        "[backup]\nevery = 15\n",
        "covet-sre.toml:2:1: backup.every: 15 cannot be; write a whole",
    ),
    "a time that is too short": ('[backup]\nevery = "1s"\n', "write 10s or more"),
    "a table for a value": ("[host]\na = 1\n", "covet-sre.toml:1:2: host: "),
    "a secret": (
        f'link_secret = "{CANARY}"\n',
        "a secret does not stand in this file; write it to a file, and name that",
    ),
    "no TOML": ("port = = 1\n", "covet-sre.toml:1:8: this is no TOML"),
    "a key twice": ("port = 1\nport = 2\n", "this is no TOML"),
    "a word that is none of the choice": ('[log]\nlevel = "loud"\n', "write one of debug, info"),
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_its_place_and_the_remedy(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read_configuration(written(tmp_path, text), {}, {})
    findings = "\n".join(map(str, caught.value.findings))
    assert told in findings
    assert CANARY not in findings


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, 'prot = 1\n[log]\nlevel = "loud"\n')
    with pytest.raises(InvalidConfiguration) as caught:
        read_configuration(file, {"COVET_SRE_PORT": "x"}, {})
    assert len(caught.value.findings) == 3
    done = CliRunner().invoke(cli, ["config", "show", "--config", str(file)])
    assert isinstance(done.exception, InvalidConfiguration)


def test_a_file_that_is_named_must_be_there_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="1 error in the configuration"):
        read_configuration(tmp_path / "missing.toml", {}, {})
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidConfiguration):
        read_configuration(None, {"COVET_SRE_CONFIG": str(tmp_path / "binary.toml")}, {})


# ---------------------------------------------------------------- secrets


def test_a_secret_comes_from_the_environment_or_a_file_and_is_shown_as_stars(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(CANARY + "\n")
    file = written(tmp_path, 'link_secret_file = "secret"\n')
    for environment in (
        {},
        {"COVET_SRE_LINK_SECRET": CANARY},
        {"COVET_SRE_LINK_SECRET_FILE": str(tmp_path / "secret")},
    ):
        found = read_configuration(file, environment, {})
        assert found["link_secret"] == CANARY
        assert found.secrets() == (CANARY,)
        for arguments in (["--origin"], ["--output", "json"], []):
            environment = {"COVET_SRE_DATABASE_URL": f"postgresql://me:{CANARY}@db/sre", **environment}
            shown = CliRunner().invoke(cli, ["config", "show", "--config", str(file), *arguments], env=environment)
            assert shown.exit_code == 0, shown.output
            assert "***" in shown.output
            assert CANARY not in shown.output


def test_a_secret_that_cannot_be_read_is_told_without_its_content(tmp_path: Path) -> None:
    file = written(tmp_path, 'link_secret_file = "missing"\n')
    with pytest.raises(InvalidConfiguration) as caught:
        read_configuration(file, {}, {})
    assert "missing: No such file" in str(caught.value.findings[0])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:p@ss@db:5432/sre", "postgresql://me:***@db:5432/sre"),
        ("postgresql://me@db/sre", "postgresql://me@db/sre"),
        ("postgresql:///sre?host=/run&password=secret&x=1", "postgresql:///sre?host=/run&password=***&x=1"),
        ("sqlite:////var/lib/a@b:c.db", "sqlite:////var/lib/a@b:c.db"),
    ],
)
def test_a_password_in_an_address_is_never_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
    assert DatabaseUrl().show(url) == f'"{shown}"'


# ---------------------------------------------------------------- show


def test_show_tells_every_setting_and_its_origin(tmp_path: Path) -> None:
    file = written(tmp_path, "port = 8500\n")
    done = CliRunner().invoke(cli, ["config", "show", "--origin", "--config", str(file)], env={"COVET_SRE_HOST": "::1"})
    lines = dict(line.split(" = ", 1) for line in done.output.splitlines())
    assert set(lines) == set(BY_NAME)
    assert re.fullmatch(r"8500 +# file .*covet-sre.toml:1:1", lines["port"])
    assert re.fullmatch(r'"::1" +# environment COVET_SRE_HOST', lines["host"])
    assert re.fullmatch(r'"15m" +# default', lines["backup.every"])
    found = json.loads(CliRunner().invoke(cli, ["config", "show", "--output", "json", "--config", str(file)]).output)
    assert {one["name"] for one in found["settings"]} == set(BY_NAME)
    assert found["file"] == str(file)


# ---------------------------------------------------------------- kinds and positions


@given(st.integers(1, 10**6), st.sampled_from("smhd"))
def test_a_time_is_shown_as_one_that_is_read_as_the_same(number: int, unit: str) -> None:
    seconds = Span().read(f"{number}{unit}")
    assert seconds == number * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    assert Span().read(Span().show(seconds).strip('"')) == seconds


@given(st.text(max_size=20))
def test_a_switch_reads_words_for_yes_and_no_and_nothing_else(text: str) -> None:
    known = {"true", "false", "1", "0", "yes", "no"}
    try:
        Switch().read(text)
    except ValueError:
        assert text.lower() not in known
    else:
        assert text.lower() in known


KEYS = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=8)
VALUES = st.one_of(
    st.integers(-5, 10**6).map(str),
    st.booleans().map(lambda b: str(b).lower()),
    st.text(max_size=12).map(json.dumps).filter(lambda text: "\\u007f" not in text and "\x7f" not in text),
    st.sampled_from(
        [
            '"""\nport = 1\n[x]\n"""',
            "'''\na = 1\n'''",
            "[\n 1, # ] a = 1\n 2,\n]",
            '[ "a]", "b[" ]',
            '"# no = comment"',
            "'a = b'",
        ]
    ),
)


@given(
    st.dictionaries(KEYS, VALUES, max_size=5),
    st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=3),
)
def test_the_position_of_every_key_is_where_it_stands(
    plain: dict[str, str], sections: dict[str, dict[str, str]]
) -> None:
    lines: list[str] = []
    expected: dict[str, int] = {}

    def add(name: str, text: str) -> None:
        expected[name] = len(lines) + 1
        lines.extend(text.split("\n"))

    for key, value in plain.items():
        add(key, f"{key} = {value}")
    for section, keys in sections.items():
        if section in plain:
            continue
        add(section, f"[{section}]  # of {section}")
        for key, value in keys.items():
            add(f"{section}.{key}", f"  {key}= {value}  # x = 1")
    text = "\n".join(lines)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = positions(text)
    assert {name: found[name].line for name in expected} == expected
    assert set(found) == set(expected)


# ---------------------------------------------------------------- the page


def test_the_page_has_the_table_of_settings() -> None:
    """To bring it up to date: python -c "from covet_sre.cli.configuration.documentation import as_markdown; ..." """
    page = (ROOT / "docs/configuration.md").read_text()
    [table] = re.findall(r"<!-- settings -->\n(.*?)\n<!-- /settings -->", page, re.DOTALL)
    assert table == as_markdown()


def test_the_file_on_the_page_is_a_file_that_is_read(tmp_path: Path) -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    [example] = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "link").write_text("secret")
    found = read_configuration(written(tmp_path, example.replace("/run/secrets/link", "link")), {}, {})
    assert found["backup.every"] == 900.0
    assert found.secrets() == ("secret",)


def test_the_packaged_files_are_files_that_are_read() -> None:
    files = sorted((ROOT / "packaging").rglob("covet-sre.toml"))
    assert files
    for file in files:
        text = re.sub(r"(?m)^\w+_file = .*$", "", file.read_text())
        tomllib.loads(text)
        found = _Reading(file, {}, {})
        for setting in SETTINGS:
            if not setting.is_secret:
                found.value(setting)
        assert [str(one) for one in found.findings] == []
