"""What users can meet is documented: codes, commands, options, addresses, metrics; and what the pages show is true."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from starlette.routing import BaseRoute, Mount, Route

from covet_sre.alerting.severity import Severity
from covet_sre.api import models
from covet_sre.api.problems import Conflict
from covet_sre.app import Server, Settings
from covet_sre.budget.status import BurnWord, State
from covet_sre.cli.main import cli
from covet_sre.errors import CovetSreError
from covet_sre.incident.events import KINDS, Moment
from covet_sre.incident.incident import State as IncidentState
from covet_sre.spec import read_documents
from covet_sre.spec.alerts import SEVERITIES
from covet_sre.spec.annotations import KNOWN, PREFIX

ROOT = Path(__file__).resolve().parent.parent
PAGES = {path.name: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
ERRORS = PAGES["errors.md"]
COMMANDS = PAGES["command-line.md"]

#: What YAML on the pages may take for granted.
BASE = """
apiVersion: openslo/v1
kind: Service
metadata: {name: api}
spec: {}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: base}
spec: {type: prometheus, connectionDetails: {url: http://127.0.0.1:9090}}
"""


def blocks(language: str) -> list[tuple[str, str]]:
    """(page, text) of every block of a language."""
    pattern = rf"^```{language}\n(.*?)^```"
    return [
        (page, text) for page, whole in PAGES.items() for text in re.findall(pattern, whole, re.DOTALL | re.MULTILINE)
    ]


def first_cells(text: str) -> set[str]:
    """Codes in the first column of every table of a page."""
    return {
        cell for row in re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE) for cell in re.findall(r"`([^`]+)`", row)
    }


# ---------------------------------------------------------------- codes


def classes_below(root: type[CovetSreError]) -> Iterator[type[CovetSreError]]:
    yield root
    for child in root.__subclasses__():
        yield from classes_below(child)


def finding_codes() -> set[str]:
    """Every code that the sources of spec/ give a finding: the second argument, or the second of a returned place."""
    makers = {"error", "warning", "file_error", "_error", "_warning", "_refuse", "_Refused", "Finding"}
    found: set[str] = set()
    for file in sorted((ROOT / "src" / "covet_sre" / "spec").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in makers and len(node.args) > 2:
                found.add(_text(node.args[1]))
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 4:
                found.add(_text(node.value.elts[1]))
    return found - {""}


def _name(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _text(node: ast.expr) -> str:
    value = node.value if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) and re.fullmatch(r"[a-z]+(-[a-z]+)*", value) else ""


def test_the_codes_of_findings_are_found_in_the_sources() -> None:
    assert finding_codes() >= {
        "yaml-syntax",
        "yaml-alias",
        "field-unknown",
        "contradiction",
        "bound-missing",
        "never-fires",
    }


def test_every_code_of_a_finding_is_explained() -> None:
    assert not finding_codes() - first_cells(ERRORS)


def test_every_code_of_an_error_is_explained() -> None:
    codes = {
        error.code for error in (*classes_below(CovetSreError), Conflict) if error.__module__.startswith("covet_sre")
    }
    problems = (ROOT / "src/covet_sre/api/problems.py").read_text() + (ROOT / "src/covet_sre/app/server.py").read_text()
    codes |= set(re.findall(r'problem_answer\([^"\n]*"([a-z-]+)"', problems))
    assert {"store-full", "http", "invalid-request"} <= codes
    assert not codes - first_cells(ERRORS)


def test_no_code_is_explained_that_nothing_gives() -> None:
    sources = "".join(file.read_text() for file in (ROOT / "src" / "covet_sre").rglob("*.py"))
    assert not [code for code in first_cells(ERRORS) if f'"{code}"' not in sources]


# ---------------------------------------------------------------- commands


def commands(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, (*words, name))


EVERY_COMMAND = dict(commands(cli, ("covet-sre",)))


def section(words: tuple[str, ...]) -> str:
    """What the page says under a command's own heading, or under that of the command above it."""
    for length in (len(words), len(words) - 1):
        found = re.search(rf"^## {' '.join(words[:length])}\n(.*?)(?=^## |\Z)", COMMANDS, re.DOTALL | re.MULTILINE)
        if found:
            return found[1]
    return ""


@pytest.mark.parametrize("words", [words for words in EVERY_COMMAND if len(words) > 1])
def test_every_command_and_option_is_documented(words: tuple[str, ...]) -> None:
    command = EVERY_COMMAND[words]
    if words in (("covet-sre", "slo"), ("covet-sre", "import")):
        return  # only the group of the commands below it
    text = section(words)
    assert " ".join(words) in COMMANDS
    options = [name for each in command.params if isinstance(each, click.Option) for name in each.opts]
    assert not [name for name in options if name.startswith("--") and f"`{name}" not in text]
    variables = [each.envvar for each in command.params if each.envvar]
    assert not [name for name in variables if f"`{name}`" not in COMMANDS]


@pytest.mark.parametrize("words", [words for words in EVERY_COMMAND if len(words) > 1])
def test_every_default_is_documented_as_it_is(words: tuple[str, ...]) -> None:
    text = section(words)
    for option in EVERY_COMMAND[words].params:
        if isinstance(option, click.Option) and option.show_default and option.default is not None:
            shown = f"{option.default:g}" if isinstance(option.default, float) else str(option.default)
            told = COMMANDS if option.name == "server" else text
            assert f"`{shown}`" in told, f"{option.name} of {' '.join(words)}"


def printed_commands() -> list[tuple[str, str]]:
    """(page, command) of every line that begins with `$ covet-sre`, with its continuation lines."""
    found = [(page, line) for page, text in blocks("console") for line in text.replace("\\\n", " ").splitlines()]
    return [(page, line.removeprefix("$ ")) for page, line in found if line.startswith("$ covet-sre ")]


@pytest.mark.parametrize(("page", "printed"), printed_commands())
def test_every_printed_command_can_be_typed(page: str, printed: str) -> None:
    command: click.Command = cli
    words = shlex.split(printed)[1:]
    context = click.Context(cli)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        inner = command.get_command(context, name)
        assert inner is not None, f"{page}: {name}"
        command = inner
    with command.make_context(command.name, words):
        pass


# ---------------------------------------------------------------- addresses and metrics


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole application as it is composed, not running."""
    folder = tmp_path_factory.mktemp("server")
    made = Server(Settings((ROOT / "examples/covetpy/reliability",), f"sqlite:///{folder / 'test.db'}"))
    yield made
    made.close()


def routes(all_routes: list[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
    """(method, path) of every route, those of included routers and mounted applications as well."""
    for route in all_routes:
        if isinstance(route, Route):
            yield from ((method, before + route.path) for method in route.methods or () if method != "HEAD")
        elif isinstance(route, Mount):
            yield from routes(list(route.routes), before + route.path)
        elif inner := getattr(getattr(route, "original_router", None), "routes", None):
            yield from routes(list(inner), before)


def test_every_address_is_documented(server: Server) -> None:
    found = set(routes(list(server.web.routes)))
    assert {("GET", "/api/v1/slos"), ("GET", "/metrics"), ("GET", "/")} <= found, sorted(found)
    missing = [
        f"{method} {path}"
        for method, path in found
        if (f"`{method} {path}`" if path.startswith("/api") else f"{path}`") not in PAGES["api.md"]
    ]
    assert not missing


def test_every_address_of_the_api_that_is_documented_exists(server: Server) -> None:
    found = {f"{method} {path}" for method, path in routes(list(server.web.routes))}
    printed = re.findall(r"`((?:GET|POST|DELETE) /[^`?]*)(?:\?[^`]*)?`", PAGES["api.md"])
    assert len(printed) > 10
    assert not [each for each in printed if each not in found]


def test_every_metric_is_documented(server: Server) -> None:
    endpoint = next(route.endpoint for route in walk(list(server.web.routes)) if route.path == "/metrics")
    exposed = re.findall(r"^# TYPE (\S+)", endpoint().body.decode(), re.MULTILINE)
    assert "covet_sre_ticks_total" in exposed
    documented = first_cells(PAGES["serve.md"])
    assert not [name for name in exposed if name not in documented]
    assert not [name for name in documented if name.startswith("covet_sre_") and name not in exposed]


def walk(all_routes: list[BaseRoute]) -> Iterator[Route]:
    for route in all_routes:
        if isinstance(route, Route):
            yield route
        elif inner := getattr(getattr(route, "original_router", None), "routes", None):
            yield from walk(list(inner))


def test_the_example_of_an_answer_has_every_field_and_no_other() -> None:
    [(_, text)] = blocks("json")
    shown = json.loads(text)
    assert models.SloItem.model_validate(shown)
    assert set(shown) == set(models.SloItem.model_fields)
    assert set(shown["budget"]) == set(models.BudgetItem.model_fields)
    assert set(shown["forecast"]) == set(models.ForecastItem.model_fields)


# ---------------------------------------------------------------- words


def test_every_state_is_told_of_in_words() -> None:
    assert {f"`{state.value}`" for state in State} <= set(re.findall(r"`[a-z_]+`", table_below("slos.md", "States")))


def test_every_state_time_and_entry_of_an_incident_is_told_of() -> None:
    def cells(heading: str) -> set[str]:
        rows = re.findall(r"^\| (`[^|]*) \|", table_below("incidents.md", heading), re.MULTILINE)
        return {cell for row in rows for cell in re.findall(r"`([^`]+)`", row)}

    assert cells("States") == {state.value for state in IncidentState}
    assert cells("Times") == {moment.value for moment in Moment}
    assert cells("Timeline") == set(KINDS)
    assert cells("Severities") == {severity.value for severity in Severity}


def test_every_word_for_two_windows_is_explained() -> None:
    rows = re.findall(r"^\| ([A-Z][a-z]+) \| (beyond|not) \| (beyond|not) \|", PAGES["alerts.md"], re.MULTILINE)
    assert {word for word, _, _ in rows} == {word.value for word in BurnWord}


def test_every_severity_and_each_word_for_it_is_listed() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (`.*`) \| `\w+` \|$", PAGES["alerts.md"], re.MULTILINE)
    listed = {word.lower(): severity for severity, words in rows for word in [severity, *re.findall(r"`(\w+)`", words)]}
    assert listed == {word: severity.value for word, severity in SEVERITIES.items()}


@pytest.mark.parametrize(
    ("kind", "page"), [("SLO", "slos.md"), ("AlertCondition", "alerts.md"), ("Service", "on-call.md")]
)
def test_every_annotation_is_explained(kind: str, page: str) -> None:
    assert {f"{PREFIX}{name}" for name in KNOWN[kind]} <= first_cells(PAGES[page])


def table_below(page: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGES[page], re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


# ---------------------------------------------------------------- links and pictures


def slug(heading: str) -> str:
    """As GitHub names a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_to_a_heading_leads_to_one() -> None:
    documents = {ROOT / "README.md": (ROOT / "README.md").read_text()}
    documents |= {ROOT / "docs" / name: text for name, text in PAGES.items()}
    broken = []
    for page, text in documents.items():
        for target, anchor in re.findall(r"\]\(([^)\s#:]*)#([^)\s]+)\)", text):
            file = (page.parent / target).resolve() if target else page
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            if anchor not in {slug(heading) for heading in headings}:
                broken.append(f"{page.name}: {target}#{anchor}")
    assert not broken


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "images").glob("*.png")), ids=lambda path: path.name)
def test_every_picture_is_used_small_and_as_wide_as_a_page(picture: Path) -> None:
    content = picture.read_bytes()
    assert content[12:16] == b"IHDR"
    assert int.from_bytes(content[16:20]) == 1280
    assert len(content) <= 300_000
    assert any(f"images/{picture.name})" in text for text in [(ROOT / "README.md").read_text(), *PAGES.values()])


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(("page", "text"), [each for each in blocks("yaml") if "apiVersion:" in each[1]])
def test_every_reliability_file_on_the_pages_is_valid(page: str, text: str) -> None:
    declared = read_documents({"base": BASE, page: text})
    assert not [warning for warning in declared.warnings if warning.location.file != "base"]
