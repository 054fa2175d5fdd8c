"""`covet-sre serve` as a user starts it: when it is ready, and how it is stopped."""

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import covet_sre, environment
from benchmarks.prometheus_process import free_port

_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class Serving:
    """A started server, which may not answer yet."""

    url: str
    began: float
    process: subprocess.Popen[bytes]

    def seconds_until(self, path: str, holds: Callable[[bytes], bool]) -> float:
        """Wall seconds from the start until an answer is 200 and as wanted. Raises RuntimeError when it never is."""
        while time.perf_counter() - self.began < _WITHIN_SECONDS and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                    if answer.status == 200 and holds(answer.read()):
                        return time.perf_counter() - self.began
            except OSError:
                pass
            time.sleep(0.005)
        raise RuntimeError(f"covet-sre serve never answers {path} as it should")

    def peak_resident_bytes(self) -> int:
        """The most memory that it has had so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def has_budget(answer: bytes) -> bool:
    """Whether a list of SLOs shows that the first of them has been measured."""
    items = json.loads(answer)["items"]
    return bool(items) and items[0]["budget"]["remaining"] is not None


@contextmanager
def serving(
    paths: Sequence[Path], database: Path | str, variables: Mapping[str, str] | None = None
) -> Generator[Serving]:
    """Start the server on a free port of loopback; stop it with the block.

    `database` is an SQLite file, or the URL of another database; `variables` are set in its environment.
    """
    port = free_port()
    url = f"sqlite:///{database}" if isinstance(database, Path) else database
    command = [covet_sre(), "serve", "--port", str(port), "--database-url", url, *map(str, paths)]
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**environment(), **(variables or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Serving(f"http://127.0.0.1:{port}", began, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
