"""Readings to counts, against the plainest model: processes that count events, and scrapes that see them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from covet_sre.slo.counting import (
    Circumstances,
    Counted,
    SeriesSamples,
    Watermarks,
    count,
    estimate_interval,
    series_key,
    target_of,
)

START = 1_700_000_000  # seconds; 20 seconds into a minute
INTERVAL = 15
CODES = ("200", "404", "500")
SEEN_FIRST_SECONDS = 120


@dataclass
class World:
    """Targets whose processes count events and are scraped: what is visible, and what truly happened.

    `samples` is what a source keeps: (target, code) -> [(timestamp, value)]. `fell` are events that nobody can know
    of: they happened after the last scrape of a process that then died.
    """

    samples: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    scrapes: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    starts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    happened: Counter[tuple[str, str]] = field(default_factory=Counter)
    fell: Counter[tuple[str, str]] = field(default_factory=Counter)
    before_first_sight: Counter[tuple[str, str]] = field(default_factory=Counter)

    def live(self, target: str, steps: list[tuple[str, dict[str, int]]]) -> None:
        """One step an interval: events first, then a scrape ("seen"), a failed one ("missed"), or a new process."""
        process: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        is_old = True
        now = float(START)
        for kind, events in steps:
            now += INTERVAL
            if kind == "restart":
                for code, value in process.items():
                    self.fell[target, code] += value - seen[code]
                process, seen, is_old = Counter(), Counter(), False
                self.starts[target].append(now - INTERVAL + 1)
            for code, number in events.items():
                # A child that counts nothing yet is exposed as 0 from its birth on.
                process[code] += number
                self.happened[target, code] += number
            if kind != "missed":
                if not self.scrapes[target] and is_old:
                    self.before_first_sight.update({(target, code): value for code, value in process.items()})
                self.scrapes[target].append(now)
                seen = Counter(process)
                for code, value in process.items():
                    self.samples[target, code].append((now, value))
        for code, value in process.items():
            self.fell[target, code] += value - seen[code]

    def labels(self, target: str, code: str) -> dict[str, str]:
        return {"__name__": "requests_total", "job": "shop", "instance": target, "code": code}

    def read(self, start: float, end: float) -> list[SeriesSamples]:
        """As a source answers: start < t <= end."""
        found = []
        for (target, code), samples in self.samples.items():
            inside = [sample for sample in samples if start < sample[0] <= end]
            if inside:
                found.append(SeriesSamples(self.labels(target, code), inside))
        return found

    def processes(self, start: float, end: float) -> list[SeriesSamples]:
        """`process_start_time_seconds`, which every scrape shows, whatever else it shows."""
        shown = []
        for target, scrapes in self.scrapes.items():
            begun = [START - 1000.0, *self.starts[target]]
            inside = [(at, max(b for b in begun if b <= at)) for at in scrapes if start < at <= end]
            if inside:
                labels = {"__name__": "process_start_time_seconds", "job": "shop", "instance": target}
                shown.append(SeriesSamples(labels, inside))
        return shown

    @property
    def end(self) -> float:
        return max((times[-1] for times in self.scrapes.values() if times), default=START) + 1

    def detectable(self) -> bool:
        """Whether each new process is first seen with less than seven eighths of what the last one showed."""
        for (target, _), samples in self.samples.items():
            for (earlier, old), (later, new) in pairwise(samples):
                restarted = any(earlier < start <= later for start in self.starts[target])
                if restarted and new > old * 7 / 8 and not (new == old == 0):
                    return False
        return True


class Reader:
    """Reads a world as the engine does: each time a stretch that overlaps the last."""

    def __init__(self, world: World, marks: Watermarks | None = None) -> None:
        self.world = world
        self.marks = marks or Watermarks()
        self.since: float | None = None
        self.from_ = START - 1.0
        self.minutes: Counter[tuple[str, int]] = Counter()
        self.gaps: Counter[tuple[str, int, int]] = Counter()
        self.covered: dict[str, set[int]] = defaultdict(set)
        self.outcomes: list[Counted] = []
        self.rhythms: set[float] = set()

    def read(self, end: float, overlap: float = SEEN_FIRST_SECONDS) -> None:
        start = START - 1.0 if self.since is None else self.since - overlap
        read, processes = self.world.read(start, end), self.world.processes(start, end)
        starts = {target_of(one.labels): float(one.samples[0][1]) for one in processes}
        circumstances = Circumstances(INTERVAL, self.from_, starts, watched_from_seconds=self.from_)
        outcome = count(read, self.marks, circumstances, [*read, *processes])
        for series in outcome.series:
            self.minutes.update({(series.key, minute): events for minute, events in series.minutes.items()})
            self.gaps.update({(series.key, low, high): events for low, high, events in series.gaps})
            for low, high in series.covered:
                self.covered[series.key] |= set(range(low, high + 1))
        self.outcomes.append(outcome)
        self.rhythms |= set(circumstances.rhythms.values())
        self.since = end

    def counted(self, world: World) -> dict[tuple[str, str], int]:
        totals: Counter[str] = Counter()
        for (key, _), events in self.minutes.items():
            totals[key] += events
        for (key, _, _), events in self.gaps.items():
            totals[key] += events
        return {place: totals[series_key(world.labels(*place))] for place in world.samples}


events = st.dictionaries(st.sampled_from(CODES), st.integers(0, 40), max_size=3)
kinds = st.sampled_from(["seen"] * 8 + ["missed"] * 2 + ["restart"])
lives = st.lists(st.tuples(kinds, events), min_size=1, max_size=50)
worlds = st.lists(lives, min_size=1, max_size=3)


SEEN_AND_MISSED: list[tuple[str, dict[str, int]]] = [
    (kind, {}) for kind in ("seen", "seen", "missed", "seen", "missed", "missed")
]


def made(described: list[list[tuple[str, dict[str, int]]]]) -> World:
    world = World()
    for number, steps in enumerate(described):
        world.live(f"t{number}", steps)
    return world


@settings(max_examples=200, deadline=None)
@given(described=worlds)
def test_every_event_that_a_scrape_could_see_is_counted_once(described) -> None:
    world = made(described)
    assume(world.detectable())
    reader = Reader(world)
    reader.read(world.end)
    for place, counted in reader.counted(world).items():
        truth = world.happened[place] - world.fell[place] - world.before_first_sight[place]
        assert counted == truth, place


@settings(max_examples=200, deadline=None)
@given(described=worlds, cuts=st.lists(st.integers(1, 60 * INTERVAL), max_size=12), repeat=st.booleans())
@example(described=[[*SEEN_AND_MISSED, ("missed", {"200": 1}), ("seen", {}), ("seen", {})]], cuts=[120], repeat=False)
def test_splitting_readings_in_any_way_gives_the_same_counts(described, cuts, repeat) -> None:
    world = made(described)
    whole, split = Reader(world), Reader(world)
    whole.read(world.end)
    for cut in sorted(cuts):
        if START + cut < world.end:
            split.read(START + cut)
            if repeat:
                split.read(START + cut)
    split.read(world.end)
    assert split.counted(world) == whole.counted(world)
    # From what is a gap depends on the target's rhythm. A short reading with many missed scrapes takes the target for
    # a slow one, and counts in a minute what a longer reading counts as a gap's; nothing is lost or doubled by that.
    if max(split.rhythms | whole.rhythms, default=INTERVAL) <= INTERVAL:
        assert split.minutes == whole.minutes
        assert split.gaps == whole.gaps
        assert split.covered == whole.covered
    assert sum(one.resets for one in split.outcomes) == whole.outcomes[0].resets
    assert sum(one.births for one in split.outcomes) == whole.outcomes[0].births


@settings(max_examples=100, deadline=None)
@given(described=worlds, again=st.floats(0, 3600))
def test_reading_twice_changes_nothing(described, again) -> None:
    world = made(described)
    reader = Reader(world)
    reader.read(world.end)
    before = (Counter(reader.minutes), Counter(reader.gaps), list(reader.marks.timestamps), list(reader.marks.values))
    reader.read(world.end, overlap=again)
    assert (reader.minutes, reader.gaps, reader.marks.timestamps, reader.marks.values) == before
    assert not any(series.minutes for series in reader.outcomes[-1].series)


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(
        st.one_of(st.integers(0, 10**6).map(float), st.sampled_from([float("nan"), float("inf"), -1.0, "x", "NaN"])),
        min_size=1,
        max_size=40,
    )
)
def test_what_no_counter_can_hold_is_left_out_and_the_rest_is_a_plain_walk(values) -> None:
    """The rule itself, written out once more: a decrease is a reset unless it is smaller than an eighth."""
    labels = {"__name__": "requests_total", "job": "shop", "instance": "t"}
    samples = [(START + n * INTERVAL, value) for n, value in enumerate(values)]
    expected, high = 0, None
    for value in values:
        if isinstance(value, str) or not 0 <= value < float("inf"):
            continue
        if high is None:
            high = value
        elif value >= high:
            expected, high = expected + value - high, value
        elif value <= high * 7 / 8:
            expected, high = expected + value, value
    outcome = count([SeriesSamples(labels, samples)], Watermarks(), Circumstances(INTERVAL))
    counted = sum(sum(one.minutes.values()) + sum(gap[2] for gap in one.gaps) for one in outcome.series)
    assert counted == expected
    sane = sum(not isinstance(value, str) and 0 <= value < float("inf") for value in values)
    if sane:
        # What stands before the first sane sample is no beginning, and is not walked over.
        first = next(n for n, v in enumerate(values) if not isinstance(v, str) and 0 <= v < float("inf"))
        assert outcome.quarantined == len(values) - sane - first


@settings(max_examples=100, deadline=None)
@given(described=lives, swaps=st.lists(st.booleans(), min_size=1, max_size=60), phase=st.integers(1, 14))
def test_a_pair_of_replicas_counts_as_one_whichever_is_heard(described, swaps, phase) -> None:
    """Both replicas scrape the same target, a few seconds apart; each reading may lack one of them."""
    world = made([[("seen", dict.fromkeys(CODES, 3)), *described]])
    assume(world.detectable() and not world.starts["t0"])
    marks, counted, since = Watermarks(), 0, None
    end = START + 2.0 * INTERVAL
    for swap in swaps:
        end += 4 * INTERVAL
        start = START - 1 if since is None else since - SEEN_FIRST_SECONDS
        series = []
        for replica, shift in (("a", 0.0), ("b", float(phase))):
            if replica == "b" or not swap or since is None:
                for one in world.read(start - shift, end - shift):
                    moved = [(timestamp + shift, value) for timestamp, value in one.samples]
                    series.append(SeriesSamples({**one.labels, "replica": replica}, moved))
        outcome = count(series, marks, Circumstances(INTERVAL, START - 1.0, {}, ("replica",), START - 1.0))
        assert outcome.births == 0
        counted += sum(sum(one.minutes.values()) + sum(gap[2] for gap in one.gaps) for one in outcome.series)
        since = end
    at_first = 3 * len(CODES)
    shown = {t: sum(v for one in world.samples.values() for at, v in one if at == t) for t in world.scrapes["t0"]}
    by_b = max(value for t, value in shown.items() if t + phase <= end)
    by_any = max(value for t, value in shown.items() if t <= end)
    assert by_b - at_first <= counted <= by_any - at_first


def test_a_metric_that_is_read_for_the_first_time_beside_one_that_was_read_before_is_not_born_then() -> None:
    """Another metric's earlier scrape says nothing about this one: its counters stood there all the time."""
    old = SeriesSamples({"__name__": "a_total", "job": "shop", "instance": "t"}, [(START, 5), (START + 15, 6)])
    new = SeriesSamples(
        {"__name__": "b_total", "job": "shop", "instance": "t"}, [(START + 15, 1000), (START + 30, 1001)]
    )
    circumstances = Circumstances(INTERVAL, watched_from_seconds=START + 1)
    outcome = count([new], Watermarks(), circumstances, [old, new])
    assert outcome.births == 0
    assert sum(outcome.series[0].minutes.values()) == 1


