"""Silences and maintenance windows: who keeps which alerts quiet, until when, and why."""

from dataclasses import dataclass
from enum import StrEnum

from covet_sre.alerting.labels import Labels
from covet_sre.alerting.matchers import LabelMatcher, matches_all, problem_of
from covet_sre.errors import Refused


class SilenceKind(StrEnum):
    SILENCE = "silence"
    MAINTENANCE = "maintenance"


class SilenceState(StrEnum):
    """Alertmanager's words."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Silence:
    """Times are seconds since the epoch; it holds from `starts_at` until just before `ends_at`."""

    identity: str
    matchers: tuple[LabelMatcher, ...]
    starts_at: float
    ends_at: float
    author: str
    reason: str
    updated_at: float
    kind: SilenceKind = SilenceKind.SILENCE

    def state(self, now: float) -> SilenceState:
        if now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.ACTIVE if now >= self.starts_at else SilenceState.PENDING

    def silences(self, labels: Labels, now: float) -> bool:
        return self.state(now) is SilenceState.ACTIVE and matches_all(self.matchers, labels)


def check_silence(silence: Silence, now: float) -> None:
    """Raises Refused for a silence that would silence everything, nothing, or nobody knows why."""
    for matcher in silence.matchers:
        if problem := problem_of(matcher):
            raise Refused(problem, remedy="mend the matcher")
    if not any(not matcher.matches(()) for matcher in silence.matchers):
        raise Refused("its matchers would match every alert", remedy="name at least one label with a value")
    if silence.ends_at <= silence.starts_at:
        raise Refused("it ends before it starts", remedy="set an end after the start")
    if silence.ends_at <= now:
        raise Refused("it ends in the past", remedy="set an end in the future")
    if not silence.author.strip() or not silence.reason.strip():
        raise Refused("who silences, and why, is missing", remedy="give the author and the reason")
