"""The commands as somebody types them: what they print, and how they end."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("fastapi", "sqlalchemy", "pydantic", "numpy", "rich", "yaml", "uvicorn", "alembic", "prometheus_client")


def covet_sre(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "covet_sre", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["slo", "--help"],
        ["import", "sloth", "--help"],
        ["init", "--help"],
        ["doctor", "--help"],
        ["demo", "fault", "--help"],
        ["incident", "ack", "--help"],
        ["silence", "add", "--help"],
        ["serve", "--help"],
    ],
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = f"""
import sys
sys.argv = ["covet-sre", *{arguments!r}]
from covet_sre.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code
print("LOADED", *sorted({{name.split(".")[0] for name in sys.modules}} & set({HEAVY!r})))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "LOADED", done.stdout + done.stderr


def test_help_names_every_command() -> None:
    shown = covet_sre("--help").stdout
    assert all(name in shown for name in ("demo", "init", "validate", "slo", "serve", "doctor", "schema"))


def test_serving_the_public_is_refused_with_the_remedy() -> None:
    done = covet_sre("serve", "--host", "0.0.0.0", "--database-url", "sqlite:////tmp/no-such-covet-sre.db")
    assert done.returncode == 1
    for told in ("nobody has an account yet", "covet-sre user add NAME --role admin", "127.0.0.1"):
        assert told in done.stderr
    assert not Path("/tmp/no-such-covet-sre.db").exists()


def test_a_server_that_is_not_there_is_exit_status_4() -> None:
    done = covet_sre("slo", "status", "--server", "http://127.0.0.1:9")
    assert done.returncode == 4
    assert "covet-sre serve" in done.stderr
    assert done.stdout == ""


def test_files_with_errors_are_exit_status_1_and_every_finding_is_named(tmp_path) -> None:
    (tmp_path / "broken.yaml").write_text("apiVersion: openslo/v1\nkind: SLO\nmetadata: {nam: x}\n")
    for command in (["serve"], ["slo", "status"]):
        done = covet_sre(*command, str(tmp_path))
        assert done.returncode == 1
        assert "broken.yaml:3:" in done.stderr
        assert "did you mean" in done.stderr


def test_an_unknown_command_is_a_usage_error() -> None:
    assert covet_sre("statsu").returncode == 2


def test_the_schema_is_json_schema_draft_7() -> None:
    import json

    schema = json.loads(covet_sre("schema").stdout)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_python_dash_m_is_the_same_command() -> None:
    assert covet_sre("--version").stdout.startswith("covet-sre, version ")
