"""`covet-sre serve` as a process: ready, reloading, and ending in order."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

import covet_sre

PACKAGE = Path(covet_sre.__file__).parent
EXAMPLES = next(
    folder
    for folder in (PACKAGE / "examples", PACKAGE.parents[1] / "examples")
    if (folder / "covetpy" / "reliability").is_dir()
)


def serve(files: Path, port: int, database: Path) -> list[str]:
    options = ["--port", str(port), "--database-url", f"sqlite:///{database}"]
    return [sys.executable, "-m", "covet_sre", "serve", str(files), *options]


class Serving:
    def __init__(self, folder: Path) -> None:
        self.files = folder / "reliability"
        shutil.copytree(EXAMPLES / "covetpy" / "reliability", self.files)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(serve(self.files, self.port, folder / "ledger.db"), stderr=log)
        self.wait(lambda: self.get("/readyz")["status"] == "ready", 60)

    def get(self, path: str):
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return json.load(answer)

    def wait(self, holds: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                if holds():
                    return
            except OSError:
                pass
            assert time.monotonic() < end, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)

    def names(self) -> set[str]:
        return {item["name"] for item in self.get("/api/v1/slos")["items"]}


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    served = Serving(tmp_path)
    yield served
    served.process.kill()
    served.process.wait()


FIVE = {"api-availability", "api-latency", "database-availability", "database-latency", "jobs-within-sla"}


def test_every_objective_is_listed_although_its_source_is_silent(serving: Serving) -> None:
    serving.wait(lambda: serving.names() == FIVE, 60)
    states = {item["state"] for item in serving.get("/api/v1/slos")["items"]}
    assert states == {"no_data"}
    assert {item["name"] for item in serving.get("/api/v1/services")["items"]} >= {"api", "database", "jobs"}


def test_a_removed_file_is_taken_up_and_a_broken_one_is_not(serving: Serving) -> None:
    serving.wait(lambda: serving.names() == FIVE, 60)
    (serving.files / "jobs.yaml").unlink()
    serving.wait(lambda: serving.names() == FIVE - {"jobs-within-sla"}, 60)
    with (serving.files / "api.yaml").open("a") as file:
        file.write("\n---\nkind: [\n")
    serving.wait(lambda: "not taken up" in serving.log.read_text(), 60)
    assert serving.names() == FIVE - {"jobs-within-sla"}
    with urlopen(f"http://127.0.0.1:{serving.port}/") as page:
        assert "api.yaml" in page.read().decode()


def test_sighup_reads_the_files_again(serving: Serving) -> None:
    os.kill(serving.process.pid, signal.SIGHUP)
    serving.wait(lambda: "changed files were taken up" in serving.log.read_text(), 60)


def test_a_second_server_on_the_same_file_is_refused_with_the_holder(serving: Serving, tmp_path: Path) -> None:
    done = subprocess.run(
        serve(serving.files, 1, tmp_path / "ledger.db"),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert str(serving.process.pid) in done.stderr


def test_sigterm_ends_it_in_order_although_a_page_is_open(serving: Serving) -> None:
    with urlopen(f"http://127.0.0.1:{serving.port}/live", timeout=5) as live:
        assert live.readline()
        serving.process.send_signal(signal.SIGTERM)
        assert serving.process.wait(60) == 0
