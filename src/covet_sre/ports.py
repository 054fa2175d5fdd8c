"""What we ask of the outside world, on one page."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from covet_sre.access.audit import Act, AuditEntry
from covet_sre.alerting.alert import Alert, Disposition
from covet_sre.alerting.silence import Silence
from covet_sre.budget.adjustment import Adjustment
from covet_sre.incident.changes import Changes, Kept
from covet_sre.incident.events import Entry
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Message, Outgoing, Receipt
from covet_sre.incident.records import Record
from covet_sre.slo.counting import SeriesSamples, Watermarks
from covet_sre.slo.indicator import Matcher
from covet_sre.slo.minutes import Chunk, GapEntry, MinuteEvents

Kind = TypeVar("Kind", bound=Record)


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong with a database or a backup. `where` is the part of it, as a person would name it."""

    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


Clock = Callable[[], float]
"""Seconds since the Unix epoch. The demo's runs faster than the wall's."""


class Pacer(Protocol):
    """How a thread waits, on the same clock that gives the timestamps."""

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait that many seconds of the clock, or until `stop` is set. Returns whether it is set."""
        ...


# ---------------------------------------------------------------- metrics in


@dataclass(frozen=True, slots=True)
class CounterQuery:
    """One metric name and the matchers that every wanted series shares."""

    metric: str
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class CounterAnswer:
    """Raw samples of one query, oldest first in each series. Warnings mean the answer may be partial."""

    query: CounterQuery
    series: Sequence[SeriesSamples]
    warnings: tuple[str, ...] = ()


class MetricSource(Protocol):
    """Raw counter samples and, where there is PromQL, values. Implementations: Prometheus API, scraper, fakes.

    All methods may raise SourceUnreachable or SourceMisanswered; then nothing of that answer is used.
    """

    def read(self, query: CounterQuery, start_seconds: float, end_seconds: float) -> CounterAnswer:
        """Every raw sample with start < timestamp <= end of the series that the query selects."""
        ...

    def evaluate(
        self, expression: str, start_minute: int, end_minute: int
    ) -> Sequence[tuple[Mapping[str, str], Mapping[int, float]]]:
        """A PromQL expression at each minute m, start <= m < end, evaluated at the minute's end.

        One (labels, minute -> value) per result series. Scraped sources raise SourceMisanswered: no PromQL there.
        """
        ...

    def process_starts(self, at_seconds: float) -> Mapping[tuple[str, str], float]:
        """`process_start_time_seconds` by target (job, instance), in seconds since the epoch."""
        ...

    def remarks(self) -> Sequence[str]:
        """What people should know although readings succeed: one of several targets is down, a value is odd."""
        ...

    def close(self) -> None: ...


# ---------------------------------------------------------------- the ledger


@dataclass(frozen=True, slots=True)
class TickRecord:
    """What one reading of the sources adds, written in one transaction: repeating it changes nothing.

    `marks` are all watermarks of each source that was read, by source name.
    `spent` are bad events by (stream id, hour, label, value), added to what is there.
    `end_minute` is the minute up to which (exclusive) the sources were read.
    """

    end_minute: int
    events: MinuteEvents
    gaps: Sequence[GapEntry]
    marks: Mapping[str, Watermarks]
    spent: Mapping[tuple[int, int, str, str], int]


@dataclass(frozen=True, slots=True)
class AlertTransition:
    """One change of an alert's state. `episode` is unique per firing."""

    objective: str
    alert: str
    severity: str
    state: str
    at_minute: int
    episode: str
    detail: Mapping[str, float | str | None]


