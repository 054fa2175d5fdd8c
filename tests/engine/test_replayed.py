"""One rule, two ways: what the engine records minute by minute, a backtest over the same ledger tells afterwards."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.budget.backtest import Record, TriedPolicy, backtest
from covet_sre.engine.ledger import EngineLedger
from covet_sre.engine.plan import make_plan, wanted_streams
from covet_sre.engine.watch import Watcher
from covet_sre.flows.declaration import Declaration
from covet_sre.ports import TickRecord
from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.minutes import CHUNK_MINUTES, GapEntry, MinuteEvents
from covet_sre.spec import read_documents
from covet_sre.store.memory import MemoryStore

START = 180 * 1000 + 11
FILES = """
apiVersion: openslo/v1
kind: DataSource
metadata: {name: metrics}
spec: {type: prometheus, connectionDetails: {url: "http://127.0.0.1:9090"}}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: slow}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {metricSourceRef: metrics, spec: {query: fast_total}}}
    total: {metricSource: {metricSourceRef: metrics, spec: {query: requests_total}}}
"""
SLO = """
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: NAME, annotations: {covet-sre/burn-rate-alerts: "off"}}
spec:
  service: shop
  indicator:
    metadata: {name: errors}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {metricSourceRef: metrics, spec: {query: errors_total}}}
        total: {metricSource: {metricSourceRef: metrics, spec: {query: requests_total}}}
  BUDGETING
  timeWindow: [{duration: 7d, isRolling: true}]
  alertPolicies: [{alertPolicyRef: fast}, {alertPolicyRef: waiting}, {alertPolicyRef: sure}, {alertPolicyRef: slow}]
"""
POLICY = """
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: NAME}
spec:
  conditions:
    - kind: AlertCondition
      metadata: {name: NAME, annotations: {ANNOTATIONS}}
      spec:
        severity: page
        condition: {kind: burnrate, op: gte, threshold: THRESHOLD, lookbackWindow: 30m AFTER}
  notificationTargets:
    - {kind: AlertNotificationTarget, metadata: {name: x}, spec: {target: x}}
"""


@cache
def declared() -> Declaration:
    """Events, slices and ratios of slices; alerts over two windows, that wait, that test, over another indicator."""
    slos = [
        ("events", "budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]"),
        (
            "slices",
            "budgetingMethod: Timeslices\n  objectives: [{target: 0.9, timeSliceTarget: 0.8, timeSliceWindow: 5m}]",
        ),
        ("ratios", "budgetingMethod: RatioTimeslices\n  objectives: [{target: 0.9, timeSliceWindow: 3m}]"),
    ]
    policies = [
        ("fast", "covet-sre/short-window: 5m", "3", ""),
        ("waiting", "", "1", ", alertAfter: 10m"),
        ("sure", 'covet-sre/confidence: "0.95", covet-sre/min-bad-events: "5"', "2", ""),
        ("slow", "covet-sre/sli: slow", "1", ""),
    ]
    text = FILES + "".join(SLO.replace("NAME", name).replace("BUDGETING", method) for name, method in slos)
    for name, annotations, threshold, after in policies:
        one = POLICY.replace("NAME", name).replace("ANNOTATIONS", annotations)
        text += one.replace("THRESHOLD", threshold).replace("AFTER", after)
    return read_documents({"files.yaml": text})


stretches = st.lists(
    st.tuples(st.integers(1, 40), st.booleans(), st.sampled_from([0, 0, 1, 5, 90]), st.sampled_from([0, 10, 100])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_backtest_tells_what_the_engine_recorded(data: st.DataObject) -> None:
    store, declaration = MemoryStore(), declared()
    numbers = store.stream_ids(list(wanted_streams(declaration.objectives)))
    plan = make_plan(declaration, numbers)
    # Only events are measured; slices are worked out of them.
    measured = [number for number, stream in plan.streams.items() if not stream.is_derived]
    by_minute: dict[int, list[tuple[int, int, int, int]]] = {}
    gaps: dict[int, list[GapEntry]] = {}
    end = START + 1
    for number in measured:
        minute = START
        for length, is_known, bad, total in data.draw(stretches):
            for each in range(minute, minute + length) if is_known else ():
                by_minute.setdefault(each, []).append((number, each, min(bad, total), total))
            if not is_known:
                gaps.setdefault(minute + length, []).append(GapEntry(number, minute, minute + length, min(bad, 40), 40))
            minute += length
        end = max(end, minute)

    ledger, watcher = EngineLedger(plan, store, START), Watcher(plan, store, START)
    for moment in range(START + 1, end + 1):
        events = MinuteEvents.of(by_minute.get(moment - 1, []))
        ledger.commit(TickRecord(moment, events, gaps.get(moment, []), {}, {}))
        watcher.watch(ledger.sums.values, moment)

    streams = max(numbers.values()) + 1
    chunks = [store.chunk(n, streams) for n in range(START // CHUNK_MINUTES, end // CHUNK_MINUTES + 1)]
    record = Record(MinuteTable.of_chunks(START, end, streams, chunks, store.gaps(0)), numbers, START)
    policy = TriedPolicy("declared", "", tuple(objective.alerts for objective in declaration.objectives))
    outcomes = backtest(declaration.objectives, [policy], record)
    told = {
        (outcome.objective.name, episode.alert.name, episode.start, episode.end)
        for outcome in outcomes
        for episode in outcome.episodes
    }
    assert told == recorded(store)
    assert not any(outcome.untested for outcome in outcomes)


def recorded(store: MemoryStore) -> set[tuple[str, str, int, int | None]]:
    """(objective, alert, start, end) of every firing that the engine wrote down."""
    began: dict[tuple[str, str], int] = {}
    found: set[tuple[str, str, int, int | None]] = set()
    for one in reversed(store.transitions(None, 0, 1_000_000)):
        key = one.objective, one.alert
        if one.state == "firing":
            began[key] = one.at_minute
        elif key in began:
            found.add((*key, began.pop(key), one.at_minute))
    return found | {(*key, start, None) for key, start in began.items()}


def test_the_declaration_of_this_story_has_every_kind() -> None:
    streams = wanted_streams(declared().objectives)
    assert len(streams) == 2 + 3 + 3
    alerts = [alert for objective in declared().objectives for alert in objective.alerts]
    assert any(alert.indicator for alert in alerts)
    assert any(alert.for_minutes for alert in alerts)
    assert any(alert.confidence for alert in alerts)
    assert any(alert.short_minutes for alert in alerts)
