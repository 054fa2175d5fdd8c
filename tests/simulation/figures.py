"""The simulation's figures: how many worlds, what happened in them, and what was wrong."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.simulation.checkers import violations
from tests.simulation.faults import Fault
from tests.simulation.quietly import without_log
from tests.simulation.world import World

_SHOWN = 20


@dataclass(slots=True)
class Figures:
    """Sums over the worlds of some seeds. `violations` are (seed, what) for each seed that has any."""

    seeds: int = 0
    events: int = 0
    virtual_hours: float = 0.0
    accepted: int = 0
    commits: int = 0
    incidents: int = 0
    attempts: int = 0
    faults: Counter[str] = field(default_factory=Counter[str])
    violations: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def text(self) -> str:
        """As lines for people."""
        lines = [
            f"{self.seeds:,} seeds, {self.events:,} events, {self.virtual_hours:,.0f} virtual hours",
            f"{self.accepted:,} deliveries and commands accepted, {self.commits:,} commits, "
            f"{self.incidents:,} incidents, {self.attempts:,} attempts to notify",
            *(f"{count:9,}  {Fault[name].value}" for name, count in sorted(self.faults.items())),
            f"{len(self.violations)} seeds in which an invariant was violated",
            *(f"  seed {seed}: {what}" for seed, what in self.violations[:_SHOWN]),
        ]
        return "\n".join(lines)


def run_seeds(seeds: Iterable[int]) -> Figures:
    """Run and judge the worlds of these seeds."""
    figures = Figures()
    for seed in seeds:
        with without_log():
            history = World(seed).run()
        figures.seeds += 1
        figures.events += history.events
        figures.virtual_hours += (history.ended - history.started) / 3600.0
        figures.accepted += sum(one.at < history.ended for one in history.accepted.values())
        figures.commits += len(history.commits)
        figures.incidents += len(history.ending.incidents)
        figures.attempts += len(history.attempts)
        figures.faults += history.faults
        found = violations(history)
        if found:
            figures.violations.append((seed, "; ".join(str(one) for one in found[:3])))
    return figures
