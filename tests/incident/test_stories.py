"""From an alert to a page to an acknowledgement to the end: stories in virtual time."""

from dataclasses import replace

import pytest

from covet_sre.alerting.alert import Cause, Verdict
from covet_sre.alerting.heartbeat import ExpectedHeartbeat, SentHeartbeat
from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.severity import Severity
from covet_sre.errors import Refused
from covet_sre.incident import facts
from covet_sre.incident.deliveries import begin_attempts, came_back
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import StepHeld, StepsMissed, StepUnroutable, Told
from covet_sre.incident.heartbeats import hear_beat, send_beat
from covet_sre.incident.incident import State
from covet_sre.incident.outgoing import NOT_BEGUN, Outcome, Receipt
from covet_sre.incident.reports import take_report
from covet_sre.incident.step import forget_old, pass_time, take_up
from covet_sre.oncall.directory import Directory
from tests.incident.house import MINUTE, START, House, directory, report, rules, silence


def test_a_critical_alert_opens_an_incident_and_pages_who_is_on_call_at_once():
    house = House()
    (disposition,) = house.hear(report())
    assert disposition.verdict is Verdict.ATTACHED
    assert house.only.identity == "INC-2026-1118-001"
    assert house.only.severity is Severity.P0
    assert house.only.state is State.PAGED
    assert house.told() == ["alice pager"]


def test_a_page_that_nobody_answers_goes_to_the_next_person_and_at_last_to_the_catch_all():
    house = House()
    house.hear(report())
    house.wait(5 * MINUTE)
    assert house.told() == ["alice pager", "bob pager"]
    house.wait(30 * MINUTE)
    assert house.told() == ["alice pager", "bob pager", "- inbox"]


def test_an_acknowledged_page_is_not_repeated_and_everybody_who_was_paged_hears_of_it():
    house = House()
    house.hear(report())
    house.wait(5 * MINUTE)
    house.do(facts.Acknowledge(house.only.identity, "bob"))
    house.wait(60 * MINUTE)
    assert house.told() == ["alice pager", "bob pager"]
    assert house.told("acknowledge") == ["alice pager", "bob pager"]
    assert house.only.state is State.TEAM_FORMED
    assert house.only.times.acknowledged == START + 5 * MINUTE


def test_a_p1_is_told_by_mail_and_chat_and_paged_when_fifteen_minutes_have_passed():
    house = House()
    house.hear(report(severity="page"))
    assert sorted(house.told()) == ["- channel", "- mailbox", "alice mailbox"]
    house.wait(14 * MINUTE)
    assert len(house.told()) == 3
    house.wait(1 * MINUTE)
    assert house.told()[3:] == ["alice pager"]
    assert house.only.deadline_missed


def test_a_p2_is_told_by_chat_alone_and_a_p3_becomes_a_ticket():
    house = House()
    house.hear(report(severity="warning"))
    assert house.told() == ["- channel"]
    assert house.only.state is State.TICKETED
    other = House()
    other.hear(report(severity="info"))
    assert other.told() == ["- tickets"]
    assert other.only.deadline_at is not None
    assert other.only.deadline_at > START + 86400 - 12 * 3600


def test_alerts_of_one_service_within_half_an_hour_are_one_incident_and_page_once():
    house = House()
    for number in range(20):
        house.hear(report(f"Alert{number}"))
        house.wait(1 * MINUTE)
        if number == 0:
            house.do(facts.Acknowledge(house.only.identity, "alice"))
    assert house.only.alerts == 20
    assert house.told() == ["alice pager"]


def test_an_alert_after_more_than_half_an_hour_of_quiet_is_an_incident_of_its_own_and_pages():
    house = House()
    house.hear(report("One"))
    house.do(facts.Acknowledge(house.only.identity, "alice"))
    house.wait(31 * MINUTE)
    house.hear(report("Two", at=house.now))
    assert len(house.incidents) == 2
    assert house.told() == ["alice pager", "alice pager"]


def test_an_alert_that_joins_pages_again_only_if_it_is_more_urgent():
    house = House()
    house.hear(report("Slow", severity="warning"))
    house.hear(report("Slower", severity="warning"))
    assert house.told() == ["- channel"]
    house.hear(report("Down", severity="critical"))
    assert house.told() == ["- channel", "alice pager"]
    assert house.only.severity is Severity.P0
    assert house.only.title == "Down on api"
    assert house.only.episode == 2