class LedgerStore(Protocol):
    """Events by stream: by minute for 100 days, by quarter of an hour for 400.

    Implementations: SQLite, PostgreSQL, memory.
    """

    def stream_ids(self, keys: Sequence[str]) -> dict[str, int]:
        """The small whole number of each stream, made on first sight. Numbers are dense from 0."""
        ...

    def record(self, tick: TickRecord) -> None:
        """Commit one tick. Raises StoreFull or StoreError, and then nothing of it was written."""
        ...

    def last_read(self) -> int | None:
        """`end_minute` of the last committed tick."""
        ...

    def marks(self, source: str) -> Watermarks:
        """The watermarks of a source as they were last committed; empty for an unknown source."""
        ...

    def chunk(self, number: int, streams: int) -> Chunk:
        """The minutes of one chunk (see slo.minutes) for streams 0 to `streams` - 1, journal included."""
        ...

    def chunk_sums(self, first: int, last: int, streams: int) -> NDArray[np.int64]:
        """(bad, total, known minutes) over whole chunks first <= n < last, journal included: shape (3, streams)."""
        ...

    def minutes(self, stream: int, start: int, end: int) -> MinuteEvents:
        """One stream's minutes, start <= m < end, known ones only."""
        ...

    def quarters(self, stream: int, start: int, end: int) -> MinuteEvents:
        """One stream by quarters of an hour; `minutes` holds each quarter's first minute."""
        ...

    def gaps(self, start: int) -> list[GapEntry]:
        """Gap entries that end after `start`."""
        ...

    def spent(self, stream: int, start_hour: int, end_hour: int) -> dict[tuple[int, str, str], int]:
        """Bad events by (hour, label, value): who spent the budget."""
        ...

    def backfill(self, events: MinuteEvents, gaps: Sequence[GapEntry] = (), *, simulated: bool = False) -> None:
        """Write minutes that no tick has recorded: from history, or for a demo (marked as simulated).

        In one transaction; minutes that are known already keep what they have.
        """
        ...

    def record_spent(self, spent: Mapping[tuple[int, int, str, str], int]) -> None:
        """Add bad events by (stream id, hour, label, value), for history."""
        ...

    def known_from(self, streams: int) -> NDArray[np.int64]:
        """The earliest known minute of each stream, or -1."""
        ...

    def simulated_until(self) -> int | None:
        """The minute up to which the history is simulated, None when nothing is."""
        ...

    def fold(self, before_minute: int) -> int:
        """Pack the journal older than `before_minute` into blocks and quarters; drop what is past its keeping.

        Returns the number of rows folded.
        """
        ...


class AlertStore(Protocol):
    """Alert states survive a restart: a restart never repeats an alert."""

    def alert_states(self) -> dict[tuple[str, str], AlertTransition]:
        """The last transition of each (objective, alert)."""
        ...

    def record_transitions(self, transitions: Sequence[AlertTransition]) -> None: ...

    def transitions(self, objective: str | None, start_minute: int, limit: int) -> list[AlertTransition]:
        """Newest first."""
        ...


class AdjustmentStore(Protocol):
    """Exclusions and corrections of counts, with author and reason; never deleted, only revoked."""

    def add_adjustment(self, adjustment: Adjustment) -> Adjustment: ...

    def revoke_adjustment(self, identity: int, author: str, reason: str, at_minute: int) -> Adjustment: ...

    def adjustments(self, slo: str | None = None) -> list[Adjustment]: ...


# ---------------------------------------------------------------- alerts in, incidents, notifications out


@dataclass(frozen=True, slots=True)
class Once:
    """By what a delivery is known again when it comes again, and until when it must be."""

    identity: str
    until: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as it came in, kept before it is answered. `source` says how its body is to be read.

    `received_at` is in seconds since the epoch. `actor` is who sent it, as far as is known. `note` is what the door
    knows beside the body: a group's key, a header that counts. One with `once` is kept once for each source.
    """

    source: str
    body: bytes
    received_at: float
    actor: str = ""
    note: str = ""
    once: Once | None = None


KEPT_BEFORE = 0
"""Instead of a number: the same delivery was kept before, and nothing was added."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An arrival that is not disposed of yet. `number` grows with each; `tries` are failures to make sense of it."""

    number: int
    arrival: Arrival
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Disposed:
    """What was made of one arrival: of each alert in it, by key, exactly one disposition; or of one command.

    `answer` is what a command gave (the identity of what it made), `refusal` why it was refused. `quarantined` is why
    nothing could be made of it, after three tries.
    """

    number: int
    alerts: Sequence[tuple[str, Disposition]] = ()
    answer: str = ""
    refusal: str = ""
    quarantined: str = ""


