"""The whole server in a process of its own, without its threads: each turn happens when it is asked for.

So the clock is the benchmark's, and the CPU time between two answers is that of one tick: the read, the counting, the
commit on the store's writer thread, the evaluation and the publishing.
"""

import json
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
SETTLE_SECONDS = 5.0


@dataclass(frozen=True)
class Turn:
    """What one turn of the engine took, and where it left the server.

    `bad` and `total` are the events in the budget window of the first objective by name.
    """

    cpu_seconds: float
    wall_seconds: float
    resident_bytes: int
    ticks: int
    bad: int
    total: int
    trouble: str


class EngineProcess:
    """A handle on the process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def resident_bytes(self) -> int:
        return psutil.Process(self._process.pid).memory_info().rss

    def turn(self, minute: int) -> Turn:
        """One turn at a minute's end, settled. Raises RuntimeError when the process has died."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{minute * 60 + SETTLE_SECONDS}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the engine's process has ended")
        turn = Turn(**json.loads(line))
        if turn.trouble:
            raise RuntimeError(f"measuring fails: {turn.trouble}")
        return turn


@contextmanager
def engine_process(paths: Sequence[Path], database: Path) -> Generator[EngineProcess]:
    """Start the process over reliability files and a ledger; it ends with the block."""
    command = [sys.executable, "-m", "benchmarks.engine_process", str(database), *map(str, paths)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield EngineProcess(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def serve_turns(database: str, paths: Sequence[str]) -> None:
    """Do a turn for each time (seconds since the epoch) on stdin; answer each with a line of JSON."""
    from covet_sre.app import Server, Settings
    from covet_sre.units import Counts

    now = [0.0]
    server = Server(Settings([Path(path) for path in paths], f"sqlite:///{database}", clock=lambda: now[0]))
    first = min((objective.name for objective in server.declaration.objectives), default="")
    own = psutil.Process()
    try:
        for line in sys.stdin:
            now[0] = float(line)
            cpu, wall = time.process_time(), time.perf_counter()
            server.engine.turn()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            errors = [str(state.error) for state in server.engine.source_states().values() if state.error]
            # As if somebody had the list open: all that a page shows is in memory.
            budgets = {status.objective.name: status.budget for status in server.answers.statuses()}
            budget = budgets.get(first)
            counts = Counts(0, 0) if budget is None else budget.raw
            turn = Turn(
                cpu_seconds=cpu,
                wall_seconds=wall,
                resident_bytes=own.memory_info().rss,
                ticks=server.engine.ticks,
                bad=counts.bad,
                total=counts.total,
                trouble="; ".join(errors),
            )
            print(json.dumps(turn.__dict__), flush=True)
    finally:
        server.close()


if __name__ == "__main__":
    serve_turns(sys.argv[1], sys.argv[2:])