def test_a_child_born_during_a_scrape_gap_counts_from_zero() -> None:
    """Its target was read before the gap, so everything it shows after the gap happened in the gap."""
    world = World()
    steps = [("seen", {"200": 5})] * 8 + [("missed", {"200": 1})] * 20 + [("missed", {"500": 7})] + [("seen", {})] * 4
    world.live("t", steps)
    reader = Reader(world)
    for minute in range(1, 10):
        reader.read(START + minute * 60)
    assert reader.counted(world)["t", "500"] == 7
    assert [events for (key, _, _), events in reader.gaps.items() if '"500"' in key] == [7]


def test_a_target_that_is_scraped_less_often_than_most_has_no_gaps() -> None:
    quick = [(START + n * 15.0, float(n)) for n in range(80)]
    slow = [(START + n * 60.0, float(n)) for n in range(20)]
    series = [
        SeriesSamples({"__name__": "a_total", "job": "quick", "instance": "q"}, quick),
        SeriesSamples({"__name__": "a_total", "job": "slow", "instance": "s"}, slow),
    ]
    circumstances = Circumstances(estimate_interval(series, 60.0))
    assert circumstances.interval_seconds == 15
    outcome = count(series, Watermarks(), circumstances)
    assert [one.gaps for one in outcome.series] == [[], []]
    # It is remembered: a single further sample is enough to know.
    marks = Watermarks()
    count(series, marks, circumstances)
    later = [SeriesSamples(series[1].labels, [(START + 20 * 60.0, 20.0)])]
    assert count(later, marks, circumstances).series[0].gaps == []
    after_a_gap = [SeriesSamples(series[1].labels, [(START + 30 * 60.0, 30.0)])]
    assert len(count(after_a_gap, marks, circumstances).series[0].gaps) == 1


def test_an_idle_series_that_its_exporter_hides_makes_no_gap_while_its_target_is_read() -> None:
    target = {"job": "shop", "instance": "t"}
    always = SeriesSamples({"__name__": "up_total", **target}, [(START + n * 15.0, float(n)) for n in range(81)])
    hidden = SeriesSamples({"__name__": "a_total", **target}, [(START, 3.0), (START + 1200.0, 5.0)])
    outcome = count([hidden], Watermarks(), Circumstances(INTERVAL), [always, hidden])
    assert outcome.series[0].gaps == []
    assert sum(outcome.series[0].minutes.values()) == 2
