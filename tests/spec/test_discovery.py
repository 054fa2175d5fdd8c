"""Proposed files: valid and exact whatever the labels hold, with bounds and targets that have reasons."""

import re
from fractions import Fraction

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.slo.indicator import CounterRatio, Matcher, MatchOp
from covet_sre.spec import read_documents
from covet_sre.spec.discovery.bounds import choose_bound
from covet_sre.spec.discovery.catalogue import CATALOGUE
from covet_sre.spec.discovery.instrumentation import Durations, Outcomes
from covet_sre.spec.discovery.plan import Measured, plan_service, with_targets
from covet_sre.spec.discovery.services import LONGEST_NAME, Sighting, service_name, services_of
from covet_sre.spec.discovery.writing import files_of
from covet_sre.spec.openslo import NAME_PATTERN
from covet_sre.units import Counts
from covet_sre_sdk.families import EVENT_FAMILIES

SDK, COVETPY = CATALOGUE[0], CATALOGUE[1]
BOUND = choose_bound({"0.1": 90, "0.5": 96, "+Inf": 100}, milliseconds=False)
AWKWARD = "\"\\'`{}[]()=~!,|#%&*?:-\n\r\t\x00\x7f\x85\u2028\u2029\ufeff\ufffd$ab é😀 "
values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60) | st.text(
    AWKWARD, min_size=1, max_size=40
)


def entry(slug):
    return next(each for each in CATALOGUE if each.slug == slug)


def sighted(instrumentation, *kinds, **labels):
    return [Sighting(instrumentation, kind, labels) for kind in kinds or instrumentation.kinds]


def written(services, *, labels=(), address="http://127.0.0.1:9090", made_by="covet-sre init", days=None):
    planned = [plan_service(service, lambda _: Measured(labels, BOUND)) for service in services]
    return files_of([with_targets(each, days or {}) for each in planned], address, (), made_by)


# ---------------------------------------------------------------- names and text from outside


@settings(max_examples=300, deadline=None)
@given(st.lists(values, min_size=1, max_size=5, unique=True), values)
def test_files_of_any_label_values_are_valid_and_select_exactly_them(found, typed):
    services, left_out = services_of(each for value in found for each in sighted(SDK, SDK.kinds[0], job=value))
    assert left_out == []
    declaration = read_documents(written(services, made_by=typed))
    assert declaration.warnings == ()
    selected = {
        matcher.value
        for objective in declaration.objectives
        if isinstance(objective.indicator, CounterRatio)
        for matcher in objective.indicator.total.matchers
    }
    assert selected == set(found)
    assert {service.display_name for service in declaration.services} == {value[:63] for value in found}


@given(values)
def test_any_text_becomes_a_name(text):
    assert re.fullmatch(NAME_PATTERN, service_name(text))
    assert len(service_name(text)) <= LONGEST_NAME
    assert service_name(service_name(text)) == service_name(text)


@given(st.lists(values, max_size=20, unique=True))
def test_names_are_unique(found):
    services, _ = services_of(each for value in found for each in sighted(SDK, SDK.kinds[0], job=value))
    assert len({service.name for service in services}) == len(services) == len(found)


def test_the_longest_suffix_leaves_a_valid_name_of_an_slo():
    longest = "x" * 300
    for instrumentation in CATALOGUE:
        labels = dict.fromkeys(instrumentation.service_labels, longest)
        services, _ = services_of(sighted(instrumentation, **labels))
        documents = written(services)
        for document in yaml.safe_load_all("\n---\n".join(documents.values())):
            assert re.fullmatch(NAME_PATTERN, document["metadata"]["name"])


def test_services_named_as_our_own_files_do_not_replace_them():
    services, _ = services_of(
        each for job in ("services", "datasource") for each in sighted(SDK, SDK.kinds[0], job=job)
    )
    assert set(written(services)) == {"services.yaml", "datasource.yaml", "services-slos.yaml", "datasource-slos.yaml"}


# ---------------------------------------------------------------- which service


