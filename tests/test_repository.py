"""What the repository promises about itself: nothing borrowed, hidden, undocumented or left out."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
DISTRIBUTIONS = {"covet_sre": ROOT / "src", "covet_sre_sdk": ROOT / "sdk" / "src"}

#: Written in two halves, so that this file does not name them either.
REGISTRY_HOSTS = tuple(
    name + domain
    for name, domain in (
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("pypi", ".python.org"),
        ("npmjs", ".org"),
        ("npmjs", ".com"),
        ("yarnpkg", ".com"),
        ("unpkg", ".com"),
        ("jsdelivr", ".net"),
        ("cdnjs", ".cloudflare.com"),
        ("deb.debian", ".org"),
        ("archive.ubuntu", ".com"),
        ("docker", ".io"),
        ("crates", ".io"),
        ("proxy.golang", ".org"),
    )
)
LOCK_FILES = {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"}
#: The files through which software reaches a machine (find-python only prints the remedy). Any other is a hidden step.
INSTALLERS = {"tools/environment.py", "tools/install-components", "tools/find-python"}
INSTALLING = re.compile(
    r"pip3? install|-m pip\b|apt(-get)? install|npm (install|ci)\b|\bnpx\b|playwright install|\bcurl\b|\bwget\b"
)


@cache
def tracked_files() -> tuple[str, ...]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(name for name in listing.split("\0") if name and (ROOT / name).is_file())


def text_of(name: str) -> str:
    return (ROOT / name).read_bytes().decode(errors="replace")


def pins(name: str) -> dict[str, list[tuple[str, str]]]:
    """The exact versions in requirements/NAME.txt, each with its environment marker, by canonical distribution name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in text_of(f"requirements/{name}.txt").splitlines():
        if line and line[0] not in "# ":
            requirement = Requirement(line.removesuffix("\\"))
            version = str(requirement.specifier).removeprefix("==")
            found.setdefault(canonicalize_name(requirement.name), []).append((version, str(requirement.marker or "")))
    return found


def project(name: str) -> dict[str, object]:
    return tomllib.loads(text_of(name))["project"]


def test_no_file_names_the_host_of_a_registry() -> None:
    found = [
        f"{name}: {host}"
        for name in tracked_files()
        for host in REGISTRY_HOSTS
        if re.search(rf"(?<![\w-]){re.escape(host)}\b", text_of(name))
    ]
    assert not found


def test_no_lock_file_is_tracked() -> None:
    assert not [name for name in tracked_files() if Path(name).name in LOCK_FILES]


def test_no_pin_names_an_index_or_an_address() -> None:
    for name in (name for name in tracked_files() if name.startswith("requirements/")):
        assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|://|\s@\s", text_of(name)), name


@pytest.mark.parametrize("name", ["demo", "test", "bench", "image", "pins"])
def test_every_pin_is_exact_and_hashed(name: str) -> None:
    entries = [entry for entry in re.split(r"\n(?=[A-Za-z0-9])", text_of(f"requirements/{name}.txt")) if "==" in entry]
    assert entries
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._\[\]-]+==[^\s*]+", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("environment", ["demo", "test", "bench"])
def test_the_pins_satisfy_what_both_distributions_declare(environment: str) -> None:
    pinned = pins(environment)
    declared = [*project("pyproject.toml")["dependencies"], *project("sdk/pyproject.toml")["dependencies"]]
    extras = project("pyproject.toml")["optional-dependencies"]
    declared += [requirement for requirement in extras["demo"] if not requirement.startswith("covet-sre-sdk")]
    declared += extras["postgresql"] if environment != "demo" else []
    for requirement in map(Requirement, declared):
        versions = [version for version, _ in pinned.get(canonicalize_name(requirement.name), [])]
        assert versions, f"{requirement} is not pinned: make pins"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: {versions}"


def test_the_demo_and_the_tests_run_on_the_versions_that_are_measured() -> None:
    measured = pins("bench")
    for environment in ("demo", "test", "image"):
        for name, versions in pins(environment).items():
            assert {version for version, _ in versions} <= {version for version, _ in measured[name]}, (
                f"{name} in {environment}"
            )


def test_each_dependency_has_its_reason() -> None:
    reasons = text_of("docs/decisions/0001-dependencies.md")
    declared = [*project("pyproject.toml")["dependencies"], *project("sdk/pyproject.toml")["dependencies"]]
    for extra in project("pyproject.toml")["optional-dependencies"].values():
        declared += [requirement for requirement in extra if not requirement.startswith("covet-sre-sdk")]
    missing = [name for name in (Requirement(line).name for line in declared) if name not in reasons]
    assert not missing