def test_a_repeated_alert_is_a_duplicate_and_a_repeated_end_is_stale():
    house = House()
    house.hear(report())
    (again,) = house.hear(report())
    assert (again.verdict, again.cause) == (Verdict.SUPPRESSED, Cause.DUPLICATE)
    assert house.only.identity in again.why
    (ended,) = house.hear(report(resolved=True))
    assert (ended.verdict, ended.incident) == (Verdict.ATTACHED, house.only.identity)
    (late,) = house.hear(report())
    assert late.verdict is Verdict.STALE


def test_an_alert_that_was_over_before_it_was_heard_of_is_stale_and_opens_nothing():
    house = House()
    (first,) = house.hear(report(resolved=True))
    (second,) = house.hear(report())
    assert (first.verdict, second.verdict) == (Verdict.STALE, Verdict.STALE)
    assert house.incidents == []


def test_an_incident_is_resolved_after_five_minutes_without_a_firing_alert():
    house = House()
    house.hear(report())
    house.hear(report(resolved=True))
    house.wait(4 * MINUTE)
    assert house.only.state is State.PAGED
    house.wait(1 * MINUTE)
    assert house.only.state is State.REVIEW_PENDING
    assert house.told("resolve") == ["alice pager"]


def test_an_alert_that_flaps_for_a_day_pages_once():
    house = House()
    for minute in range(24 * 60):
        at = START + minute * MINUTE
        house.hear(report(at=at), report(at=at, resolved=True))
        if minute == 1:
            house.do(facts.Acknowledge(house.only.identity, "alice"))
        house.wait(MINUTE, step=MINUTE)
    assert len(house.told()) == 1
    assert len(house.incidents) == 1


def test_what_fires_again_soon_after_the_end_reopens_its_incident_and_pages():
    house = House()
    house.hear(report())
    house.hear(report(resolved=True))
    house.wait(6 * MINUTE)
    house.hear(report(at=house.now))
    assert house.only.state is State.PAGED
    assert house.told() == ["alice pager", "alice pager"]


def test_symptoms_join_the_incident_of_the_service_that_they_depend_on_in_either_order():
    cause, symptom = report("Down", "database"), report("Errors", "web")
    first, second = House(), House()
    first.hear(cause, symptom)
    second.hear(symptom, cause)
    for house in (first, second):
        (open_one,) = [one for one in house.incidents if one.state.is_open]
        assert open_one.service == "database"
        assert house.desk.firing(open_one.identity) == {cause.key, symptom.key}


def test_a_silenced_alert_opens_nothing_until_the_silence_ends():
    house = House()
    house.do(facts.SetSilence(silence(house.now, 600, service="api")))
    (kept,) = house.hear(report())
    assert (kept.verdict, kept.cause, kept.by) == (Verdict.SUPPRESSED, Cause.SILENCE, "one")
    assert "carol" in kept.why
    assert "planned work" in kept.why
    house.wait(599)
    assert house.incidents == []
    house.wait(1)
    assert house.told() == ["alice pager"]


def test_a_silence_holds_the_next_step_and_its_end_lets_it_go_on():
    house = House()
    house.hear(report())
    house.do(facts.SetSilence(silence(house.now, 1200, service="api")))
    house.wait(19 * MINUTE)
    assert house.told() == ["alice pager"]
    house.wait(2 * MINUTE)
    assert house.told()[:2] == ["alice pager", "bob pager"]


def test_a_page_that_was_silenced_before_it_left_leaves_when_the_silence_is_expired_early():
    house = House()
    take_report(house.desk, report(), house.now)
    house.do(facts.SetSilence(silence(house.now, 36000, service="api")))
    house.wait(30)
    assert house.told() == []
    house.do(facts.ExpireSilence("one", "carol"))
    house.wait(1)
    assert house.told() == ["alice pager"]
    # It is not late because somebody wanted quiet: our own objective counts from when it was due.
    assert house.sent[0].due_at == house.now - 1


def test_a_silence_that_is_changed_lets_what_it_does_not_match_any_more_speak():
    house = House()
    house.do(facts.SetSilence(silence(house.now, 3600, service="api")))
    house.hear(report())
    assert house.told() == []
    house.do(facts.SetSilence(silence(house.now, 3600, service="shop")))
    assert house.told() == ["alice pager"]


def test_a_silence_that_is_expired_early_lets_the_next_step_go_on_at_once():
    house = House()
    house.hear(report())
    house.do(facts.SetSilence(silence(house.now, 36000, service="api")))
    house.wait(20 * MINUTE)
    assert any(isinstance(entry.event, StepHeld) for entry in house.desk.changes.entries)
    house.do(facts.ExpireSilence("one", "carol"))
    house.wait(10)
    assert house.told()[:2] == ["alice pager", "bob pager"]