@dataclass(frozen=True, slots=True)
class DisposedArrival:
    """An arrival with what was made of it, for people who ask; None while it waits."""

    waiting: Waiting
    disposed: Disposed | None
    disposed_at: float | None


class InboxStore(Protocol):
    """What arrived: committed before anybody is told that it was accepted."""

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[int]:
        """Keep all of them in one transaction; their numbers, in order, or KEPT_BEFORE.

        Raises StoreFull or StoreError: then none is kept.
        """
        ...

    def accept_soon(self, arrival: Arrival, answered: Callable[[int | None, Exception | None], None]) -> None:
        """Keep one, together with whatever else arrives meanwhile; `answered` is called on the writer's thread.

        It is given the number (or KEPT_BEFORE) after the commit, or the error. Raises StoreBusy where too many wait.
        """
        ...

    def waiting(self, limit: int) -> Sequence[Waiting]:
        """The oldest that are not disposed of, by their state and never by a cursor: numbers commit out of order."""
        ...

    def waiting_count(self) -> int: ...

    def tried(self, number: int) -> int:
        """Note that making sense of one failed; how often it has by now."""
        ...

    def disposed(self, numbers: Sequence[int]) -> Mapping[int, Disposed]:
        """What was made of these, as far as they are disposed of."""
        ...

    def arrivals(self, before: int | None, limit: int) -> Sequence[DisposedArrival]:
        """The newest first, those before a number."""
        ...

    def forget_arrivals(self, before: float) -> int:
        """Drop what was disposed of before a time, so many at once that nobody waits long; how many it was."""
        ...


class DeskStore(Protocol):
    """What lies on the desk, and what has left it."""

    def kept(self, now: float) -> Kept:
        """Everything that a desk is laid out from: see Kept."""
        ...

    def write(self, changes: Changes, disposed: Sequence[Disposed], now: float, holder: str) -> None:
        """Write all of it in one transaction, if `holder` still holds the lease of the desk.

        Raises StoreBusy when another server does, StoreFull or StoreError; then nothing of it was written, or it is
        unknown whether it was (StoreError): the desk must then be laid out anew.
        """
        ...

    def acquire_desk(self, holder: str, now: float, ttl_seconds: float) -> bool:
        """Take or renew the right to decide; False while another server holds it."""
        ...

    def incidents(
        self, *, is_open: bool | None, service: str, severity: str, before: str | None, limit: int
    ) -> Sequence[Incident]:
        """The newest first (by identity's date and number), those before an identity."""
        ...

    def find_incident(self, identity: str) -> Incident | None: ...

    def timeline(self, identity: str) -> Sequence[Entry]:
        """All entries of an incident, in order."""
        ...

    def alerts(
        self, *, firing: bool | None, incident: str, service: str, after: str | None, limit: int
    ) -> Sequence[Alert]:
        """By key, those after a key."""
        ...

    def silences(self, ended_after: float) -> Sequence[Silence]:
        """All that have not ended before a time, by their start."""
        ...

    def notifications(self, incident: str | None, target: str | None, limit: int) -> Sequence[Outgoing]:
        """Of an incident, to a target, or all: the newest first."""
        ...

    def delivered(self, since: float, limit: int) -> Sequence[Outgoing]:
        """What asked people and reached them, due since a time: the newest first."""
        ...


