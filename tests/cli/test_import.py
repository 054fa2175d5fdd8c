"""`covet-sre import` as somebody types it: what is printed and written, how it ends, and that nothing gets lost."""

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import covet_sre

SLOTH = """\
version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{.window}}]))
    alerting: {page_alert: {}, ticket_alert: {}}
"""
PAIR = ("--error-query", "sum(rate(a[{{window}}]))", "--total-query", "sum(rate(b[{{window}}]))", "--objective", "99.9")


@pytest.fixture
def slos(tmp_path: Path) -> Path:
    path = tmp_path / "slos.yaml"
    path.write_text(SLOTH)
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_files_are_written_and_validate(slos: Path, tmp_path: Path) -> None:
    done = covet_sre("import", "sloth", str(slos), "-o", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (0, "")
    assert "written: " in done.stderr
    assert "no errors, no warnings; 2 written" in done.stderr
    assert names(tmp_path / "out") == {"shop.yaml", "prometheus.data-source.yaml"}
    assert covet_sre("validate", str(tmp_path / "out")).returncode == 0


def test_the_same_again_changes_nothing(slos: Path, tmp_path: Path) -> None:
    command = ("import", "sloth", str(slos), "-o", str(tmp_path / "out"))
    covet_sre(*command)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    done = covet_sre(*command)
    assert done.returncode == 0
    assert "0 written, 2 unchanged" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


def test_what_was_edited_is_kept_unless_forced(slos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    covet_sre("import", "sloth", str(slos), "-o", str(out))
    (out / "shop.yaml").write_text("mine")
    (out / "prometheus.data-source.yaml").unlink()
    done = covet_sre("import", "sloth", str(slos), "-o", str(out))
    assert done.returncode == 1
    assert "shop.yaml" in done.stderr
    assert "--force" in done.stderr
    assert (out / "shop.yaml").read_text() == "mine"
    assert names(out) == {"shop.yaml"}, "none is written when one cannot be"
    assert covet_sre("import", "sloth", str(slos), "-o", str(out), "--force").returncode == 0
    assert "kind: SLO" in (out / "shop.yaml").read_text()


def test_files_of_other_imports_stay(slos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    covet_sre("import", "sloth", str(slos), "-o", str(out))
    done = covet_sre("import", "expressions", "--name", "x", "--service", "cart", *PAIR, "-o", str(out))
    assert done.returncode == 0
    assert names(out) == {"shop.yaml", "cart.yaml", "prometheus.data-source.yaml"}
    assert covet_sre("validate", str(out)).returncode == 0


def test_an_error_writes_nothing_and_names_its_place(slos: Path, tmp_path: Path) -> None:
    slos.write_text(SLOTH.replace("page_alert", "pageAlert"))
    done = covet_sre("import", "sloth", str(slos), "-o", str(tmp_path / "out"))
    assert done.returncode == 1
    assert f"{slos}:10:16: error: slos[0].alerting.pageAlert: unknown field; did you mean 'page_alert'?" in done.stdout
    assert "nothing was written" in done.stderr
    assert not (tmp_path / "out").exists()


def test_warnings_fail_only_when_strict_and_nothing_is_written_then(slos: Path, tmp_path: Path) -> None:
    slos.write_text(SLOTH.replace("alerting: {", "alerting: {name: Broken, "))
    out = tmp_path / "out"
    done = covet_sre("import", "sloth", str(slos), "-o", str(out), "--strict")
    assert done.returncode == 1
    assert "import-dropped" in done.stdout
    assert "because of --strict" in done.stderr
    assert not out.exists()
    assert covet_sre("import", "sloth", str(slos), "-o", str(out)).returncode == 0
    assert names(out) == {"shop.yaml", "prometheus.data-source.yaml"}


def test_a_folder_inside_what_is_read_is_refused(slos: Path) -> None:
    done = covet_sre("import", "sloth", str(slos.parent), "-o", str(slos.parent / "out"))
    assert done.returncode == 2
    assert "name a folder beside it" in done.stderr


def test_findings_as_json_are_all_of_stdout(slos: Path, tmp_path: Path) -> None:
    slos.write_text(SLOTH.replace("99.9", "100"))
    done = covet_sre("import", "sloth", str(slos), "-o", str(tmp_path / "out"), "--output", "json")
    shown = json.loads(done.stdout)
    assert shown["ok"] is False
    assert [finding["code"] for finding in shown["findings"]] == ["target-impossible"]


def test_the_window_and_the_address_are_those_that_were_typed(slos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--window", "28d", "--prometheus", "http://metrics.example:9090")
    assert covet_sre("import", "sloth", str(slos), "-o", str(out), *options).returncode == 0
    assert "duration: 28d" in (out / "shop.yaml").read_text()
    assert "url: http://metrics.example:9090" in (out / "prometheus.data-source.yaml").read_text()


def test_a_pair_with_mistakes_names_the_options(tmp_path: Path) -> None:
    pair = ("--error-query", "sum(rate(a[5m]))", "--total-query", "sum(", "--objective", "nan")
    done = covet_sre("import", "expressions", "--name", "x", "--service", "y", *pair, "-o", str(tmp_path / "out"))
    assert done.returncode == 1
    assert all(f"--{option}: " in done.stdout for option in ("error-query", "total-query", "objective"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("sloth",),
        ("sloth", "a.yaml"),
        ("nobl9", "a.yaml", "-o", "out"),
        ("sloth", "a.yaml", "-o", "out", "--window", "30 days"),
        ("expressions", "-o", "out"),
        ("expressions", "--objective", "high", "-o", "out"),
    ],
)
def test_what_is_typed_wrongly_is_exit_status_2(arguments: tuple[str, ...]) -> None:
    assert covet_sre("import", *arguments).returncode == 2


def test_a_folder_that_is_a_file_is_refused_with_the_remedy(slos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    done = covet_sre("import", "sloth", str(slos), "-o", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "name another folder" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out").read_text() == "a file"


def test_where_one_file_cannot_be_written_none_is(slos: Path, tmp_path: Path) -> None:
    """A file's place is taken by a folder."""
    out = tmp_path / "out"
    (out / "shop.yaml").mkdir(parents=True)
    done = covet_sre("import", "sloth", str(slos), "-o", str(out), "--force")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert names(out) == {"shop.yaml"}


def test_help_of_each_format_loads_nothing_heavy() -> None:
    for name in ("sloth", "pyrra", "openslo", "expressions"):
        assert "--output-folder" in covet_sre("import", name, "--help").stdout
