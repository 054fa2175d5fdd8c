"""`covet-sre generate` as a user runs it: the same files, only its own files, and all of them or none."""

import errno
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.cli import generate as command
from covet_sre.cli import replacing
from covet_sre.cli.difference import difference
from covet_sre.cli.generated_folder import GeneratedFolder
from covet_sre.errors import Finding, Level, Location, OutputError
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.generating import Generated, Kind

EXAMPLES = Path(__file__).parents[2] / "examples" / "covetpy" / "reliability"
KIND = Kind(".listing.yaml", "covet-sre generate listing")
HEAD = f"# Made by `{KIND.mark}`\n"


class Listing:
    """A target of the tests': the files and remarks that a test gives it."""

    kind = KIND

    def __init__(self) -> None:
        self.files = {"a.listing.yaml": HEAD + "one\ntwo\nthree\n", "b.listing.yaml": HEAD + "four\n"}
        self.remarks: tuple[Finding, ...] = ()

    def generate(self, declaration: Declaration) -> Generated:
        return Generated(self.files, self.remarks)


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listing]:
    made = Listing()
    monkeypatch.setitem(command.TARGETS, "grafana", "covet_sre.cli.generate:listing")
    monkeypatch.setattr(command, "listing", made, raising=False)
    yield made


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command.generate, [str(argument) for argument in arguments])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# ---------------------------------------------------------------- the same files give the same output


def typed(*arguments: object, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    program = [str(Path(sys.executable).parent / "covet-sre"), *(str(argument) for argument in arguments)]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=60, env=environment)


@pytest.mark.parametrize("target", command.TARGETS)
def test_the_same_files_give_the_same_bytes_in_every_process(tmp_path: Path, target: str) -> None:
    folders = [tmp_path / seed for seed in ("1", "2")]
    for folder in folders:
        done = typed("generate", target, EXAMPLES, "-o", folder, hash_seed=folder.name)
        assert done.returncode == 0, done.stderr
    assert contents(folders[0]) == contents(folders[1])
    again = typed("generate", target, EXAMPLES, "-o", folders[0], hash_seed="3")
    assert again.stdout == ""
    assert "covet-sre: 0 changed" in again.stderr
    assert typed("generate", target, EXAMPLES, "-o", folders[0], "--check").returncode == 0


@pytest.mark.parametrize("target", command.TARGETS)
def test_every_file_bears_the_mark_of_its_target_at_its_beginning(target: str) -> None:
    from covet_sre.spec import read_paths

    generator = command._generator(command.TARGETS[target])
    for name, text in generator.generate(read_paths([EXAMPLES])).files.items():
        assert name.endswith(generator.kind.suffixes)
        assert Path(name).name == name
        assert generator.kind.mark.encode() in text.encode()[:4096]


def test_what_is_written_is_told_on_stdout_and_counted_on_stderr(tmp_path: Path, listing: Listing) -> None:
    folder = tmp_path / "deep" / "out"
    result = run("grafana", EXAMPLES, "-o", folder)
    assert (result.exit_code, result.stderr) == (0, f"covet-sre: 2 changed, 0 unchanged in {folder}\n")
    assert result.stdout == f"written: {folder}/a.listing.yaml\nwritten: {folder}/b.listing.yaml\n"
    assert contents(folder) == {name: text.encode() for name, text in listing.files.items()}


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from covet_sre.cli.generate import generate\n"
        "heavy = {'pydantic', 'yaml', 'promql_parser', 'covet_sre.spec', 'covet_sre.integrations', 'numpy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_help_names_every_target() -> None:
    told = run("--help").stdout
    assert all(target in told for target in command.TARGETS)


# ---------------------------------------------------------------- --check


def test_check_tells_a_missing_file_and_writes_nothing(tmp_path: Path, listing: Listing) -> None:
    folder = tmp_path / "out"
    result = run("grafana", EXAMPLES, "-o", folder, "--check")
    assert result.exit_code == 3
    assert result.stdout == f"{folder}/a.listing.yaml: missing\n{folder}/b.listing.yaml: missing\n"
    assert result.stderr == f"covet-sre: 2 would change, 0 unchanged in {folder}\n"
    assert not folder.exists()


def test_check_shows_what_differs_and_writes_nothing(tmp_path: Path, listing: Listing) -> None:
    run("grafana", EXAMPLES, "-o", tmp_path)
    changed = tmp_path / "a.listing.yaml"
    changed.write_text(changed.read_text().replace("two", "2"))
    (tmp_path / "old.listing.yaml").write_text(HEAD)
    before = contents(tmp_path)
    result = run("grafana", EXAMPLES, "-o", tmp_path, "--check")
    assert result.exit_code == 3
    assert result.stdout == (
        f"{changed}: different\n"
        f"@@ line 1 @@\n {HEAD} one\n-2\n+two\n three\n"
        f"{tmp_path / 'old.listing.yaml'}: no longer generated\n"
    )
    assert result.stderr.startswith("covet-sre: 2 would change, 1 unchanged")
    assert contents(tmp_path) == before


