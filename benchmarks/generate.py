"""`covet-sre generate prometheus` over 10,000 SLOs: the CPU time of the whole command, reading and writing included.

Nothing is there before: every file is written. The peer of the same run parses the same files and no more.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.slo_files import write_slo_files

SLOS, SLOS_PER_FILE, SLOS_PER_SERVICE = 10_000, 100, 10
ROUNDS = 7
MOST_CPU_SECONDS = 2.0


def run() -> list[Result]:
    """Raises RuntimeError when the command fails, or leaves something out."""
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name:
        files = Path(name) / "reliability"
        write_slo_files(files, SLOS, SLOS_PER_FILE, SLOS_PER_SERVICE)
        ours, parsing = [], []
        for number in range(ROUNDS):
            out = Path(name) / f"rules-{number}"
            ours.append(_generate(files, out))
            parsing.append(_parse(files))
        rules = sum(path.read_text().count("expr:") for path in out.iterdir())
        megabytes = sum(path.stat().st_size for path in out.iterdir()) / 1e6
    if rules < SLOS * 17:
        raise RuntimeError(f"only {rules:,} rules were generated")
    cost = sample(ours)
    return [
        Result(
            name=f"generate prometheus for {SLOS:,} SLOs",
            unit="CPU-s",
            ours=cost,
            peers={"PyYAML's CSafeLoader, parsing alone": sample(parsing)},
            target=f"<= {MOST_CPU_SECONDS:g}",
            met=cost.median <= MOST_CPU_SECONDS,
            note=f"{rules:,} rules, {megabytes:.0f} MB in {SLOS // SLOS_PER_SERVICE:,} files; start, reading, "
            "validating and writing included",
        )
    ]


def _generate(files: Path, out: Path) -> float:
    command = [str(Path(sys.executable).parent / "covet-sre"), "generate", "prometheus", str(files), "-o", str(out)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _parse(files: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    for path in sorted(files.iterdir()):
        for document in yaml.load_all(path.read_bytes(), yaml.CSafeLoader):
            assert document
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