def test_an_inhibited_alert_is_quiet_while_its_cause_fires_and_speaks_afterwards():
    rule = InhibitRule(
        "node-down", (LabelMatcher("alertname", "NodeDown"),), (LabelMatcher("severity", "warning"),), ("node",)
    )
    for reports in ((0, 1), (1, 0)):
        house = House(Desk(rules(rule)))
        both = [report("NodeDown", "database", node="a"), report("DiskSlow", "shop", "warning", node="a")]
        house.hear(*(both[number] for number in reports))
        assert house.desk.alerts[both[1].key].disposition.cause is Cause.INHIBITION
        assert [one.service for one in house.incidents if house.desk.firing(one.identity)] == ["database"]
        house.hear(report("NodeDown", "database", node="a", resolved=True))
        assert house.desk.alerts[both[1].key].disposition.verdict is Verdict.ATTACHED


def test_an_alert_of_an_unknown_service_goes_to_the_catch_all_and_never_nowhere():
    house = House()
    house.hear(report(service="nobody-knows"))
    assert house.only.service == "unclaimed"
    assert house.told() == ["- inbox"]
    unroutable = [one.event for one in house.desk.changes.entries if isinstance(one.event, StepUnroutable)]
    assert unroutable


def repeating() -> Directory:
    """alice, bob, and both again."""
    usual = directory()
    return replace(usual, escalations={"platform": replace(usual.escalations["platform"], repeat=1)})


def test_the_same_burn_alert_from_our_evaluator_and_from_prometheus_is_one_alert():
    house = House()
    ours = report("ErrorBudgetBurn1h", slo="api-availability", reporter="evaluator")
    theirs = report("ErrorBudgetBurn1h", slo="api-availability", reporter="alertmanager", cluster="eu")
    house.hear(ours, theirs)
    assert len(house.desk.alerts) == 1
    house.hear(report("ErrorBudgetBurn1h", slo="api-availability", reporter="evaluator", resolved=True))
    assert len(house.desk.firing(house.only.identity)) == 1
    house.hear(report("ErrorBudgetBurn1h", slo="api-availability", cluster="eu", resolved=True))
    assert len(house.desk.firing(house.only.identity)) == 0


def test_a_target_that_fails_twice_gives_way_to_the_next():
    house = House(outcome=Outcome.FAILED)
    house.hear(report())
    house.wait(10, step=1)
    assert house.told()[:3] == ["alice pager", "alice pager", "alice backup-pager"]


def test_every_attempt_of_a_notification_has_the_same_key():
    house = House(outcome=Outcome.UNKNOWN)
    house.hear(report())
    house.wait(60, step=1)
    assert len({one.key for one in house.sent}) == 1
    assert len(house.sent) > 3


def test_after_an_outage_of_ours_the_current_state_is_told_once_and_missed_steps_are_not_replayed():
    house = House(outcome=Outcome.FAILED)
    house.hear(report(severity="page"))
    house.sent.clear()
    house.outcome = Outcome.DELIVERED
    house.now += 3 * 3600
    house.wait(10)
    assert sorted(house.told()) == ["- channel", "- inbox", "- mailbox", "alice mailbox", "bob pager"]
    missed = [one.event for one in house.desk.changes.entries if isinstance(one.event, StepsMissed)]
    assert [(one.first, one.last) for one in missed] == [(1, 1)]


def test_declared_by_hand_it_stays_open_until_somebody_resolves_it():
    house = House()
    identity = house.do(facts.Declare("dora", "shop", Severity.P1, "Customers cannot pay"))
    house.wait(3 * 3600, step=60)
    assert house.desk.incident(identity).state.is_open
    house.do(facts.Acknowledge(identity, "dora"))
    house.do(facts.Mitigate(identity, "dora", "fell back"))
    house.do(facts.Resolve(identity, "dora", "restarted the gateway"))
    house.do(facts.Close(identity, "dora", "reviewed"))
    incident = house.desk.incident(identity)
    assert incident.state is State.CLOSED
    assert incident.resolution == "restarted the gateway"


