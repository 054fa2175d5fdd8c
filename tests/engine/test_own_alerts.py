"""Our own evaluation speaks of the same alerts as a Prometheus that runs the generated rules, and forgets none."""

from functools import partial
from pathlib import Path

from covet_sre.alerting.identity import alert_key
from covet_sre.alerting.labels import value_of
from covet_sre.engine import own_alerts
from covet_sre.integrations.prometheus.rules import alerts
from covet_sre.ports import AlertTransition, Arrival
from covet_sre.spec import read_paths

HANDBOOK = Path(__file__).resolve().parents[2] / "examples" / "covetpy" / "reliability"
DECLARED = {one.name: one for one in read_paths([HANDBOOK]).objectives}
MINUTE = 29_916_000


def _transition(state: str, at: int = MINUTE, before: str = "firing", objective: str = "api-availability"):
    episode = f"{objective}/ErrorBudgetBurn1h/{MINUTE - 7}"
    return AlertTransition(objective, "ErrorBudgetBurn1h", "page", state, at, episode, {"from": before})


def _read(arrival: Arrival | None):
    assert arrival is not None
    return own_alerts.read(arrival.body, arrival.note, arrival.received_at, partial(alert_key, slos=DECLARED)).reports


def test_what_fires_is_told_again_at_every_tick_with_the_same_words():
    first = _read(own_alerts.told([_transition("firing")], DECLARED, MINUTE))
    later = _read(own_alerts.told([_transition("firing")], DECLARED, MINUTE + 90))
    assert first == later
    assert first[0].key == "slo/api-availability/ErrorBudgetBurn1h"
    assert first[0].saying.starts_at == (MINUTE - 7) * 60


def test_an_end_is_told_for_an_hour_and_belongs_to_the_firing_before_it():
    (ended,) = _read(own_alerts.told([_transition("inactive", MINUTE)], DECLARED, MINUTE + 59))
    (fired,) = _read(own_alerts.told([_transition("firing")], DECLARED, MINUTE))
    assert max(ended.saying, fired.saying) == ended.saying
    assert own_alerts.told([_transition("inactive", MINUTE)], DECLARED, MINUTE + 61) is None


def test_what_was_pending_and_never_fired_is_not_told():
    assert own_alerts.told([_transition("inactive", MINUTE, "pending")], DECLARED, MINUTE + 1) is None
    assert own_alerts.told([_transition("pending")], DECLARED, MINUTE) is None


def test_silent_sources_are_alerts_of_their_own():
    both = [_transition("firing", objective=f"covet-sre/source/{name}") for name in ("a", "b")]
    told = _read(own_alerts.told(both, DECLARED, MINUTE))
    assert len({one.key for one in told}) == 2
    assert {value_of(one.labels, "service") for one in told} == {"covet-sre"}


def test_the_severities_are_those_of_the_generated_rules():

    assert {severity.value: label for severity, label in alerts.SEVERITIES.items()} == own_alerts.SEVERITIES


def test_every_objective_of_the_handbook_has_its_service_in_the_rules():
    declared = read_paths([HANDBOOK])
    assert declared.rules.slos == {one.name: one.service for one in declared.objectives}
