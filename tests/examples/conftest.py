"""The order service as a real subprocess, and what it exposes as plain numbers."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

EXAMPLE = Path(__file__).parents[2] / "examples" / "covetpy"
sys.path.insert(0, str(EXAMPLE))  # the example's modules import each other as scripts of that folder do

TOKEN = "a-token-for-this-test"
Samples = dict[tuple[str, ...], float]


@dataclass(frozen=True)
class Service:
    """A running order service."""

    url: str
    process: subprocess.Popen[str]

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Send one request and return its status and body."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=dict(headers or {}))
        if data is not None and not request.has_header("Content-type"):
            request.add_header("Content-type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def switch(self, **faults: object) -> None:
        """Switch faults; an underscore in a name stands for its dash."""
        named = {name.replace("_", "-"): value for name, value in faults.items()}
        status, text = self.ask("POST", "/demo/faults", named, {"x-covet-demo-token": TOKEN})
        assert status == 200, text

    def samples(self, name: str, *labels: str) -> Samples:
        """Return what /metrics says: label values -> value, without the children that are still 0."""
        _, text = self.ask("GET", "/metrics")
        found: Samples = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and sample.value:
                    key = tuple(sample.labels[label] for label in labels)
                    found[key] = found.get(key, 0) + sample.value
        return found

    def within(self, histogram: str, bound: str) -> float:
        """Return how many observations of a histogram, over all its children, are at most the bound."""
        return self.samples(f"{histogram}_bucket", "le").get((bound,), 0)


@contextmanager
def running_service(folder: Path, *options: str, token: str = TOKEN, calm: bool = True) -> Generator[Service]:
    """Run the service from a folder that is not its own, and end it by closing its standard input."""
    command = [sys.executable, str(EXAMPLE / "service.py"), "--until-stdin-closes", *options]
    with (folder / "stderr.txt").open("w") as stderr:
        process = subprocess.Popen(
            [*command, "--calm"] if calm else command,
            cwd=folder,
            env={**os.environ, "COVET_DEMO_TOKEN": token, "TMPDIR": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "stderr.txt").read_text()
        yield Service(json.loads(line)["url"], process)
        if process.poll() is None:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=15)


StartService = Callable[..., Service]


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[StartService]:
    with ExitStack() as stack:
        yield lambda *options, **chosen: stack.enter_context(running_service(tmp_path, *options, **chosen))


@pytest.fixture(scope="module")
def shared_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests of a file: for what leaves nothing behind in it."""
    with running_service(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def service(start_service: StartService) -> Service:
    return start_service()
