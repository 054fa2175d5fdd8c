"""What `generate openslo` writes declares the same: services, sources and objectives, but for their places."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covet_sre.errors import Location
from covet_sre.flows.declaration import Declaration
from covet_sre.spec import read_documents, read_paths
from covet_sre.spec.alerts import alert_name
from covet_sre.spec.exporting.openslo import OPENSLO
from covet_sre.spec.openslo import Metadata

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "covetpy" / "reliability"
NOWHERE = Location("")


def placeless(declaration: Declaration) -> tuple[dict[str, Any], ...]:
    """Everything that the declaration says, by name and without places."""
    parts = (declaration.services, declaration.sources, declaration.objectives)
    return tuple({one.name: replace(one, location=NOWHERE) for one in part} for part in parts)  # type: ignore[arg-type, attr-defined]


def assert_the_same(declaration: Declaration) -> None:
    generated = OPENSLO.generate(declaration)
    assert all(name.endswith(OPENSLO.kind.suffix) for name in generated.files)
    assert all(OPENSLO.kind.mark in text.splitlines()[0] for text in generated.files.values())
    again = read_documents(dict(generated.files))
    for before, after in zip(placeless(declaration), placeless(again), strict=True):
        assert after == before


def test_the_handbooks_files_are_the_same_after_it() -> None:
    declaration = read_paths([EXAMPLES])
    assert len(declaration.objectives) == 5
    assert_the_same(declaration)


def test_the_same_files_give_the_same() -> None:
    declaration = read_paths([EXAMPLES])
    assert OPENSLO.generate(declaration) == OPENSLO.generate(read_paths([EXAMPLES]))


def test_what_openslo_does_not_have_is_remarked_at_its_place() -> None:
    remarks = OPENSLO.generate(read_paths([EXAMPLES])).remarks
    assert {remark.code for remark in remarks} == {"target-cannot"}
    assert [(Path(remark.location.file).name, remark.field) for remark in remarks] == [
        ("error-budget-policy.yaml", "the policy handbook"),
        ("oncall.yaml", "platform, data"),
        ("oncall.yaml", "platform-primary, platform-secondary, data-on-call"),
        ("oncall.yaml", "platform, data"),
        ("severities.yaml", "handbook"),
        ("severities.yaml", "office"),
        ("notifications.yaml", "tickets"),
    ]


def test_what_services_depend_on_and_their_runbooks_are_kept() -> None:
    annotations = {"covet-sre/depends-on": "queue", "covet-sre/runbook": "https://wiki.example.com/api"}
    api = {"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "api", "annotations": annotations}}
    queue = {"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "queue"}}
    declaration = read_documents({"a.yaml": json.dumps([api | {"spec": {}}, queue | {"spec": {}}])})
    again = read_documents(dict(OPENSLO.generate(declaration).files))
    assert again.rules.services == declaration.rules.services
    assert again.rules.upstreams("api") == ("queue",)


# ---------------------------------------------------------------- any declaration

NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
TITLES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=60)
SELECTORS = st.sampled_from(["a_total", 'b_total{x="1"}', 'c_total{y=~"5..",x!="\\"quoted\\""}', 'd_bucket{le="0.5"}'])
EXPRESSIONS = st.sampled_from(
    ["sum(increase(a_total[{{window}}]))", "sum(increase(b_total[{{window}}]))\n+\nsum(increase(c_total[{{window}}]))"]
)
DURATIONS = st.sampled_from(["5m", "1h", "90m", "7d", "28d", "30d", "4w", "1M", "1Q", "400d"])
ZONES = st.sampled_from(["UTC", "Europe/Rome", "America/New_York"])


def metric(query: str) -> dict[str, Any]:
    return {"metricSource": {"metricSourceRef": "metrics", "spec": {"query": query}}}


@st.composite
def ratios(draw: st.DrawFn) -> dict[str, Any]:
    counter = draw(st.booleans())
    two = draw(st.lists(SELECTORS if counter else EXPRESSIONS, min_size=2, max_size=2, unique=True))
    part = draw(st.sampled_from(["good", "bad"]))
    return {"ratioMetric": {"counter": counter, part: metric(two[0]), "total": metric(two[1])}}


RAWS = st.tuples(
    st.sampled_from(["success", "failure"]), st.sampled_from(["avg(ratio)", "avg(avg_over_time(r[{{window}}]))"])
).map(lambda pair: {"ratioMetric": {"counter": False, "rawType": pair[0], "raw": metric(pair[1])}})
THRESHOLDS = st.sampled_from(["max(lag_seconds)", "lag"]).map(lambda query: {"thresholdMetric": metric(query)})


@st.composite
def conditions(draw: st.DrawFn, sli: str) -> dict[str, Any]:
    long = draw(st.sampled_from(["1h", "6h", "3d", "90m"]))
    test: dict[str, Any] = {
        "kind": "burnrate",
        "op": draw(st.sampled_from(["gt", "gte", "lt"])),
        "threshold": draw(st.one_of(st.integers(1, 20), st.floats(0.01, 50, allow_nan=False))),
        "lookbackWindow": long,
    }
    annotations = {
        key: text
        for key, text in {
            "covet-sre/short-window": draw(st.sampled_from(["", "1m", "5m"])),
            "covet-sre/min-bad-events": draw(st.sampled_from(["", "1", "50"])),
            "covet-sre/confidence": draw(st.sampled_from(["", "0.5", ".95", "0.123456789".replace("0.1", "0.9")])),
            "covet-sre/sli": draw(st.sampled_from(["", sli])),
        }.items()
        if text
    }
    if draw(st.booleans()):
        test["alertAfter"] = draw(DURATIONS)
    metadata: dict[str, Any] = {"name": draw(NAMES), "annotations": annotations}
    if draw(st.booleans()):
        metadata["displayName"] = draw(st.sampled_from(["APILatencyHigh", "Two words", "ErrorBudgetBurn1h", "_x"]))
    spec = {"severity": draw(st.sampled_from(["page", "P1", "info"])), "condition": test}
    return {"kind": "AlertCondition", "metadata": metadata, "spec": spec}


TARGET = {"kind": "AlertNotificationTarget", "metadata": {"name": "team"}, "spec": {"target": "slack"}}


@st.composite
def policies(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for condition in draw(st.lists(conditions("other"), max_size=3)):
        # Two alerts of one name would be refused.
        found[alert_name(Metadata.model_validate(condition["metadata"]))] = {
            "kind": "AlertPolicy",
            "metadata": {"name": draw(NAMES)},
            "spec": {"conditions": [condition], "notificationTargets": [TARGET]},
        }
    return list(found.values())


@st.composite
def objectives(draw: st.DrawFn, method: str, is_threshold: bool) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if draw(st.booleans()):
        made["target"] = draw(
            st.one_of(st.just(0), st.floats(0, 0.9999), st.integers(1, 9999).map(lambda n: n / 10_000))
        )
    else:
        made["targetPercent"] = draw(st.one_of(st.floats(1, 99.999), st.integers(100, 9999).map(lambda n: n / 100)))
    if is_threshold:
        made |= {"op": draw(st.sampled_from(["lt", "lte", "gt", "gte"])), "value": draw(st.floats(-1e6, 1e6))}
    if method != "Occurrences":
        made["timeSliceWindow"] = draw(st.sampled_from(["1m", "5m", "1h", "1d"]))
    if method == "Timeslices":
        made["timeSliceTarget"] = draw(st.floats(0.01, 1))
    if draw(st.booleans()):
        made["displayName"] = draw(TITLES)
    return made


@st.composite
def slos(draw: st.DrawFn, name: str) -> dict[str, Any]:
    method = draw(st.sampled_from(["Occurrences", "Timeslices", "RatioTimeslices"]))
    kinds = st.one_of(ratios(), RAWS, THRESHOLDS)
    shared = draw(st.booleans())
    first = draw(kinds)
    written: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 3))):
        sli = first if shared else draw(kinds)
        objective = draw(objectives(method, "thresholdMetric" in sli))
        own = {} if shared else {"indicator": {"metadata": {"name": f"i{number}"}, "spec": sli}}
        written.append({**objective, **own})
    if draw(st.booleans()):
        window: dict[str, Any] = {"duration": draw(DURATIONS), "isRolling": True}
    else:
        calendar = {"startTime": "2026-01-31 12:30:00", "timeZone": draw(ZONES)}
        window = {"duration": draw(DURATIONS), "isRolling": False, "calendar": calendar}
    metadata: dict[str, Any] = {"name": name}
    if draw(st.booleans()):
        metadata["displayName"] = draw(TITLES)
    metadata["labels"] = draw(
        st.dictionaries(TITLES, st.one_of(TITLES, st.lists(TITLES, min_size=1, max_size=2)), max_size=2)
    )
    annotations = {"covet-sre/burn-rate-alerts": draw(st.sampled_from(["on", "off"]))}
    if draw(st.booleans()):
        annotations |= {"covet-sre/breakdown": "route, code", "covet-sre/runbook": "https://wiki.example/x"}
        annotations |= {"covet-sre/recorded-as": "api_latency", "covet-sre/weighting": "time"}
    metadata["annotations"] = annotations
    spec: dict[str, Any] = {"service": draw(st.sampled_from(["api", "jobs"])), "description": draw(TITLES)}
    if shared:
        spec["indicator"] = {"metadata": {"name": "i"}, "spec": first}
    spec |= {
        "budgetingMethod": method,
        "timeWindow": [window],
        "objectives": written,
        "alertPolicies": draw(policies()),
    }
    return {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": metadata, "spec": spec}


@st.composite
def sources(draw: st.DrawFn) -> dict[str, Any]:
    details: dict[str, Any] = {"url": "http://127.0.0.1:9090"}
    optional = {
        "scrapeInterval": draw(st.sampled_from(["", "15s", "500ms", "1m", "1001ms", "90s"])),
        "retention": draw(st.sampled_from(["", "15d", "90m"])),
        "replicaLabels": draw(st.sampled_from([[], ["replica", "pod"]])),
        "headersFromEnv": draw(st.sampled_from([{}, {"Authorization": "TOKEN"}])),
    }
    details |= {key: value for key, value in optional.items() if value}
    spec = {"type": "prometheus", "connectionDetails": details}
    return {"apiVersion": "openslo/v1", "kind": "DataSource", "metadata": {"name": "metrics"}, "spec": spec}


SCRAPED = {
    "apiVersion": "openslo/v1",
    "kind": "DataSource",
    "metadata": {"name": "scraped"},
    "spec": {
        "type": "scrape",
        "connectionDetails": {"targets": ["http://a:1/metrics"], "interval": "15s", "labels": {"job": "x"}},
    },
}


@st.composite
def documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    services = [
        {
            "apiVersion": "openslo/v1",
            "kind": "Service",
            "metadata": {"name": name, "displayName": draw(TITLES)},
            "spec": {},
        }
        for name in ("api", "jobs")
    ]
    other = {"apiVersion": "openslo/v1", "kind": "SLI", "metadata": {"name": "other"}, "spec": draw(ratios())}
    named = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    return [*services, draw(sources()), SCRAPED, other, *(draw(slos(name)) for name in named)]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(documents())
def test_any_declaration_is_the_same_after_it(made: list[dict[str, Any]]) -> None:
    # JSON is YAML in which every text is quoted.
    text = "\n---\n".join(json.dumps(document, ensure_ascii=False) for document in made)
    assert_the_same(read_documents({"made.yaml": text}))