def test_a_time_is_corrected_with_a_reason_and_never_runs_backwards():
    house = House()
    house.hear(report())
    house.wait(MINUTE)
    identity = house.only.identity
    with pytest.raises(Refused, match="reason is missing"):
        house.do(facts.CorrectTime(identity, "dora", facts.Moment.IMPACT, START - 60, " "))
    with pytest.raises(Refused, match="before it was impact"):
        house.do(facts.CorrectTime(identity, "dora", facts.Moment.IMPACT, START + 30, "the log says so"))
    house.do(facts.CorrectTime(identity, "dora", facts.Moment.IMPACT, START - 600, "the log says so"))
    assert house.only.times.impact == START - 600


def test_a_split_and_a_merge_undo_what_was_put_together():
    house = House()
    first, second = report("One"), report("Two")
    house.hear(first, second)
    origin = house.only.identity
    other = house.do(facts.Split(origin, "dora", (second.key,), "it is another problem"))
    assert house.desk.firing(origin) == {first.key}
    assert house.desk.firing(other) == {second.key}
    house.do(facts.Merge(other, "dora", origin, "it was the same after all"))
    assert house.desk.firing(origin) == {first.key, second.key}
    assert house.desk.incident(other).state is State.MERGED


def test_a_symptom_that_outlives_its_cause_becomes_an_incident_of_its_own_and_pages():
    house = House()
    house.hear(report("Down", "database"), report("Errors", "api"))
    house.do(facts.Acknowledge(house.only.identity, "alice"))
    house.hear(report("Down", "database", resolved=True))
    house.wait(6 * MINUTE)
    (left,) = [one for one in house.incidents if one.state.is_open]
    assert left.service == "api"
    assert house.told() == ["alice pager", "alice pager"]


def test_a_heartbeat_that_stays_away_is_an_incident_and_one_that_comes_back_ends_it():
    expected = ExpectedHeartbeat("eu", (LabelMatcher("alertname", "Watchdog"),), 180.0, "api")
    house = House(Desk(replace(rules(), heartbeats=(expected,))))
    beat = report("Watchdog", "", "none")
    for _ in range(10):
        assert hear_beat(house.desk, beat, house.now).cause is Cause.HEARTBEAT
        house.wait(60)
    assert house.incidents == []
    house.wait(180)
    assert house.only.service == "api"
    assert house.told() == ["alice pager"]
    hear_beat(house.desk, beat, house.now)
    assert house.desk.firing(house.only.identity) == set()


def test_our_own_heartbeat_does_not_leave_while_the_one_before_it_is_stuck():
    house = House(Desk(replace(rules(), sent_heartbeats=(SentHeartbeat("out", "channel"),))), outcome=Outcome.FAILED)
    for _ in range(10):
        send_beat(house.desk, "out", house.now)
        house.wait(60, step=60)
    assert len({one.due_at for one in house.sent}) == 1
    house.outcome = Outcome.DELIVERED
    house.wait(600)
    send_beat(house.desk, "out", house.now)
    house.settle()
    assert len({one.due_at for one in house.sent}) == 2


def test_an_alert_that_still_fires_four_hours_after_people_resolved_its_incident_pages_again():
    house = House()
    house.hear(report())
    house.do(facts.Resolve(house.only.identity, "alice", "it looked better"))
    house.wait(3 * 3600, step=600)
    house.hear(report())
    assert house.told() == ["alice pager"]
    house.wait(3700, step=600)
    house.hear(report())
    assert house.told() == ["alice pager", "alice pager"]
    assert len(house.incidents) == 2


def test_what_people_called_a_false_alarm_stays_one_until_it_ends():
    house = House()
    house.hear(report())
    house.do(facts.CallFalseAlarm(house.only.identity, "alice", "the probe was moved"))
    house.wait(5 * 3600, step=600)
    house.hear(report())
    assert house.told() == ["alice pager"]


def test_whom_a_page_may_have_reached_hears_of_the_acknowledgement_and_of_the_end():
    house = House(outcome=Outcome.UNKNOWN)
    house.hear(report())
    house.do(facts.Acknowledge(house.only.identity, "alice"))
    assert house.told("acknowledge")[:1] == ["alice pager"]
    house.outcome = Outcome.DELIVERED
    house.do(facts.Resolve(house.only.identity, "alice", "restarted"))
    assert house.told("resolve") == ["alice pager"]


def test_whom_a_page_may_have_reached_hears_of_the_end_although_another_target_took_it():
    house = House(outcome=Outcome.UNKNOWN)
    house.hear(report())
    house.wait(31, step=1)
    house.outcome = Outcome.DELIVERED
    house.wait(2, step=1)
    assert house.told()[-1] == "alice backup-pager"
    house.do(facts.Resolve(house.only.identity, "alice", "restarted"))
    assert sorted(house.told("resolve")) == ["alice backup-pager", "alice pager"]