def test_check_is_content_with_what_was_just_written(tmp_path: Path, listing: Listing) -> None:
    run("grafana", EXAMPLES, "-o", tmp_path)
    result = run("grafana", EXAMPLES, "-o", tmp_path, "--check")
    assert (result.exit_code, result.stdout) == (0, "")


def test_the_difference_on_the_page_is_the_one_that_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("grafana", EXAMPLES, "-o", "dashboards")
    changed = Path("dashboards/covet-sre-slo.dashboard.json")
    changed.write_text(changed.read_text().replace('"refresh": "1m"', '"refresh": "5m"'))
    result = run("grafana", EXAMPLES, "-o", "dashboards", "--check")
    page = (EXAMPLES.parents[2] / "docs" / "generate.md").read_text()
    assert f"```text\n{result.stdout}{result.stderr}```" in page


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("one\n", "one", ["@@ line 1 @@", "-one", "+one (no line break at the end)"]),
        ("one\r\n", "one\n", ["@@ line 1 @@", "-one\\r", "+one"]),
        ("\x1b[2Jone\n", "one\n", ["@@ line 1 @@", "-\\x1b[2Jone", "+one"]),
        ("", "one\n", ["@@ line 1 @@", "+one"]),
    ],
)
def test_a_difference_shows_what_cannot_be_seen(before: str, after: str, told: list[str]) -> None:
    assert list(difference(before, after)) == told


def test_a_difference_has_the_lines_around_it_and_their_number() -> None:
    lines = [f"line {number}\n" for number in range(1, 101)]
    changed = [*lines[:49], "another\n", *lines[50:]]
    assert list(difference("".join(lines), "".join(changed))) == [
        "@@ line 47 @@",
        *(f" line {number}" for number in (47, 48, 49)),
        "-line 50",
        "+another",
        *(f" line {number}" for number in (51, 52, 53)),
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_a_difference_gives_back_both_texts(old: list[str], new: list[str]) -> None:
    before, after = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    told = list(difference(before, after))
    assert bool(told) == (old != new)
    # Where two groups meet, and at both ends, the lines that are not shown are the same in both texts.
    shown = [line for line in told if not line.startswith("@@")]
    signs = Counter(line[0] for line in shown)
    assert signs["+"] - signs["-"] == len(new) - len(old)
    assert Counter(old) - Counter(line[1:] for line in shown if line[0] == "-") == Counter(new) - Counter(
        line[1:] for line in shown if line[0] == "+"
    )


def test_lines_that_come_again_and_again_are_compared_soon() -> None:
    before = "first\n" + "same\n" * 1900 + "last\n"
    after = "another\n" + "same\nother\n" * 950 + "end\n"
    started = time.process_time()
    assert list(difference(before, after))
    # A minute, if every repeated line were looked for.
    assert time.process_time() - started < 10


def test_long_differences_are_cut_and_hopeless_ones_counted() -> None:
    some = list(difference("".join(f"{n}\n" for n in range(300)), "".join(f"x{n}\n" for n in range(300))))
    assert len(some) == 201
    assert some[-1] == "  ... and 401 more lines"
    [many] = difference("same\n" + "a\n" * 100_000, "same\n" + "b\n" * 90_000)
    assert many == "  from line 1 on: 100,001 lines are there, 90,001 should be"


# ---------------------------------------------------------------- whose files they are


def test_what_nothing_asks_for_is_removed_and_what_others_wrote_stays(tmp_path: Path, listing: Listing) -> None:
    run("grafana", EXAMPLES, "-o", tmp_path)
    others = {
        "own.listing.yaml": "written: by hand\n",
        "neighbour.listing.yaml": HEAD.replace(KIND.mark, f"{KIND.mark}-operator"),
        "notes.txt": HEAD,
        "late.listing.yaml": "#" * 4096 + HEAD,
    }
    for name, text in others.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder.listing.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.listing.yaml")
    del listing.files["b.listing.yaml"]
    result = run("grafana", EXAMPLES, "-o", tmp_path)
    assert result.exit_code == 0
    assert result.stdout == f"removed: {tmp_path / 'b.listing.yaml'}\n"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"a.listing.yaml", *others, "folder.listing.yaml", "pipe.listing.yaml"}
    assert all((tmp_path / name).read_text() == text for name, text in others.items())


