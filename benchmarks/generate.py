"""`covet-sre generate prometheus` over 10,000 SLOs: the CPU time of the whole command, reading and writing included.

Nothing is there before: every file is written. The peer of the same run parses the same files and no more.
"""

import tempfile
from pathlib import Path

from benchmarks.commands import covet_sre, measured_command
from benchmarks.reading import parsing_seconds
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
        texts = [file.read_text() for file in sorted(files.iterdir())]
        ours, parsing = [], []
        for number in range(ROUNDS + 1):
            out = Path(name) / f"rules-{number}"
            command = [covet_sre(), "generate", "prometheus", str(files), "-o", str(out)]
            ours.append(measured_command(command).cpu_seconds)
            parsing.append(parsing_seconds(texts))
        rules = sum(path.read_text().count("expr:") for path in out.iterdir())
        megabytes = sum(path.stat().st_size for path in out.iterdir()) / 1e6
    if rules < SLOS * 17:
        raise RuntimeError(f"only {rules:,} rules were generated")
    cost = sample(ours[1:])  # the first writes bytecode
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