def test_only_the_two_installers_install_or_download_anything() -> None:
    programs = {name for name in tracked_files() if name in {"Makefile", ".ci/run"} or name.startswith("tools/")}
    assert programs > INSTALLERS
    programs -= INSTALLERS
    found = [f"{name}: {hit.group()}" for name in programs if (hit := INSTALLING.search(text_of(name)))]
    assert not found


def test_continuous_integration_types_what_everybody_types() -> None:
    assert text_of(".ci/run").rstrip().endswith("exec make test")


def test_the_tests_see_the_installed_wheels_and_not_the_checkout() -> None:
    for package in DISTRIBUTIONS:
        place = Path(str(files(package))).resolve()
        assert "site-packages" in place.parts, f"{package} comes from {place}: run the tests by `make test`"


@pytest.mark.parametrize("package", DISTRIBUTIONS)
def test_the_wheel_holds_every_file_of_the_package(package: str) -> None:
    source = DISTRIBUTIONS[package] / package
    prefix = f"{source.relative_to(ROOT)}/"
    names = [name.removeprefix(prefix) for name in tracked_files() if name.startswith(prefix)]
    assert names
    missing = [name for name in names if not _is_in_wheel(package, name, source / name)]
    assert not missing, "not in the wheel, or another version of it"


def test_the_wheel_holds_the_example_whole() -> None:
    names = [name for name in tracked_files() if name.startswith("examples/covetpy/")]
    assert any(name.endswith(".yaml") for name in names), "the handbook as files"
    missing = [name for name in names if not _is_in_wheel("covet_sre", name, ROOT / name)]
    assert not missing, "not in the wheel, or another version of it"


@pytest.mark.parametrize("kind", [".html", ".css", ".js", ".yaml", ".md"])
def test_the_wheel_holds_data_of_each_kind(kind: str) -> None:
    installed = Path(str(files("covet_sre")))
    assert list(installed.rglob(f"*{kind}")), f"no {kind} file in the wheel"


def test_the_wheel_holds_the_migrations() -> None:
    assert list(Path(str(files("covet_sre"))).rglob("migrations/versions/*.py"))


def test_only_the_example_imports_covetpy() -> None:
    importing = re.compile(r"^\s*(from covet[. ]|import covet\b(?!_))", re.MULTILINE)
    product = [name for name in tracked_files() if name.startswith(("src/", "sdk/src/")) and name.endswith(".py")]
    assert product
    assert not [name for name in product if importing.search(text_of(name))]


def test_every_decision_and_every_page_is_indexed() -> None:
    index = text_of("docs/README.md")
    pages = [name for name in tracked_files() if name.startswith("docs/") and name.endswith(".md")]
    missing = [name for name in pages if name != "docs/README.md" and f"({name.removeprefix('docs/')})" not in index]
    assert not missing


def test_a_decision_says_context_decision_and_consequences() -> None:
    decisions = sorted(name for name in tracked_files() if name.startswith("docs/decisions/"))
    for number, name in enumerate(decisions, start=1):
        text = text_of(name)
        assert Path(name).name.startswith(f"{number:04}-"), "numbered without a gap"
        assert text.startswith(f"# {number}. "), name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE)[:3] == ["Context", "Decision", "Consequences"], name


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [name for name in tracked_files() if name.endswith(".md")]
    broken = [
        f"{name}: {target}"
        for name in documents
        for target in _relative_links(text_of(name))
        if not _leads(name, target)
    ]
    assert not broken


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert re.search(r"^## Unreleased\n\n- ", text_of("CHANGELOG.md"), re.MULTILINE)


def test_make_help_tells_every_target() -> None:
    makefile = text_of("Makefile")
    # `make test` runs us: what it tells its own sub-makes must not reach this one.
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    told = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True, env=plain).stdout
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony
    inner = {"python", "components"}
    assert {line.split()[1] for line in told.splitlines()} == set(phony.group(1).split()) - inner


def _is_in_wheel(package: str, name: str, original: Path) -> bool:
    installed = Path(str(files(package))) / name
    return installed.is_file() and installed.read_bytes() == original.read_bytes()


def _relative_links(text: str) -> Iterator[str]:
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if "://" not in target and not target.startswith(("#", "mailto:")):
            yield target.partition("#")[0]


def _leads(document: str, target: str) -> bool:
    return ((ROOT / document).parent / target).exists()
