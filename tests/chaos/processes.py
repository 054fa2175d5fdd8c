"""Servers as processes: started, killed, stopped and woken."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.chaos import forking

_GONE_SECONDS = 20.0
_TIED = ["setpriv", "--pdeathsig", "KILL"]
"""What we start ends with us, however that comes."""


class Forker:
    """Starts servers quickly; see `forking`."""

    def __init__(self, environment: Mapping[str, str], *, most_bytes_of_a_file: int | None = None) -> None:
        limit = ["prlimit", f"--fsize={most_bytes_of_a_file}"] if most_bytes_of_a_file else []
        self._process = subprocess.Popen(
            [*_TIED, *limit, sys.executable, forking.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._answer()

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self, arguments: list[str], log: Path) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"arguments": arguments, "log": str(log)}) + "\n")
        self._process.stdin.flush()
        return int(self._answer())

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().strip()
        assert answer, "the process that forks servers has ended"
        return answer


class Engine:
    """One server. With a forker it starts quickly; without, it is the command as anybody types it."""

    def __init__(self, files: Path, url: str, port: int, log: Path, environment: Mapping[str, str]) -> None:
        self.port, self.log = port, log
        self.arguments = ["serve", str(files), "--port", str(port), "--database-url", url]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._handle = -1
        self.pid = 0
        self.started_at = 0.0
        self.is_up = False
        """Whether it was started and not killed since; `runs` also sees whether it ended by itself."""

    def start(self, forker: Forker | None) -> None:
        self.started_at = time.time()
        if forker is not None:
            self.pid = forker.start(self.arguments, self.log)
        else:
            command = [*_TIED, str(Path(sys.executable).parent / "covet-sre"), *self.arguments]
            with self.log.open("a") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, **self._environment, "OPENBLAS_NUM_THREADS": "1"},
                )
            self.pid = self._process.pid
        self._handle = os.pidfd_open(self.pid)
        self.is_up = True

    @property
    def runs(self) -> bool:
        """For the thread that starts and kills it."""
        return self._handle >= 0 and not select.select([self._handle], [], [], 0)[0]

    def kill(self) -> float:
        """kill -9; when it was sent. Returns when the process is gone, and its locks with it."""
        self.is_up = False
        at = time.time()
        self._send(signal.SIGKILL)
        gone, _, _ = select.select([self._handle], [], [], _GONE_SECONDS)
        assert gone, f"process {self.pid} survived kill -9"
        self._let_go()
        return at

    def stop(self) -> None:
        self._send(signal.SIGSTOP)

    def wake(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        if self.runs:
            signal.pidfd_send_signal(self._handle, number)

    def _let_go(self) -> None:
        if self._process is not None:
            self._process.wait(_GONE_SECONDS)
            self._process = None
        os.close(self._handle)
        self._handle = -1
