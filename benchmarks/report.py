"""How figures are written down: lines for the terminal as they come, and RESULTS.md for the repository."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.result import Result, Sample

#: The distributions whose version changes a figure: ours, what ours stands on, and the peers.
MEASURED_DISTRIBUTIONS = (
    "covet-sre",
    "covet-sre-sdk",
    "covet",
    "fastapi",
    "numpy",
    "opentelemetry-instrumentation-asgi",
    "opentelemetry-sdk",
    "prometheus-client",
    "prometheus-fastapi-instrumentator",
    "pydantic",
    "pyyaml",
    "sqlalchemy",
    "starlette",
    "starlette-exporter",
    "uvicorn",
    "uvloop",
)


@dataclass(frozen=True)
class Outcome:
    """What one benchmark module gave: its results, or the failure that kept it from giving any."""

    module: str
    subject: str
    results: tuple[Result, ...] = ()
    failure: str = ""

    @property
    def met(self) -> bool:
        """Whether the module ran, measured something, and every target was met."""
        return bool(self.results) and not self.failure and all(result.met for result in self.results)


def terminal_lines(outcome: Outcome) -> list[str]:
    """The outcome for people who watch: one line per figure, its peers indented below."""
    lines = [f"{outcome.module}: {outcome.subject}"]
    if outcome.failure:
        lines.append(f"  FAILED  {outcome.failure}")
    for result in outcome.results:
        lines.append(
            f"  {_verdict(result):7} {result.name}: {_measured(result.ours, result.unit)}; target {result.target}"
        )
        lines.extend(
            f"          {peer}: {_measured(sample, result.unit)}, {_ratio(sample, result.ours)}"
            for peer, sample in result.peers.items()
        )
    return lines


def results_page(sections: Mapping[str, str]) -> str:
    """RESULTS.md: a section for each benchmark module, in the order of their names."""
    rows = [line for text in sections.values() for line in text.splitlines()]
    met, missed = (sum(f" | {verdict} | " in line for line in rows) for verdict in ("met", "MISSED"))
    failed = sum(line.startswith("FAILED: ") for line in rows)
    parts = [
        "# Results",
        "Written by `make bench`; each section says when and on what it was measured, ours and the peers in one run. "
        f"{met + missed} figures: {met} met, {missed} missed; {failed} benchmarks failed to run.",
        "Each figure is the median with its quartiles. A peer's ratio is its figure divided by ours, in the same run.",
        *(sections[name] for name in sorted(sections)),
    ]
    return "\n\n".join(parts) + "\n"


def sections_of(page: str) -> dict[str, str]:
    """The sections of a RESULTS.md by the name of their module."""
    found = (f"## {text.strip()}" for text in page.split("\n## ")[1:])
    return {section.partition("\n")[0].removeprefix("## "): section for section in found}


def machine_lines() -> list[str]:
    """The machine and the versions that the figures belong to."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    installed = (f"{name} {_installed(name)}" for name in MEASURED_DISTRIBUTIONS)
    return [
        f"{_processor_model()}, {os.cpu_count()} processors, {memory_gib:.1f} GiB of memory",
        f"{platform.system()} {platform.release()}, {platform.python_implementation()} {platform.python_version()}",
        ", ".join(installed),
    ]


def section(outcome: Outcome, date: str, machine: Sequence[str]) -> str:
    """What one benchmark module gave, when, and on what machine."""
    measured = [f"Measured on {date}:", "", *(f"- {line}" for line in machine)]
    lines = [f"## {outcome.module}", "", outcome.subject, "", *measured, ""]
    if outcome.failure:
        return "\n".join([*lines, f"FAILED: `{outcome.failure}`"])
    lines += ["| figure | ours | target | | peers |", "|---|---|---|---|---|"]
    lines += [_row(result) for result in outcome.results]
    notes = [f"- {result.name}: {result.note}" for result in outcome.results if result.note]
    return "\n".join([*lines, *(["", *notes] if notes else [])])


def _row(result: Result) -> str:
    peers = "<br>".join(
        f"{name}: {_measured(sample, result.unit)}, {_ratio(sample, result.ours)}"
        for name, sample in result.peers.items()
    )
    cells = (result.name, _measured(result.ours, result.unit), result.target, _verdict(result), peers)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _verdict(result: Result) -> str:
    return "met" if result.met else "MISSED"


def _measured(sample: Sample, unit: str) -> str:
    if sample.n <= 1:
        return f"{sample.median:.4g} {unit} (once)"
    return f"{sample.median:.4g} {unit} ({sample.p25:.4g} to {sample.p75:.4g}, n={sample.n})"


def _ratio(peer: Sample, ours: Sample) -> str:
    return f"{peer.median / ours.median:.3g} times ours" if ours.median else "no ratio: ours is 0"


def _installed(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def _processor_model() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