class RecordStore(Protocol):
    """Single things by kind and identity, and the audit record of who changed what."""

    def find_record(self, kind: type[Kind], identity: str) -> Kind | None: ...

    def records(self, kind: type[Kind], over_after: float | None = None) -> Sequence[Kind]:
        """All of a kind by identity, or those that still mattered at a time."""
        ...

    def change_record(
        self, kind: type[Kind], identity: str, change: Callable[[Kind | None], Kind | None], act: Act | None
    ) -> Kind | None:
        """Put what `change` makes of the record, and the act into the audit record, in one transaction; what it is now.

        `change` may be called again, and must only compute. It is given None where there is no such record, and
        gives None to delete it. What it raises is raised, and nothing has changed then.
        """
        ...

    def forget_records(self, kind: type[Kind], over_before: float) -> int:
        """Delete those that matter no more since before a time; how many it was."""
        ...

    def audit(self, act: Act) -> None:
        """Add an act to the audit record by itself."""
        ...

    def audit_entries(self, after: int, limit: int) -> Sequence[AuditEntry]:
        """Those after a position, in order."""
        ...

    def audit_head(self) -> AuditEntry | None:
        """The last entry; None for an empty record."""
        ...


# ---------------------------------------------------------------- who it is


class PasswordHasher(Protocol):
    """Slow on purpose, and only a few at a time: many sign-ins at once must not take the processor from alerts."""

    def hashed(self, password: str) -> str: ...

    def fits(self, kept: str, password: str) -> bool:
        """Whether it is the password of that hash. As slow for a hash that nobody has."""
        ...


class Notifier(Protocol):
    """One notification target, opened. Implementations: PagerDuty, Slack, e-mail, webhook, tickets, GitHub, Jira."""

    def send(self, message: Message) -> Receipt:
        """One attempt, at most 10 s long. It raises nothing: what went wrong stands in the receipt."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """What a browser is sent away with, and what must be remembered until it comes back: for ten minutes, once."""

    address: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """Who somebody is, as their provider proved. Issuer and subject together never change, and are nobody else's."""

    issuer: str
    subject: str
    name: str
    email: str
    email_verified: bool
    groups: tuple[str, ...]


class IdentityProvider(Protocol):
    """Signing in elsewhere. Implementation: OpenID Connect. Each call may take 5 s: not on an event loop."""

    def begin(self, redirect_address: str, entropy: Callable[[int], bytes]) -> SignInRequest:
        """`entropy` gives that many random bytes. Raises SignInRefused."""
        ...

    def finish(
        self, request: SignInRequest, redirect_address: str, parameters: Mapping[str, str], now: float
    ) -> ProvenIdentity:
        """`parameters` are those that the browser came back with. A request is used up by this, whatever comes of it.

        Raises SignInRefused.
        """
        ...


class Outbound(Protocol):
    """What people typed an address of: calendars, webhooks of subscribers. It leads to the public internet alone, but
    for what the operator allows (docs/outbound.md).
    """

    def look_at(self, url: str) -> str:
        """The same address, fit to be kept. Raises Refused, without a look-up: it is judged again at every use."""
        ...

    def fetch(self, url: str, most_bytes: int) -> bytes:
        """What stands there, within 5 s; no redirect is followed. Raises Refused, SourceError."""
        ...


# ---------------------------------------------------------------- all of it


class Store(LedgerStore, AlertStore, AdjustmentStore, InboxStore, DeskStore, RecordStore, Protocol):
    """All of it, as one database keeps it. Every method may raise StoreError; after a failed write nothing of it was
    written, unless the error says that this is unknown.
    """

    def writable(self) -> str | None:
        """Why the last write failed; None when it did not. Every write tries anew."""
        ...

    def acquire_lease(self, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        """Take or renew the right to record, backfill and fold; False while another server holds it.

        PostgreSQL decides by its own clock, and refuses what a process writes after it lost the lease (StoreBusy).
        """
        ...

    def close(self) -> None: ...