def test_two_services_of_one_name_are_told_apart_by_the_next_label():
    istio = entry("istio")
    services, _ = services_of(
        each
        for namespace in ("prod", "test")
        for each in sighted(istio, destination_service_name="orders", destination_service_namespace=namespace)
    )
    assert [service.name for service in services] == ["orders", "orders-test"]


def test_a_default_that_names_nothing_leaves_the_name_to_the_job():
    exporter = entry("starlette-exporter")
    (service,), _ = services_of(sighted(exporter, app_name="starlette", job="shop"))
    assert service.name == "shop"
    assert {each.label for each in service.indicators[0].matchers} == {"app_name", "job"}


def test_a_label_that_the_scraper_renamed_is_used_under_its_new_name():
    traefik = entry("traefik")
    (service,), _ = services_of(sighted(traefik, service="traefik", exported_service="orders@docker"))
    assert service.indicators[0].matchers == (Matcher("exported_service", MatchOp.EQUAL, "orders@docker"),)


def test_series_are_told_of_once_however_many_entries_know_their_name():
    anything = [each for each in CATALOGUE if each.slug == "http"]
    services, _ = services_of(
        each for instrumentation in (SDK, COVETPY, *anything) for each in sighted(instrumentation, job="shop")
    )
    metrics = [indicator.kind.metric for indicator in services[0].indicators]
    assert len(metrics) == len(set(metrics)) == 5


def test_two_instrumentations_of_one_service_get_names_of_their_own():
    services, _ = services_of([*sighted(SDK, job="shop"), *sighted(entry("opentelemetry"), job="shop")])
    suffixes = [indicator.suffix for indicator in services[0].indicators]
    assert {"availability", "availability-2", "latency", "latency-2"} <= set(suffixes)
    assert read_documents(written(services)).warnings == ()


def test_series_without_a_name_of_a_service_are_left_out_with_a_word():
    services, left_out = services_of(sighted(SDK, SDK.kinds[0]))
    assert services == []
    assert left_out == ["http_requests_total has series without a label job: no service can be told from others."]


def test_a_value_of_megabytes_is_left_out_with_a_word():
    _, left_out = services_of(sighted(SDK, SDK.kinds[0], job="x" * 5_000_000))
    assert left_out == ["http_requests_total has a label job of 5,000,000 characters, which is no name of a service."]


@pytest.mark.parametrize("instrumentation", CATALOGUE, ids=lambda each: each.name)
def test_no_two_kinds_of_an_entry_that_are_both_taken_say_the_same(instrumentation):
    for kind in instrumentation.kinds:
        match kind:
            case Outcomes(metric=metric):
                assert not metric.endswith("_bucket")
            case Durations(histogram=histogram, milliseconds=milliseconds):
                assert not histogram.endswith(("_bucket", "_count"))
                assert "milliseconds" not in histogram or milliseconds


def test_the_entry_of_our_sdk_says_what_the_sdk_exposes():
    labels = {}
    for family in EVENT_FAMILIES:
        labels[family.counter] = set(family.labels)
        labels[f"{family.histogram}_bucket"] = {*family.labels[:-1], "le"}
    for kind in SDK.kinds:
        assert {*kind.requires, *kind.blame} <= labels[kind.metric], kind.metric
        if isinstance(kind, Outcomes):
            assert kind.told_by.label in labels[kind.metric]
            family = next(each for each in EVENT_FAMILIES if each.counter == kind.metric)
            assert any(kind.told_by.accepts(outcome) for outcome in family.certain_outcomes)


# ---------------------------------------------------------------- bounds


def test_the_bound_is_the_nearest_above_the_95th_percentile():
    bound = choose_bound({"0.1": 94, "0.25": 95, "0.5": 99, "+Inf": 100}, milliseconds=False)
    assert bound is not None
    assert bound.matcher == Matcher("le", MatchOp.EQUAL, "0.25")
    assert "250 ms is the histogram's bound nearest above the 95th percentile: 95 %" in bound.why


