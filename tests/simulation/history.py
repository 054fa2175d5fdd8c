"""What happened in one world, as its checkers read it.

Times are the world's own, in seconds; engines may have other clocks. Timelines and documents carry the engines' times.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.report import Report
from covet_sre.alerting.silence import Silence
from covet_sre.incident.events import Entry
from covet_sre.incident.facts import Command
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Outcome, Outgoing, Purpose
from covet_sre.oncall.directory import Directory
from covet_sre.ports import Disposed


@dataclass(slots=True)
class Accepted:
    """A delivery or a command that was answered with 2xx at `at`; `answered` is when a command's outcome was told."""

    number: int
    at: float
    reports: tuple[Report, ...] = ()
    command: Command | None = None
    poison: bool = False
    answered: float = inf
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Committed:
    """One transaction that was applied. `lawful` is whether its writer held the lease by the world's own books."""

    at: float
    engine: str
    lawful: bool
    entries: tuple[Entry, ...]
    disposed: tuple[Disposed, ...]
    outgoing: tuple[Outgoing, ...]


@dataclass(slots=True)
class Attempt:
    """One attempt on the wire. `outcome` is what the sender was told, None where nothing came back; `took` is whether
    the target took it. `claimed_at` is when its claim was committed, infinite where it never was."""

    key: str
    row: Outgoing
    engine: str
    claimed_at: float
    began: float
    took: bool = False
    outcome: Outcome | None = None
    heard_at: float = inf

    @property
    def asks(self) -> bool:
        return self.row.purpose is Purpose.TRIGGER


@dataclass(frozen=True, slots=True)
class Span:
    """One engine ran from `start` to `end`, the store answered, and nothing was done to it or to who decided."""

    engine: str
    start: float
    end: float


@dataclass(slots=True)
class Ending:
    """What the store keeps at the end."""

    alerts: Mapping[str, Alert] = field(default_factory=dict[str, Alert])
    incidents: Mapping[str, Incident] = field(default_factory=dict[str, Incident])
    timelines: Mapping[str, Sequence[Entry]] = field(default_factory=dict[str, Sequence[Entry]])
    outgoing: Mapping[str, Outgoing] = field(default_factory=dict[str, Outgoing])
    silences: Mapping[str, Silence] = field(default_factory=dict[str, Silence])
    waiting: Sequence[int] = ()


@dataclass(slots=True)
class History:
    """`clock_grace` is how far engines' clocks ever were from each other and from where they had been."""

    seed: int
    directory: Directory
    accepted: dict[int, Accepted] = field(default_factory=dict[int, Accepted])
    commits: list[Committed] = field(default_factory=list[Committed])
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    spans: list[Span] = field(default_factory=list[Span])
    pauses: list[tuple[str, float, float]] = field(default_factory=list[tuple[str, float, float]])
    faults: Counter[str] = field(default_factory=Counter[str])
    told: list[str] = field(default_factory=list[str])
    stumbles: list[str] = field(default_factory=list[str])
    two_holders: list[str] = field(default_factory=list[str])
    events: int = 0
    turns: int = 0
    started: float = 0.0
    ended: float = 0.0
    clock_grace: float = 0.0
    ending: Ending = field(default_factory=Ending)

    def tell(self, at: float, who: str, what: str) -> None:
        """One line of the trace."""
        self.told.append(f"{at - self.started:12.3f}  {who:<12} {what}")

    def by_when(self, since: float, seconds: float = 30.0) -> float:
        """By when something that was there `since` must have been done: an engine had run for so long on end."""
        wanted = seconds + self.clock_grace
        return min(
            (max(span.start, since) + wanted for span in self.spans if span.end - max(span.start, since) >= wanted),
            default=inf,
        )

    def outages(self, at_least: float) -> list[tuple[float, float]]:
        """When no engine ran, for so long or longer."""
        found: list[tuple[float, float]] = []
        until = self.started
        for span in sorted(self.spans, key=lambda span: span.start):
            if span.start - until >= at_least:
                found.append((until, span.start))
            until = max(until, span.end)
        return found

    def leads(self) -> dict[str, set[str]]:
        """The notifications that carried each, in a storm."""
        found: dict[str, set[str]] = {}
        for commit in self.commits:
            for outgoing in commit.outgoing:
                if outgoing.lead:
                    found.setdefault(outgoing.key, set()).add(outgoing.lead)
        return found

    def digest(self) -> str:
        """The whole history, as a hash: the same seed gives the same."""
        digest = hashlib.sha256("\n".join(self.told).encode())
        for identity, entries in sorted(self.ending.timelines.items()):
            digest.update(f"{identity} {[entry.digest for entry in entries]}".encode())
        for key, outgoing in sorted(self.ending.outgoing.items()):
            digest.update(f"{key} {outgoing.delivery} {outgoing.tries}".encode())
        return digest.hexdigest()
