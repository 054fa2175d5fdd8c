"""The example service and its traffic as processes of their own, which end with us."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import click

from covet_sre.cli.demonstration.example import example_folder

_ENDS_WITHIN_SECONDS = 5.0
TRAFFIC_LASTS_SECONDS = 24 * 3600


class Example:
    """The running service and its traffic. `url` is the service's, `token` opens its fault switches."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._seed = folder, seed
        self._processes: list[subprocess.Popen[str]] = []
        self.token = secrets.token_hex(16)
        self.url = ""

    def __enter__(self) -> Self:
        try:
            service = self._start("service.py", ["--port", "0", "--seed", str(self._seed)])
            self.url = _address(service)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def send_traffic(self, virtual_start_seconds: float, speed: float, requests_per_second: float) -> None:
        """Begin the traffic, whose daily rhythm follows the demo's clock."""
        arguments = [self.url, "--virtual-start", str(virtual_start_seconds), "--speed", str(speed)]
        arguments += ["--requests-per-second", str(requests_per_second), "--seed", str(self._seed)]
        self._start("traffic.py", [*arguments, "--duration-seconds", str(TRAFFIC_LASTS_SECONDS)])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            if process.stdin is not None:
                # It may have ended already.
                with contextlib.suppress(OSError):
                    process.stdin.close()
        for process in reversed(self._processes):
            try:
                process.wait(_ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _close(process.stdout)

    def _start(self, script: str, arguments: Sequence[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(self._folder / script), *arguments, "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "COVET_DEMO_TOKEN": self.token},
            # Ctrl-C is ours to answer: they end when we close their standard input.
            start_new_session=True,
        )
        self._processes.append(process)
        return process


def start_example(seed: int) -> Example:
    """The example of this installation, not yet running."""
    return Example(example_folder(), seed)


def _address(service: subprocess.Popen[str]) -> str:
    """What the service says when it is ready: one line of JSON."""
    assert service.stdout is not None
    line = service.stdout.readline()
    try:
        return str(json.loads(line)["url"])
    except (ValueError, KeyError) as error:
        raise click.ClickException(
            f"the example service did not start; it said: {line.strip() or 'nothing'}"
        ) from error


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        stream.close()