@given(st.dictionaries(st.sampled_from(["0.005", "0.1", "0.5", "1", "1.0", "2.5", "10"]), st.integers(0, 1000)))
def test_the_chosen_bound_is_one_of_the_histograms(increments):
    total = sum(increments.values()) + 1
    running, cumulative = 0, {"+Inf": float(total)}
    for spelling in sorted(increments, key=float):
        running += increments[spelling]
        cumulative[spelling] = float(running)
    bound = choose_bound(cumulative, milliseconds=False)
    if not increments:
        assert bound is None
    else:
        assert bound is not None
        assert set(bound.spellings) <= set(increments)


def test_a_bound_that_targets_spell_differently_selects_all_of_them():
    bound = choose_bound({"1": 48, "1.0": 48, "+Inf": 100}, milliseconds=False)
    assert bound is not None
    assert all(bound.matcher.accepts(spelling) for spelling in ("1", "1.0"))
    assert not bound.matcher.accepts("100")


def test_without_traffic_the_bound_nearest_to_half_a_second_is_taken():
    seconds = choose_bound({"0.1": 0, "0.6": 0, "5": 0, "+Inf": 0}, milliseconds=False)
    milliseconds = choose_bound({"100": 0, "600": 0, "5000": 0, "+Inf": 0}, milliseconds=True)
    assert seconds is not None
    assert milliseconds is not None
    assert (seconds.value, milliseconds.value) == (0.6, 600)
    assert "There was no traffic" in seconds.why


def test_a_histogram_that_is_too_fast_says_so():
    bound = choose_bound({"0.1": 50, "+Inf": 100}, milliseconds=False)
    assert bound is not None
    assert "the largest bound of the histogram, and only 50 % of the last day were within it" in bound.why


@pytest.mark.parametrize("spellings", [{}, {"+Inf": 5.0}, {"NaN": 1.0, "x": 1.0, "+Inf": 5.0}])
def test_a_histogram_without_finite_bounds_gives_a_note_and_no_objective(spellings):
    bound = choose_bound(spellings, milliseconds=False)
    assert bound is None
    (service,), _ = services_of(sighted(SDK, SDK.kinds[1], job="shop"))
    planned = plan_service(service, lambda _: Measured((), bound))
    assert planned.objectives == ()
    assert "has no bound" in planned.notes[0]


# ---------------------------------------------------------------- targets and comments


def objective_of(days):
    (service,), _ = services_of(sighted(SDK, SDK.kinds[0], job="shop"))
    planned = with_targets(plan_service(service, lambda _: Measured()), {"shop-availability": days})
    return planned.objectives[0]


def test_a_target_leaves_half_of_the_budget_and_is_explained():
    made = objective_of([Counts(40, 100_000)] * 3)
    assert made.target == Fraction(999, 1000)
    assert made.target_why[0] == "120 of 300,000 events were bad over 3 days."


def test_where_nothing_fits_the_usual_target_is_taken_and_the_comment_says_so():
    made = objective_of([Counts(50, 100)])
    assert made.target == Fraction(999, 1000)
    assert "Nothing fits that, so this is the usual 99.9 %" in made.target_why[-1]


def test_without_history_the_comment_says_so():
    assert "There was no history to go by: 99.9 % is usual." in objective_of([]).target_why[0]


def test_what_an_instrumentation_leaves_out_stands_at_the_head_of_the_file():
    services, _ = services_of(sighted(COVETPY, job="shop"))
    text = " ".join(written(services)["shop.yaml"].replace("# ", "").split())
    assert "counts a request as 200 when an exception leaves the application" in text
    assert "holds the raw path" in text


def test_comments_keep_numbers_and_units_together_and_within_120_columns():
    (service,), _ = services_of(sighted(SDK, SDK.kinds[0], job="shop"))
    files = written([service], days={"shop-availability": [Counts(12_345, 67_890_123)] * 30})
    comments = [line for text in files.values() for line in text.splitlines() if line.lstrip().startswith("#")]
    assert all(len(line) <= 120 for line in comments)
    assert not [line for line in comments if line.lstrip().startswith("# %")]