def test_an_attempt_that_a_dying_process_left_behind_is_made_within_30_seconds():
    house = House()
    take_report(house.desk, report(), house.now)
    begin_attempts(house.desk, 1000, house.now)
    house.wait(29, step=1)
    assert house.told() == ["alice backup-pager"]


def test_a_step_that_no_target_takes_is_passed_on_at_once():
    house = House(outcome=Outcome.REFUSED)
    house.hear(report())
    assert house.told() == ["alice pager"]
    house.outcome = Outcome.DELIVERED
    house.wait(2, step=1)
    assert house.told() == ["alice pager", "alice backup-pager"]
    other = House(outcome=Outcome.REFUSED)
    other.hear(report())
    other.wait(5, step=1)
    told = other.told()
    assert told[:4] == ["alice pager", "alice backup-pager", "bob pager", "bob backup-pager"]
    assert told[-1] == "- inbox"


def test_a_page_that_has_not_left_when_a_silence_begins_leaves_when_it_ends():
    house = House()
    take_report(house.desk, report(), house.now)
    house.do(facts.SetSilence(silence(house.now, 600, service="api")))
    house.wait(599)
    assert house.told() == []
    house.wait(10)
    assert house.told()[0] == "alice pager"


def test_what_fires_again_soon_after_its_acknowledged_incident_was_over_pages_again():
    house = House()
    house.hear(report())
    house.do(facts.Acknowledge(house.only.identity, "alice"))
    house.hear(report(resolved=True))
    house.wait(6 * MINUTE)
    assert house.told("resolve") == ["alice pager"]
    house.hear(report(at=house.now))
    assert house.told() == ["alice pager", "alice pager"]
    assert not house.only.is_acknowledged


def test_a_page_that_turns_out_to_have_arrived_is_told_as_delivered_where_it_did():
    house = House(outcome=Outcome.UNKNOWN)
    house.hear(report())
    house.wait(31, step=1)
    waiting = next(iter(house.desk.outgoing.values()))
    assert waiting.current_target == "backup-pager"
    came_back(house.desk, waiting.key, 1, Receipt(Outcome.DELIVERED), house.now, "pager")
    (told,) = [one.event for one in house.desk.changes.entries if isinstance(one.event, Told)]
    assert told.target == "pager"


def test_after_an_outage_a_page_that_was_left_behind_and_the_step_that_repeats_it_are_one():
    house = House(Desk(replace(rules(), directory=repeating())))
    house.hear(report())
    house.wait(5 * MINUTE - 10)
    house.now += 10
    pass_time(house.desk, house.now)
    begin_attempts(house.desk, 1000, house.now)
    house.now += 16 * MINUTE
    house.wait(10)
    assert house.told() == ["alice pager", "bob pager", "- inbox"]


def test_an_attempt_that_was_not_begun_in_time_is_soon_made_at_the_same_target():
    house = House()
    take_report(house.desk, report(), house.now)
    for _ in range(6):
        (begun,) = begin_attempts(house.desk, 1000, house.now)
        came_back(house.desk, begun.key, begun.tries, NOT_BEGUN, house.now)
        house.now += 1
    house.settle()
    assert house.told() == ["alice pager"]


def test_a_false_alarm_that_fires_on_for_days_stays_one_and_its_end_disturbs_nothing():
    house = House()
    house.hear(report())
    house.do(facts.CallFalseAlarm(house.only.identity, "alice", "the probe was moved"))
    for _ in range(72):
        house.wait(3600, step=3600)
        house.hear(report())
        forget_old(house.desk, house.now)
    assert house.told() == ["alice pager"]
    house.hear(report(resolved=True))
    assert house.told() == ["alice pager"]


def test_what_a_rule_kept_quiet_that_the_files_no_longer_have_speaks_when_they_are_taken_up():
    rule = InhibitRule("node-down", (LabelMatcher("alertname", "NodeDown"),), (LabelMatcher("alertname", "DiskSlow"),))
    house = House(Desk(rules(rule)))
    quiet = report("DiskSlow", "shop", "warning")
    house.hear(report("NodeDown", "database"), quiet)
    assert house.desk.alerts[quiet.key].disposition.cause is Cause.INHIBITION
    take_up(house.desk, rules(rule), house.now)
    assert house.desk.alerts[quiet.key].disposition.cause is Cause.INHIBITION
    take_up(house.desk, rules(), house.now)
    assert house.desk.alerts[quiet.key].disposition.verdict is Verdict.ATTACHED
