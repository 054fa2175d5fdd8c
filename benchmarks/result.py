"""What a benchmark hands back: its figure with its spread, the peers' figures of the same run, and the target."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One measured quantity: median and quartiles of n repetitions, in the unit of its Result."""

    median: float
    p25: float
    p75: float
    n: int


@dataclass(frozen=True)
class Result:
    """One figure beside its target; `peers` maps a peer's name to its sample, measured in the same run."""

    name: str
    unit: str
    ours: Sample
    peers: dict[str, Sample]
    target: str
    met: bool
    note: str = ""
