"""Whatever happens to services, sources, stores and engines: the ledger has the events that happened."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.errors import SourceUnreachable, StoreError, StoreFull
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.fakes import ScriptedSource
from covet_sre.ports import TickRecord
from covet_sre.slo.indicator import CounterRatio
from covet_sre.slo.minutes import MinuteEvents
from covet_sre.store.memory import MemoryStore
from tests.engine.story import BAD, GOOD, START, TOTAL, declaration, objective

INTERVAL = 15


class FickleStore(MemoryStore):
    """Refuses to record while `refusing`; with `lost_answer` it commits, and says that it did not."""

    def __init__(self) -> None:
        super().__init__()
        self.refusing: StoreError | None = None
        self.lost_answer = False

    def record(self, tick: TickRecord) -> None:
        if self.refusing is not None:
            raise self.refusing
        super().record(tick)
        if self.lost_answer:
            self.lost_answer = False
            raise StoreError("the connection was lost during a commit, and what became of it is unknown")

    def marks(self, source: str):
        if self.refusing is not None:
            raise self.refusing
        return super().marks(source)


@dataclass
class Process:
    """A process of a target: when it began and what it counted."""

    began: float
    counted: Counter[str] = field(default_factory=Counter)


class Play:
    """Two targets that a Prometheus scrapes, and an engine over it that may be away, restarted or refused."""

    def __init__(self, declared: Declaration) -> None:
        self.seconds = START * 60.0
        self.source = ScriptedSource()
        self.store = FickleStore()
        self.declared = declared
        self.processes: dict[str, Process] = {}
        self.seen: dict[str, Counter[str]] = {}
        self.happened: Counter[str] = Counter()
        self.fell: Counter[str] = Counter()
        for target in ("a:1", "b:1"):
            self.begin(target, self.seconds - 3600)
            self.processes[target].counted.update({"200": 100_000, "500": 100_000})
        for _ in range(8):
            self.seconds += INTERVAL
            self.scrape()
        self.start_engine()

    def begin(self, target: str, at: float) -> None:
        """A new process: what the old one counted since it was last scraped nobody will know."""
        if target in self.processes:
            self.fell.update(self.processes[target].counted - self.seen[target])
        # Known before the first event, as the SDK makes them.
        self.processes[target] = Process(at, Counter({"200": 0, "500": 0}))
        self.seen[target] = Counter()

    def scrape(self) -> None:
        for target, process in self.processes.items():
            place = {"job": "api", "instance": target}
            self.source.add({"__name__": "process_start_time_seconds", **place}, (self.seconds, process.began))
            for code, value in process.counted.items():
                self.source.add({"__name__": "requests_total", "code": code, **place}, (self.seconds, value))
            self.seen[target] = Counter(process.counted)

    def start_engine(self) -> None:
        self.answers = Answers(self.store, lambda: self.seconds)
        self.engine = Engine(
            self.store, lambda _: {"metrics": self.source}, lambda: self.seconds, _NoPacer(), self.answers.publish
        )
        self.answers.attach(self.engine)
        self.engine.declare(self.declared)
        self.turn()

    def turn(self) -> None:
        try:
            self.engine.turn()
        except StoreError as error:
            self.engine._note(error)

    def minute(self, events: dict[tuple[str, str], int], *, scraped: bool = True, ticked: bool = True) -> None:
        for quarter in range(4):
            self.seconds += INTERVAL / 2
            for (target, code), number in events.items():
                share = number * (quarter + 1) // 4 - number * quarter // 4
                self.processes[target].counted[code] += share
                self.happened[code] += share
            self.seconds += INTERVAL / 2 - 1
            if scraped:
                self.scrape()
            self.seconds += 1
        if ticked:
            self.turn()

    @property
    def truth(self) -> tuple[int, int]:
        known = self.happened - self.fell
        return known["500"], known["200"] + known["500"]

    def counted(self, position: int = 0) -> tuple[int, int]:
        budget = self.answers.statuses()[position].budget
        return (0, 0) if budget is None else tuple(budget.counts)


class _NoPacer:
    def wait(self, seconds: float, stop: object) -> bool:
        return False


def restart_service(play: Play) -> None:
    # A counter that starts again below seven eighths of what it showed is known to have started again; one that
    # caught up by the next scrape is not, and no reader of counters can tell.
    for target in ("a:1", "b:1"):
        if all(value == 0 or value > 3000 for value in play.seen[target].values()):
            play.begin(target, play.seconds + 1)
            return


def new_instance(play: Play) -> None:
    number = len(play.processes)
    play.begin(f"c:{number}", play.seconds + 3)


def away(play: Play) -> None:
    play.source.failure = SourceUnreachable("no connection") if play.source.failure is None else None


def full(play: Play) -> None:
    play.store.refusing = StoreFull("no space") if play.store.refusing is None else None


def lost(play: Play) -> None:
    play.store.lost_answer = True


def restart_engine(play: Play) -> None:
    play.start_engine()


def reload_files(play: Play) -> None:
    play.engine.declare(play.declared)
    play.turn()


ACTS: tuple[Callable[[Play], None], ...] = (
    restart_service,
    new_instance,
    away,
    full,
    lost,
    restart_engine,
    reload_files,
)
numbers = st.integers(0, 40)
minutes = st.tuples(
    st.fixed_dictionaries({("a:1", "200"): numbers, ("a:1", "500"): numbers, ("b:1", "200"): numbers}),
    st.sampled_from([(True, True)] * 6 + [(True, False)] * 2 + [(False, True)]),
    st.one_of(st.none(), st.none(), st.sampled_from(ACTS)),
)
DECLARED = declaration(
    objective("by-good", indicator=CounterRatio("metrics", TOTAL, GOOD, None)),
    objective("by-bad", indicator=CounterRatio("metrics", TOTAL, None, BAD)),
)


@settings(max_examples=60, deadline=None)
@given(story=st.lists(minutes, min_size=5, max_size=60))
def test_the_ledger_has_the_events_that_happened_and_no_others(story) -> None:
    play = Play(DECLARED)
    for events, (scraped, ticked), act in story:
        play.minute(events, scraped=scraped, ticked=ticked)
        if act is not None:
            act(play)
    # In the end everything works again, and pauses are used to look for what was missed.
    play.source.failure = play.store.refusing = None
    play.store.lost_answer = False
    for _ in range(3):
        play.minute({("a:1", "200"): 1})
    play.engine.fill_in_everything(lambda _done, _all: None)
    assert play.counted(0) == play.counted(1) == play.truth
    # And what is in memory is what a new engine finds in the store.
    play.start_engine()
    assert play.counted(0) == play.counted(1) == play.truth


@settings(max_examples=20, deadline=None)
@given(story=st.lists(minutes, min_size=20, max_size=60), missing=st.integers(0, 59))
def test_history_gives_the_same_minutes_as_having_been_there(story, missing) -> None:
    """One engine is up all the time, another begins in the end and reads the history of the same source."""
    play = Play(DECLARED)
    for number, (events, _, act) in enumerate(story):
        play.minute(events, scraped=number % 60 != missing)
        if act in (restart_service, new_instance):
            act(play)
    play.minute({("a:1", "200"): 5})
    late = Play(DECLARED)
    late.source, late.seconds = play.source, play.seconds
    late.store = FickleStore()
    late.start_engine()
    late.engine.fill_in_everything(lambda _done, _all: None)
    first = START + 3
    assert play.counted(0) == play.truth
    number = 0
    rows = [_rows(one.store.minutes(number, first, START + 100)) for one in (play, late)]
    assert rows[1] == rows[0]
    gaps = [
        {(g.start, g.end): (g.bad, g.total) for g in one.store.gaps(first) if g.start >= first} for one in (play, late)
    ]
    assert gaps[1] == gaps[0]
    # Reading the same history again adds nothing.
    late.start_engine()
    before = late.counted(0)
    late.engine.fill_in_everything(lambda _done, _all: None)
    assert late.counted(0) == before


def _rows(events: MinuteEvents) -> dict[int, tuple[int, int]]:
    return {
        minute: (bad, total)
        for minute, bad, total in zip(events.minutes.tolist(), events.bad.tolist(), events.total.tolist(), strict=True)
    }


def test_a_metric_that_an_added_slo_needs_is_not_counted_from_zero() -> None:
    """Its counters stood there for months; what they counted before is told by history, not by their value."""
    play = Play(declaration())
    labels = {"__name__": "jobs_total", "job": "api", "instance": "a:1"}
    for number in range(-200, 8):
        play.source.add(labels, (START * 60.0 + (number + 1) * INTERVAL, 1_000_000 + number))
    play.minute({("a:1", "200"): 4})
    play.minute({("a:1", "200"): 4})
    jobs = TOTAL.__class__("jobs_total", TOTAL.matchers)
    play.declared = declaration(
        objective(), objective("jobs", indicator=CounterRatio("metrics", jobs, None, jobs), target=str(Fraction(1, 2)))
    )
    play.engine.declare(play.declared)
    for number in range(8, 24):
        play.source.add(labels, (START * 60.0 + (number + 1) * INTERVAL, 1_000_000 + number))
    play.turn()
    play.minute({("a:1", "200"): 4})
    play.minute({("a:1", "200"): 4})
    assert play.counted(1)[1] < 100
