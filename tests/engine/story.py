"""An engine in virtual time: the test scripts what a service exposes, and lets minutes pass."""

from collections.abc import Callable
from fractions import Fraction

from covet_sre.catalog.service import Service
from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.errors import Location
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.fakes import ScriptedSource
from covet_sre.slo.burn import multi_window_alerts
from covet_sre.slo.indicator import CounterRatio, Matcher, MatchOp, Selector
from covet_sre.slo.objective import Objective
from covet_sre.slo.window import RollingWindow
from covet_sre.store.memory import MemoryStore

HERE = Location("story.yaml", 1, 1)
START = 28_000_080  # a minute; its chunk began an hour and a half ago
TOTAL = Selector("requests_total", (Matcher("job", MatchOp.EQUAL, "api"),))
BAD = Selector("requests_total", (Matcher("code", MatchOp.MATCHES, "5.."), Matcher("job", MatchOp.EQUAL, "api")))
GOOD = Selector("requests_total", (Matcher("code", MatchOp.NOT_MATCHES, "5.."), Matcher("job", MatchOp.EQUAL, "api")))


def objective(name: str = "availability", target: str = "0.999", **changes: object) -> Objective:
    fields: dict[str, object] = {
        "name": name,
        "slo": name,
        "service": "api",
        "target": Fraction(target),
        "window": RollingWindow(43200),
        "indicator": CounterRatio("metrics", TOTAL, GOOD, None),
        "location": HERE,
        "alerts": multi_window_alerts(43200),
    } | changes
    return Objective(**fields)  # type: ignore[arg-type]


def declaration(*objectives: Objective, kind: SourceKind = SourceKind.PROMETHEUS) -> Declaration:
    source = DataSource("metrics", kind, ("http://127.0.0.1:9090",), HERE, interval_seconds=15)
    return Declaration((Service("api", "API", "", HERE),), (source,), objectives or (objective(),))


class Story:
    """A service with counters, scraped every 15 seconds; `minute()` lets one minute pass and ticks."""

    def __init__(self, declared: Declaration | None = None, store: MemoryStore | None = None) -> None:
        self.seconds = START * 60.0
        self.source = ScriptedSource()
        self.store = store or MemoryStore()
        self.declared = declared or declaration()
        self.counters: dict[tuple[str, str], int] = {("a:1", "200"): 0, ("a:1", "500"): 0}
        self.reading = True
        self.scrape(at=self.seconds - 7.5)
        self.start_engine()

    def start_engine(self) -> None:
        """As after a restart: a new engine over the same store."""
        self.answers = Answers(self.store, lambda: self.seconds)
        self.engine = Engine(
            self.store, lambda _: {"metrics": self.source}, lambda: self.seconds, _NoPacer(), self.answers.publish
        )
        self.answers.attach(self.engine)
        self.engine.declare(self.declared)
        self.engine.turn()

    def scrape(self, at: float | None = None) -> None:
        for (instance, code), value in self.counters.items():
            labels = {"__name__": "requests_total", "job": "api", "instance": instance, "code": code}
            self.source.add(labels, (self.seconds if at is None else at, value))

    def minute(self, good: int = 60, bad: int = 0, *, scraped: bool = True, instance: str = "a:1") -> None:
        """Events happen evenly; the scrapes of the minute see them; the tick follows."""
        for quarter in range(4):
            self.seconds += 7.5
            self.add(instance, "200", good * (quarter + 1) // 4 - good * quarter // 4)
            self.add(instance, "500", bad * (quarter + 1) // 4 - bad * quarter // 4)
            if scraped:
                self.scrape()
            self.seconds += 7.5
        if self.reading:
            self.engine.turn()

    def minutes(self, number: int, **events: int) -> None:
        for _ in range(number):
            self.minute(**events)

    def add(self, instance: str, code: str, events: int) -> None:
        key = (instance, code)
        self.counters[key] = self.counters.get(key, 0) + events

    @property
    def status(self):
        return self.answers.status(self.declared.objectives[0].name)

    def firing(self) -> set[str]:
        return {alert.alert.name for alert in self.status.firing}

    def until(self, holds: Callable[[], bool], most: int, **events: int) -> int:
        """Let minutes pass until something holds; how many it took."""
        for number in range(most):
            if holds():
                return number
            self.minute(**events)
        raise AssertionError(f"it did not come true in {most} minutes")


class _NoPacer:
    def wait(self, seconds: float, stop: object) -> bool:
        return False
