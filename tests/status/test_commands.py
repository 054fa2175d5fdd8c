"""`covet-sre status-page`: from a terminal, over a real server, and offline when it is down."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from covet_sre.cli.main import cli
from covet_sre.errors import CovetSreError
from tests.status.server import eventually, status_server
from tests.web.house import serving

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("status")


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Run]:
    # The server's log would stand between what the commands print: it is in the same process.
    with capture_logs(), status_server(folder, 9, 1) as server, serving(server.application) as address:  # type: ignore[arg-type]
        eventually(lambda: server.status_site.served() is not None)

        def typed(*words: str) -> Result:
            return CliRunner(env={"USER": "ann"}).invoke(cli, ["status-page", *words, "--server", address])

        yield typed


def test_an_incident_is_told_from_a_terminal(run: Run) -> None:
    told = run("incident", "publish", "Orders fail", "--text", "We are on it.", "--component", "ordering=major_outage")
    assert told.exit_code == 0, told.output
    identity = told.output.split()[0]
    assert "major_outage" in run("show").output
    over = run("incident", "update", identity, "--status", "resolved", "--text", "It works again.", "--output", "json")
    assert over.exit_code == 0, str(over.exception)
    assert json.loads(over.output)["version"] == 2
    assert identity in run("incident", "list").output
    refused = run("incident", "publish", "Orders fail", "--text", "zanzibar-svc is down")
    assert isinstance(refused.exception, CovetSreError)
    assert "the name of a service 'zanzibar-svc'" in str(refused.exception)
    assert run("incident", "publish", "x", "--text", "y", "--component", "ordering").exit_code == 2


def test_states_maintenance_and_subscribers_are_changed_from_a_terminal(run: Run) -> None:
    assert run("component", "set", "support", "partial_outage", "--reason", "the phone is broken").exit_code == 0
    assert "set by ann" in run("show").output
    assert run("component", "clear", "support").output.strip() == "support operational"
    assert run("component", "set", "nothing", "partial_outage", "--reason", "x").exit_code == 2
    times = ["--starts", "2026-11-30T22:00Z", "--ends", "2026-11-30T23:00Z"]
    planned = run("maintenance", "schedule", "Larger machines", "--text", "Slow.", "--component", "ordering", *times)
    if planned.exit_code == 0:  # the real clock may have passed that day
        done = run("maintenance", "update", planned.output.split()[0], "--status", "completed", "--text", "Done.")
        assert done.exit_code == 0
    else:
        assert "in the past" in str(planned.exception)
    listed = run("subscribers", "list").output.split()
    assert listed[1:3] == ["subscribed", "email"]
    assert run("subscribers", "remove", listed[0], "--reason", "asked by phone").exit_code == 0
    assert run("subscribers", "list").output.strip() == "No subscriber."


def test_the_page_is_rendered_from_the_server_and_offline_alike(run: Run, folder: Path, tmp_path: Path) -> None:
    online = run("render", "-o", str(tmp_path / "online"))
    assert online.exit_code == 0, online.output
    assert run("render", "-o", str(tmp_path / "online"), "--database-url", "sqlite:///nothing.db").exit_code == 2
    # While a server has the database open, that server is asked.
    url = f"sqlite:///{folder / 'covet-sre.db'}"
    words = [
        "status-page",
        "render",
        str(folder / "reliability.yaml"),
        "--database-url",
        url,
        "-o",
        str(tmp_path / "offline"),
    ]
    busy = CliRunner().invoke(cli, words)
    assert isinstance(busy.exception, CovetSreError) and busy.exception.code == "store-busy"


def test_offline_the_page_is_what_the_database_knows(tmp_path: Path) -> None:
    with capture_logs(), status_server(tmp_path, 9) as server:
        from covet_sre.incident.status_facts import PublishIncident

        identity = server.desk.incidents.decide(PublishIncident("ann", "Orders fail", "We are on it."))
        kept = set(server.status_site.files())
    url, files = f"sqlite:///{tmp_path / 'covet-sre.db'}", str(tmp_path / "reliability.yaml")
    found = CliRunner().invoke(
        cli, ["status-page", "render", files, "--database-url", url, "-o", str(tmp_path / "site")]
    )
    assert found.exit_code == 0, found.output
    written = {str(one.relative_to(tmp_path / "site")) for one in (tmp_path / "site").rglob("*.*") if one.is_file()}
    assert written - {".covet-sre-status.json"} == kept
    assert "We are on it." in (tmp_path / "site" / "incidents" / f"{identity}.html").read_text()
    nowhere = [
        "status-page",
        "render",
        files,
        "--database-url",
        f"sqlite:///{tmp_path / 'no.db'}",
        "-o",
        str(tmp_path / "x"),
    ]
    missing = CliRunner().invoke(cli, nowhere)
    assert isinstance(missing.exception, CovetSreError) and missing.exception.code == "not-found"
    assert not (tmp_path / "no.db").exists()
