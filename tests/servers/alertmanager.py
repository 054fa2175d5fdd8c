"""A real Alertmanager 0.25, and amtool."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers.prometheus import free_port

INSTALL = "apt-get install prometheus-alertmanager"

CONFIGURATION = """
route:
  receiver: covet-sre
  group_by: [service]
  group_wait: 1h
receivers:
- name: covet-sre
"""


def binary(*names: str) -> str:
    """The path of a program that has one of the names. A test without it fails, with the line to type."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    assert found is not None, f"{names[0]} is missing; type: {INSTALL}"
    return found


@dataclass(frozen=True)
class AlertmanagerServer:
    """A running one. `url` has no slash at its end."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


def start_alertmanager(folder: Path, configuration: str = CONFIGURATION) -> AlertmanagerServer:
    """Start one in an empty folder, alone in its cluster, and wait until it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alertmanager.yml").write_text(configuration)
    port = free_port()
    # setpriv ends it when the tests are killed: it must not outlive them.
    command = [
        *("setpriv", "--pdeathsig", "TERM"),
        binary("prometheus-alertmanager", "alertmanager"),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        "--cluster.listen-address=",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    server = AlertmanagerServer(f"http://127.0.0.1:{port}", process)
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{server.url}/-/ready", timeout=1):
                return server
        except OSError:
            time.sleep(0.05)
    server.stop()
    raise AssertionError(f"Alertmanager does not start: {(folder / 'log').read_text()}")


def call(url: str, method: str = "GET", document: Any = None) -> tuple[int, Any]:
    """(status, what was answered), read as JSON where it is."""
    body = None if document is None else document if isinstance(document, bytes) else json.dumps(document).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content.decode()


def amtool(url: str, *words: str) -> str:
    """What amtool prints about the server at `url`. Fails where it does."""
    command = [binary("amtool"), f"--alertmanager.url={url}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout
