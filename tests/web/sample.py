"""A sample installation in memory: every state that a page can show, computed from made-up minutes of events."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from covet_sre.budget.adjustment import Adjustment, AdjustmentKind
from covet_sre.budget.policy import HANDBOOK_POLICY
from covet_sre.budget.status import (
    AlertState,
    AlertStatus,
    Budget,
    BurnWord,
    Forecast,
    ObjectiveStatus,
    State,
    WindowStatus,
)
from covet_sre.catalog.service import Service
from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.errors import Finding, Level, Location, NotFound, Refused
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.reading import (
    AdjustmentRequest,
    ClockView,
    Fault,
    GoldenSignals,
    History,
    MeasuredStream,
    Problem,
    Signal,
    SignalName,
    SignalUnit,
    SourceHealth,
)
from covet_sre.ports import AlertTransition
from covet_sre.slo.burn import BurnAlert, Severity, multi_window_alerts
from covet_sre.slo.indicator import Comparison, CounterRatio, Matcher, MatchOp, Selector
from covet_sre.slo.objective import Objective
from covet_sre.slo.window import CalendarWindow, RollingWindow
from covet_sre.units import Counts, format_minutes, parse_duration

NOW = 29_923_780  # 2026-11-23 09:40 UTC: a fixed minute, so that pictures repeat
DAYS = 30
SPAN = DAYS * 1440 + 1440  # the window before NOW, and a day to move into
WINDOWS = (5, 30, 60, 120, 360, 1440, 4320, DAYS * 1440)


def selector(metric: str, **labels: str) -> Selector:
    return Selector(metric, tuple(Matcher(name, MatchOp.EQUAL, value) for name, value in sorted(labels.items())))


def objective(name: str, service: str, target: str, window: str, **more: object) -> Objective:
    """An objective declared in the example's folder, with the default burn-rate alerts."""
    total = selector("http_requests_total", job=service)
    bad = Selector("http_requests_total", (*total.matchers, Matcher("code", MatchOp.MATCHES, "5..")))
    minutes = {"30d": 43200, "5m": 5, "1h": 60}[window]
    fields: dict[str, object] = {
        "slo": name,
        "window": RollingWindow(minutes),
        "indicator": CounterRatio("prometheus", total, None, bad),
        "location": Location(f"examples/covetpy/reliability/{service}.yaml", 12 + 7 * len(name), 1),
        "display_name": name.replace("-", " ").capitalize().replace("Api", "API").replace("sla", "SLA"),
        "alerts": multi_window_alerts(43200),
        "breakdown": ("route", "code"),
    }
    return Objective(name=name, service=service, target=Fraction(target), **{**fields, **more})  # type: ignore[arg-type]


@dataclass
class Minutes:
    """Made-up events of one objective, by minute, from NOW - 30 days on."""

    total: NDArray[np.int64]
    bad: NDArray[np.int64]
    known: NDArray[np.int8]


def made_up(seed: int, rate: float, error_share: float, budget_used: float) -> Minutes:
    """A daily rhythm of `rate` events a minute; about `budget_used` of the budget spent in 30 days."""
    random = np.random.default_rng(seed)
    minute = np.arange(SPAN)
    rhythm = 1 + 0.55 * np.sin(2 * np.pi * (minute / 1440 - 0.35)) + 0.12 * np.sin(2 * np.pi * minute / 10080)
    total = random.poisson(np.maximum(rhythm, 0.1) * rate)
    weights = np.full(SPAN, 0.6)
    for _ in range(7):  # a few bad hours
        at = int(random.integers(0, DAYS * 1440 - 3000))
        weights[at : at + int(random.integers(60, 420))] += random.uniform(4, 12)
    weights /= weights[: DAYS * 1440].mean()
    bad = random.binomial(total, np.clip(error_share * budget_used * weights, 0, 1))
    return Minutes(total, bad, np.ones(SPAN, np.int8))


@dataclass
class Story:
    """What is made up about one objective. `state` other than ok or warning is given, the rest is computed."""

    objective: Objective
    minutes: Minutes
    state: State | None = None
    cause: str = ""
    remedy: str = ""
    spenders: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)


def stories() -> list[Story]:
    """Nine objectives: burning, overspent, recovering, fine, silent, quiet, misconfigured, calendar."""
    day = DAYS * 1440
    api = made_up(1, 240, 0.001, 0.45)
    api.bad[day - 38 :] += np.random.default_rng(9).binomial(api.total[day - 38 :], 0.021)
    latency = made_up(2, 240, 0.05, 0.2)
    latency.known[day - 9000 : day - 8200] = 0
    overspent = made_up(3, 800, 0.0005, 1.13)
    queries = made_up(4, 800, 0.01, 0.07)
    jobs = made_up(5, 12, 0.05, 0.6)
    jobs.bad[day - 260 : day - 45] = jobs.total[day - 260 : day - 45] * 9 // 20
    silent = made_up(6, 30, 0.001, 0.2)
    silent.known[day - 47 :] = 0
    quiet = made_up(7, 0.02, 0.01, 0.0)
    wrong = Minutes(np.zeros(SPAN, np.int64), np.zeros(SPAN, np.int64), np.zeros(SPAN, np.int8))
    month = made_up(8, 60, 0.005, 0.27)
    routes = {
        "route": [("/orders/{order_id}", 4210.0), ("/orders", 980.0), ("/customers/{id}/invoices", 310.0)]
        + [(f"/catalog/{number}", 90.0 - 4 * number) for number in range(6)]
        + [("other", 41.0)],
        "code": [("500", 4102.0), ("503", 1311.0), ("504", 372.0)],
    }
    warning = BurnAlert(
        "EarlyWarning",
        Severity.WARNING,
        5.0,
        5,
        op=Comparison.GT,
        policy="handbook",
        description="Availability under 99.5 % for five minutes",
    )
    calendar = CalendarWindow(parse_duration("1M"), datetime(2026, 1, 1), "Europe/Berlin")
    return [
        Story(
            objective(
                "api-availability",
                "api",
                "0.999",
                "30d",
                description="Requests that are answered without a server error.",
                runbook="https://runbooks.example/api-availability",
                alerts=(*multi_window_alerts(43200), warning),
            ),
            api,
            spenders=routes,
        ),
        Story(
            objective("api-latency", "api", "0.95", "5m", description="Requests answered within 500 ms."),
            latency,
            spenders={"route": [("/search", 5120.0), ("/orders", 611.0), ("other", 12.0)]},
        ),
        Story(objective("database-availability", "database", "0.9995", "30d"), overspent),
        Story(objective("database-latency", "database", "0.99", "5m"), queries),
        Story(objective("jobs-within-sla", "jobs", "0.95", "1h"), jobs),
        Story(
            objective("checkout-availability", "checkout", "0.999", "30d"),
            silent,
            State.NO_DATA,
            "The source “shop-prometheus” has not answered for 47 minutes: connection refused.",
            "Check that http://10.0.3.7:9090 is reachable from here; measuring goes on by itself when it answers.",
        ),
        Story(
            objective("search-availability", "search", "0.99", "30d"),
            quiet,
            State.LOW_TRAFFIC,
            "Only 31 events in the last day: one bad request would spend a third of a day's budget.",
            "Count over a longer window, add synthetic requests, or ask for fewer nines.",
        ),
        Story(
            objective("search-latency", "search", "0.95", "5m"),
            wrong,
            State.MISCONFIGURED,
            'No series matches http_request_duration_seconds_bucket{job="search",le="0.4"}: 0.4 is no bucket bound.',
            "Use one of the bounds that the histogram has: 0.1, 0.25, 0.5, 0.75, 1.",
        ),
        Story(replace(objective("reports-delivered", "jobs", "0.995", "30d"), window=calendar), month),
    ]


@dataclass
class SampleReliability:
    """Implements `covet_sre.flows.reading.Reliability`. `advance` moves time on, as a tick does."""

    told: list[Story] = field(default_factory=stories)
    now: int = NOW
    speed: float = 30.0
    simulated: int | None = NOW - 600
    known_problems: list[Problem] = field(default_factory=list)
    known_adjustments: list[Adjustment] = field(default_factory=list)
    silent_source: bool = True
    number: int = 1
    changed: threading.Condition = field(default_factory=threading.Condition)

    # ------------------------------------------------------------ time

    def advance(self, minutes: int = 1) -> None:
        with self.changed:
            self.now += minutes
            self.number += 1
            self.changed.notify_all()

    def stop(self) -> None:
        with self.changed:
            self.number = -1
            self.changed.notify_all()

    def now_minute(self) -> int:
        return self.now

    def clock(self) -> ClockView:
        return ClockView(self.now, self.speed, self.simulated)

    def version(self) -> int:
        return self.number

    def wait_for_change(self, version: int, timeout_seconds: float) -> int:
        with self.changed:
            self.changed.wait_for(lambda: self.number != version, timeout_seconds)
            return self.number

    # ------------------------------------------------------------ objectives

    def _story(self, name: str) -> Story:
        for story in self.told:
            if story.objective.name == name:
                return story
        raise NotFound(f"no SLO is called {name!r}", remedy="see /slos for the names")

    def declaration(self) -> Declaration:
        objectives = tuple(story.objective for story in self.told)
        names = dict.fromkeys(item.service for item in objectives)
        return Declaration(
            services=tuple(
                Service(
                    name,
                    name.capitalize(),
                    f"The {name} of the shop.",
                    Location("examples/covetpy/reliability/services.yaml", 3, 1),
                )
                for name in names
            ),
            sources=(
                DataSource(
                    "prometheus", SourceKind.PROMETHEUS, ("http://127.0.0.1:9090",), Location("sources.yaml", 1)
                ),
            ),
            objectives=objectives,
        )

    def statuses(self) -> Sequence[ObjectiveStatus]:
        return [self._status(story) for story in self.told]

    def status(self, name: str) -> ObjectiveStatus:
        return self._status(self._story(name))

    def _span(self, story: Story, minutes: int, ends: int | None = None) -> tuple[Counts, int]:
        end = (self.now if ends is None else ends) - NOW + DAYS * 1440
        rows = slice(max(end - minutes, 0), max(end, 0))
        known = story.minutes.known[rows].astype(bool)
        counts = Counts(int(story.minutes.bad[rows][known].sum()), int(story.minutes.total[rows][known].sum()))
        return counts, int(known.sum())

    def _window(self, story: Story, minutes: int, ends: int | None = None) -> WindowStatus:
        counts, known = self._span(story, minutes, ends)
        ratio = counts.error_ratio if known else None
        burn = None if ratio is None else ratio / float(story.objective.error_share)
        return WindowStatus(format_minutes(minutes), minutes, known, counts, ratio, burn)

    def _alert(self, story: Story, alert: BurnAlert) -> AlertStatus:
        long = self._window(story, alert.long_minutes)
        short = self._window(story, alert.short_minutes) if alert.short_minutes else long
        above = (long.burn or 0) >= alert.threshold, (short.burn or 0) >= alert.threshold
        word = {
            (True, True): BurnWord.CRITICAL,
            (True, False): BurnWord.RECOVERING,
            (False, True): BurnWord.INCREASING,
            (False, False): BurnWord.ACCEPTABLE,
        }[above]
        held = all(above) and long.counts.bad < alert.min_bad
        state = AlertState.FIRING if all(above) and not held else AlertState.INACTIVE
        reason = f"{long.counts.bad} bad events; {alert.min_bad} are needed" if held else ""
        since = self.now - 12 if state is AlertState.FIRING else None
        return AlertStatus(alert, state, since, word, long.burn, short.burn if alert.short_minutes else None, reason)

    def _budget(self, story: Story) -> Budget | None:
        item = story.objective
        length = item.budget_window.length(self.now)
        raw, known = self._span(story, self.now - item.budget_window.start(self.now))
        if not known or not raw.total:
            return None
        excluded = sum(
            self._span(story, made.end_minute - made.start_minute, made.end_minute)[0].bad
            for made in self.adjustments(item.slo)
            if made.applies and made.kind is AdjustmentKind.EXCLUDE
        )
        counts = Counts(raw.bad - excluded, raw.total)
        allowed = float(item.error_share) * counts.total
        remaining = 1 - counts.bad / allowed
        total_minutes = float(item.error_share) * length
        return Budget(
            str(item.budget_window),
            length,
            counts,
            raw,
            allowed,
            remaining,
            allowed - counts.bad,
            remaining * total_minutes,
            total_minutes,
            HANDBOOK_POLICY.tier(remaining),
        )

    def _status(self, story: Story) -> ObjectiveStatus:
        item = story.objective
        compliance = self._window(story, self.now - item.window.start(self.now))
        alerts = tuple(self._alert(story, alert) for alert in item.alerts)
        budget = self._budget(story)
        state, cause, remedy = story.state, story.cause, story.remedy
        if state is None:
            state, cause, remedy = _judged(alerts, budget)
        sli = None if compliance.error_ratio is None else 1 - compliance.error_ratio
        return ObjectiveStatus(
            item,
            self.now,
            state,
            cause,
            remedy,
            sli,
            compliance,
            budget,
            tuple(self._window(story, minutes) for minutes in WINDOWS),
            alerts,
            self._forecast(story, budget),
            "handbook",
        )

    def _forecast(self, story: Story, budget: Budget | None) -> Forecast | None:
        if budget is None:
            return None
        if budget.remaining <= 0:
            return Forecast(0, 0, 0, 0, 30 * 1440)
        hour = self._window(story, 60).burn or 0
        at_present = int(budget.remaining * budget.window_minutes / hour) if hour > 0.01 else None
        middle = int(budget.remaining * 1440 * 20)
        return Forecast(int(middle * 0.5), middle if middle < 18000 else None, None, at_present, 30 * 1440)

    # ------------------------------------------------------------ charts

    def history(self, name: str, start_minute: int, end_minute: int, points: int) -> History:
        story = self._story(name)
        bucket = max(1, -(-(end_minute - start_minute) // points))
        starts = range(start_minute, end_minute, bucket)
        lengths = [min(bucket, end_minute - start) for start in starts]
        spans = [self._span(story, length, start + length) for start, length in zip(starts, lengths, strict=True)]
        return History(
            name,
            start_minute,
            end_minute,
            bucket,
            tuple(starts),
            tuple(float(counts.bad) for counts, _ in spans),
            tuple(float(counts.total) for counts, _ in spans),
            tuple(known / length for (_, known), length in zip(spans, lengths, strict=True)),
        )

    def minutes(self, name: str, start_minute: int, end_minute: int) -> Sequence[MeasuredStream]:
        story = self._story(name)
        counts = [(minute, *self._span(story, 1, minute + 1)) for minute in range(start_minute, end_minute)]
        rows = [(minute, counts.bad, counts.total) for minute, counts, known in counts if known]
        minutes, bad, total = (tuple(column) for column in zip(*rows, strict=True)) if rows else ((), (), ())
        return [MeasuredStream(f"{name}/sample", 1, minutes, bad, total, ())]

    def burn_down(self, name: str) -> Sequence[tuple[int, float | None]]:
        return self._burn_down(name, 120)

    def _burn_down(self, name: str, points: int) -> list[tuple[int, float | None]]:
        story = self._story(name)
        budget = self._budget(story)
        if budget is None:
            return []
        start = story.objective.budget_window.start(self.now)
        ends = [start + (self.now - start) * step // (points - 1) for step in range(points)]
        made = [each for each in self.adjustments(story.objective.slo) if each.applies]
        bad = [
            self._span(story, end - start, end)[0].bad
            - sum(
                self._span(story, min(end, each.end_minute) - each.start_minute, min(end, each.end_minute))[0].bad
                for each in made
                if each.kind is AdjustmentKind.EXCLUDE and end > each.start_minute
            )
            for end in ends
        ]
        return [(end, 1 - spent / budget.allowed_events) for end, spent in zip(ends, bad, strict=True)]

    def sparklines(self, points: int) -> Mapping[str, Sequence[float | None]]:
        names = [story.objective.name for story in self.told]
        return {name: [share for _, share in self._burn_down(name, points)] for name in names}

    def burn_history(
        self, name: str, window_minutes: int, start_minute: int, end_minute: int, points: int
    ) -> Sequence[tuple[int, float | None]]:
        story = self._story(name)
        step = max(1, (end_minute - start_minute) // points)
        return [
            (end, self._window(story, window_minutes, end).burn)
            for end in range(start_minute + step, end_minute + 1, step)
        ]

    def spenders(self, name: str) -> Mapping[str, Sequence[tuple[str, float]]]:
        return self._story(name).spenders

    def alert_history(self, name: str | None, limit: int) -> Sequence[AlertTransition]:
        rows = [
            ("api-availability", "ErrorBudgetBurn1h", "page", "firing", 12),
            ("jobs-within-sla", "ErrorBudgetBurn6h", "page", "inactive", 41),
            ("jobs-within-sla", "ErrorBudgetBurn6h", "page", "firing", 208),
            ("database-availability", "ErrorBudgetBurn3d", "ticket", "firing", 2103),
            ("api-availability", "EarlyWarning", "warning", "inactive", 5210),
            ("api-availability", "EarlyWarning", "warning", "firing", 5216),
        ]
        made = [
            AlertTransition(
                slo, alert, severity, state, self.now - ago, f"{slo}/{alert}/{ago}", {"burn": 21.4, "budget left": 0.41}
            )
            for slo, alert, severity, state, ago in rows
            if name in (None, slo)
        ]
        return made[:limit]

    # ------------------------------------------------------------ services and the installation

    def golden_signals(self, service: str) -> GoldenSignals:
        if service not in {story.objective.service for story in self.told}:
            raise NotFound(f"no service is called {service!r}", remedy="see /services for the names")
        minutes = range(self.now - 180, self.now, 2)
        random = np.random.default_rng(len(service))
        wave = [(minute, 4 + float(np.sin(minute / 40)) + float(random.normal(0, 0.15))) for minute in minutes]
        traffic = Signal(SignalName.TRAFFIC, SignalUnit.PER_SECOND, "Requests, all routes", tuple(wave), wave[-1][1])
        errors = [(minute, max(0.0, float(random.normal(0.0004, 0.0003)))) for minute in minutes]
        slow = [(minute, 0.18 + 0.02 * value) for minute, value in wave]
        return GoldenSignals(
            service,
            traffic,
            Signal(SignalName.ERRORS, SignalUnit.SHARE, "Bad events of api-availability", tuple(errors), errors[-1][1]),
            Signal(SignalName.LATENCY, SignalUnit.SECONDS, "95th percentile", tuple(slow), slow[-1][1], bound=0.5),
            Signal(
                SignalName.SATURATION,
                SignalUnit.COUNT,
                "Requests in flight",
                cause=f'No series matches http_requests_in_flight{{job="{service}"}}.',
                remedy="Add the SDK's middleware to the service, or name its own gauge.",
            ),
        )

    def sources(self) -> Sequence[SourceHealth]:
        healthy = SourceHealth("prometheus", "prometheus", ("http://127.0.0.1:9090",), self.now - 1, 0)
        silent = SourceHealth(
            "shop-prometheus",
            "prometheus",
            ("http://10.0.3.7:9090",),
            self.now - 47,
            47,
            "connection refused",
            "Check the address and that the source runs.",
        )
        return [healthy, silent] if self.silent_source else [healthy]

    def problems(self) -> Sequence[Problem]:
        return self.known_problems

    # ------------------------------------------------------------ adjustments

    def adjustments(self, slo: str) -> Sequence[Adjustment]:
        return [made for made in reversed(self.known_adjustments) if made.slo == slo]

    def adjust(self, request: AdjustmentRequest) -> Adjustment:
        self._story(request.slo)
        made = Adjustment(
            len(self.known_adjustments) + 1,
            request.slo,
            request.kind,
            request.start_minute,
            request.end_minute,
            request.bad,
            request.total,
            request.author,
            request.reason,
            self.now,
        )
        self.known_adjustments.append(made)
        self.advance(0)
        return made

    def revoke(self, identity: int, author: str, reason: str) -> Adjustment:
        for index, made in enumerate(self.known_adjustments):
            if made.identity == identity:
                if not made.applies:
                    raise Refused(f"adjustment {identity} is revoked already")
                gone = replace(made, revoked_minute=self.now, revoked_by=author, revoked_reason=reason)
                self.known_adjustments[index] = gone
                self.advance(0)
                return gone
        raise NotFound(f"no adjustment has the number {identity}")


def _judged(alerts: tuple[AlertStatus, ...], budget: Budget | None) -> tuple[State, str, str]:
    firing = [alert for alert in alerts if alert.state is AlertState.FIRING]
    if any(alert.alert.severity is Severity.PAGE for alert in firing):
        rate = max(alert.long_burn or 0 for alert in firing)
        return (
            State.CRITICAL,
            f"The budget burns {rate:.1f} times as fast as it may.",
            "Find what changed; see who spent it.",
        )
    if budget is not None and budget.tier.state == "critical":
        return State.CRITICAL, "The error budget is spent.", "Freeze all releases except critical fixes."
    if firing or (budget is not None and budget.tier.state == "warning"):
        return State.WARNING, "The budget is going faster than it should.", "Put reliability work before features."
    return State.OK, "", ""


@dataclass
class SampleDemo:
    """Implements `covet_sre.flows.reading.Demo`."""

    on: set[str] = field(default_factory=set)

    def faults(self) -> Sequence[Fault]:
        told = {
            "errors": ("Errors", "One request in ten fails with status 500."),
            "slowness": ("Slowness", "Requests take 600 ms longer."),
            "slow-database": ("Slow database", "Queries take 150 ms longer."),
            "late-jobs": ("Late jobs", "Background jobs miss their time."),
        }
        return [Fault(name, title, text, name in self.on) for name, (title, text) in told.items()]

    def switch(self, name: str, on: bool) -> None:
        if name not in {fault.name for fault in self.faults()}:
            raise NotFound(f"no fault is called {name!r}")
        (self.on.add if on else self.on.discard)(name)


def broken_reload() -> Problem:
    finding = Finding(
        Level.ERROR,
        "unknown-field",
        Location("reliability/api.yaml", 14, 7),
        "spec.objectives[0].taget",
        "unknown field",
        "did you mean target?",
    )
    return Problem(
        Level.ERROR,
        "The changed files were not taken",
        "The reliability files have 1 error; the last good ones are still in force.",
        "Mend the file; it is read again when it changes.",
        (finding,),
    )