def message(result: Result) -> str:
    assert isinstance(result.exception, OutputError)
    assert result.exception.code == "output"
    return str(result.exception)


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_a_file_that_somebody_else_wrote_is_not_overwritten(
    tmp_path: Path, listing: Listing, options: list[str]
) -> None:
    (tmp_path / "b.listing.yaml").write_text("mine\n")
    told = message(run("grafana", EXAMPLES, "-o", tmp_path, *options))
    assert told.startswith(f"{tmp_path / 'b.listing.yaml'}: was not made by this command")
    assert contents(tmp_path) == {"b.listing.yaml": b"mine\n"}


def test_a_file_is_compared_by_its_bytes(tmp_path: Path, listing: Listing) -> None:
    listing.files = {"a.listing.yaml": HEAD + "\ufffd\n"}
    (tmp_path / "a.listing.yaml").write_bytes(HEAD.encode() + b"\xff\n")
    assert run("grafana", EXAMPLES, "-o", tmp_path, "--check").exit_code == 3


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_left_and_told(tmp_path: Path, listing: Listing, kind: str) -> None:
    place = tmp_path / "a.listing.yaml"
    if kind == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    assert "is there already, and is no file" in message(run("grafana", EXAMPLES, "-o", tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["a.listing.yaml"]


def test_permissions_are_kept_and_new_files_have_the_usual_ones(tmp_path: Path, listing: Listing) -> None:
    (tmp_path / "a.listing.yaml").write_text(HEAD)
    (tmp_path / "a.listing.yaml").chmod(0o600)
    mask = os.umask(0o027)
    try:
        run("grafana", EXAMPLES, "-o", tmp_path)
    finally:
        os.umask(mask)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"a.listing.yaml": 0o600, "b.listing.yaml": 0o640}


# ---------------------------------------------------------------- all of them or none


@pytest.fixture
def before(tmp_path: Path, listing: Listing) -> dict[str, bytes]:
    """A folder in which a file must be replaced, one made and one removed."""
    (tmp_path / "a.listing.yaml").write_text(HEAD + "old a\n")
    (tmp_path / "c.listing.yaml").write_text(HEAD + "old c\n")
    return contents(tmp_path)


@pytest.mark.parametrize("failing", [1, 2])
def test_a_rename_that_fails_half_way_leaves_everything_as_it_was(
    tmp_path: Path, before: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    renamed: list[Path] = []
    replace = Path.replace

    def failing_once(self: Path, target: Path) -> Path:
        renamed.append(target)
        if len(renamed) == failing:
            raise OSError(errno.EIO, "Input/output error", str(self), None, str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing_once)
    told = message(run("grafana", EXAMPLES, "-o", tmp_path))
    place = tmp_path / "ab"[failing - 1 : failing]
    assert told.startswith(f"{place}.listing.yaml: cannot be written: Input/output error; ")
    assert contents(tmp_path) == before


def test_a_removal_that_fails_at_the_end_leaves_everything_as_it_was(
    tmp_path: Path, before: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink

    def refusing(self: Path, missing_ok: bool = False) -> None:
        if self.name == "c.listing.yaml":
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", refusing)
    told = message(run("grafana", EXAMPLES, "-o", tmp_path))
    assert told.startswith(f"{tmp_path / 'c.listing.yaml'}: cannot be written: Permission denied; ")
    assert contents(tmp_path) == before


def test_a_full_disk_is_met_before_anything_has_changed(
    tmp_path: Path, before: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    write = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        written.append(self)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    told = message(run("grafana", EXAMPLES, "-o", tmp_path))
    assert told.startswith(f"{tmp_path}: cannot be written: No space left on device; ")
    assert contents(tmp_path) == before


def test_an_interruption_half_way_leaves_everything_as_it_was(
    tmp_path: Path, before: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    do = replacing._Step.do

    def interrupted(self: replacing._Step) -> None:
        do(self)
        if self.place.name == "b.listing.yaml":
            raise KeyboardInterrupt

    monkeypatch.setattr(replacing._Step, "do", interrupted)
    with pytest.raises(KeyboardInterrupt):
        GeneratedFolder(tmp_path, KIND).bring_to(Listing().files)
    assert contents(tmp_path) == before


def test_without_hard_links_a_copy_is_kept(
    tmp_path: Path, before: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", unsupported)
    test_a_rename_that_fails_half_way_leaves_everything_as_it_was(tmp_path, before, monkeypatch, 2)


def test_what_could_not_be_put_back_is_named(
    tmp_path: Path, before: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace
    renamed: list[Path] = []

    def failing(self: Path, target: Path) -> Path:
        renamed.append(target)
        if len(renamed) > 1:
            raise OSError(errno.EIO, "Input/output error", str(self), None, str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    told = message(run("grafana", EXAMPLES, "-o", tmp_path))
    assert f"and {tmp_path / 'a.listing.yaml'} could not be put back as before" in told
    assert {path.name for path in tmp_path.iterdir()} == set(before)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, listing: Listing) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "out"):
        told = message(run("grafana", EXAMPLES, "-o", folder))
        assert told.startswith(f"{folder}: cannot be read: Not a directory; name another folder with -o")


def test_a_folder_without_permission_is_told(tmp_path: Path, listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write everywhere, so the system's refusal is played.
    def refusing(*_: object, **keywords: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", f"{keywords['dir']}/.covet-sre-x1")

    monkeypatch.setattr(replacing.tempfile, "mkdtemp", refusing)
    told = message(run("grafana", EXAMPLES, "-o", tmp_path))
    assert told.startswith(f"{tmp_path}: cannot be written: Permission denied; ")
    assert contents(tmp_path) == {}


def test_an_output_error_is_status_1_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "covet-sre-slo.dashboard.json").write_text("{}\n")
    done = typed("generate", "grafana", EXAMPLES, "-o", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"covet-sre: {tmp_path}/covet-sre-slo.dashboard.json: was not made by this command")
    assert contents(tmp_path) == {"covet-sre-slo.dashboard.json": b"{}\n"}


# ---------------------------------------------------------------- remarks, errors and usage


REMARK = Finding(
    Level.WARNING, "target-cannot", Location("a.yaml", 3, 5), "timeWindow", "no calendar", "look elsewhere"
)


def test_a_remark_is_told_and_does_no_harm(tmp_path: Path, listing: Listing) -> None:
    listing.remarks = (REMARK,)
    result = run("grafana", EXAMPLES, "-o", tmp_path)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == (
        "a.yaml:3:5: warning: timeWindow: no calendar; look elsewhere [target-cannot]"
    )
    assert set(contents(tmp_path)) == set(listing.files)


@pytest.mark.parametrize("options", [["--strict"], ["--strict", "--check"]])
def test_strict_refuses_remarks_and_writes_nothing(tmp_path: Path, listing: Listing, options: list[str]) -> None:
    listing.remarks = (REMARK,)
    result = run("grafana", EXAMPLES, "-o", tmp_path, *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "[target-cannot]" in result.stderr
    assert "nothing was written, because of --strict" in result.stderr
    assert contents(tmp_path) == {}


def test_strict_without_remarks_is_as_without_it(tmp_path: Path, listing: Listing) -> None:
    assert run("grafana", EXAMPLES, "-o", tmp_path, "--strict").exit_code == 0
    assert set(contents(tmp_path)) == set(listing.files)


def test_files_with_errors_give_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: openslo/v1\nkind: Service\nmetadata: {name: api}\nspec: {x: 1}\n")
    done = typed("generate", "grafana", tmp_path / "a.yaml", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "a.yaml:4:8: spec.x: unknown field" in done.stderr
    assert not (tmp_path / "out").exists()


def test_yaml_is_not_written_where_it_would_be_read(tmp_path: Path, listing: Listing) -> None:
    for path in EXAMPLES.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = contents(tmp_path)
    for folder in (tmp_path, tmp_path / "generated"):
        result = run("grafana", tmp_path, "-o", folder)
        assert result.exit_code == 2
        assert "which is read for reliability files" in result.stderr
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "arguments", [[], ["grafana"], ["grafana", EXAMPLES], ["graphana", EXAMPLES, "-o", "x"], ["grafana", "-o", "x"]]
)
def test_wrong_usage_is_status_2(arguments: list[object]) -> None:
    assert run(*arguments).exit_code == 2


def test_the_handbooks_profile_is_one_of_prometheus_alone(tmp_path: Path) -> None:
    assert run("prometheus", EXAMPLES, "-o", tmp_path, "--profile", "handbook").exit_code == 0
    assert set(contents(tmp_path)) == {"error-budget-alerts.rules.yaml", "prometheus-slo.rules.yaml"}
    refused = run("grafana", EXAMPLES, "-o", tmp_path, "--profile", "handbook")
    assert refused.exit_code == 2
    assert "goes with prometheus" in refused.stderr
    # Both profiles are one target: each takes the place of the other.
    assert run("prometheus", EXAMPLES, "-o", tmp_path).exit_code == 0
    assert set(contents(tmp_path)) == {"api.rules.yaml", "database.rules.yaml", "jobs.rules.yaml"}
