"""What an instrumentation exposes, in the words that reliability files need."""

from dataclasses import dataclass
from fractions import Fraction

from covet_sre.slo.indicator import Matcher, MatchOp

NOT_SERVER_ERRORS = Fraction(999, 1000)
FAST_ENOUGH = Fraction(95, 100)

WHY_5XX = "Bad is what the service itself got wrong: a status of 5xx. What clients got wrong (4xx) is no failure of it."
_WHY_ALL_ARE_TIMED = "Every request is timed, failed ones included: a fast failure is fast."


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Events told apart by a label: an availability objective.

    `requires` are labels that a series must have to be of this kind, beside that of `told_by`, which selects the bad
    events (the good ones with `good`). `within` narrows further.
    `blame` are labels worth a breakdown, the best first. `why` says what counts as bad and why, for the comment;
    `good_ones` ends the sentence "share of events that".
    """

    suffix: str
    title: str
    events: str
    metric: str
    told_by: Matcher
    why: str
    requires: tuple[str, ...] = ()
    within: tuple[Matcher, ...] = ()
    blame: tuple[str, ...] = ()
    good: bool = False
    good_ones: str = "are answered without an error of the service"
    usual_target: Fraction = NOT_SERVER_ERRORS

    @property
    def selecting(self) -> tuple[Matcher, ...]:
        """What tells these series from others of the same name."""
        return (
            *self.within,
            *(Matcher(label, MatchOp.NOT_EQUAL, "") for label in (*self.requires, self.told_by.label)),
        )


@dataclass(frozen=True, slots=True)
class Durations:
    """A histogram: a latency objective at one of its bounds. `histogram` is the name without `_bucket`."""

    suffix: str
    title: str
    events: str
    histogram: str
    milliseconds: bool = False
    requires: tuple[str, ...] = ()
    within: tuple[Matcher, ...] = ()
    blame: tuple[str, ...] = ()
    why: str = ""
    usual_target: Fraction = FAST_ENOUGH

    @property
    def metric(self) -> str:
        return f"{self.histogram}_bucket"

    @property
    def selecting(self) -> tuple[Matcher, ...]:
        """What tells these series from others of the same name."""
        return (*self.within, *(Matcher(label, MatchOp.NOT_EQUAL, "") for label in self.requires))


Kind = Outcomes | Durations


@dataclass(frozen=True, slots=True)
class Instrumentation:
    """One way in which services expose what happens.

    `service_labels` name the service, the best first; all that a series has belong to its identity. Values in
    `says_nothing` are defaults that name no service. Of kinds with the same suffix the first that is found counts.
    `remarks` are for the head of the file.
    """

    slug: str
    name: str
    kinds: tuple[Kind, ...]
    service_labels: tuple[str, ...] = ("job",)
    says_nothing: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Insufficient:
    """A metric that people expect to be enough and that is not, with the reason and a way out."""

    metric: str
    reason: str
    remedy: str


def matches(label: str, pattern: str) -> Matcher:
    """`label=~"pattern"`"""
    return Matcher(label, MatchOp.MATCHES, pattern)


def equals(label: str, value: str) -> Matcher:
    """`label="value"`"""
    return Matcher(label, MatchOp.EQUAL, value)


def http_availability(
    metric: str, status: str, requires: tuple[str, ...], blame: tuple[str, ...], within: tuple[Matcher, ...] = ()
) -> Outcomes:
    """Requests by HTTP status, those of 5xx bad."""
    return Outcomes(
        suffix="availability",
        title="availability",
        events="requests",
        metric=metric,
        told_by=matches(status, "5.."),
        why=WHY_5XX,
        requires=requires,
        within=within,
        blame=blame,
    )


def http_latency(
    histogram: str,
    requires: tuple[str, ...] = (),
    blame: tuple[str, ...] = (),
    within: tuple[Matcher, ...] = (),
    *,
    milliseconds: bool = False,
) -> Durations:
    """Durations of HTTP requests."""
    return Durations(
        suffix="latency",
        title="latency",
        events="requests",
        histogram=histogram,
        milliseconds=milliseconds,
        requires=requires,
        within=within,
        blame=blame,
        why=_WHY_ALL_ARE_TIMED,
    )
