"""The checks themselves: a history in which all went well passes, and each broken promise is seen by its check."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.checks import duplicates, violations
from tests.chaos.history import (
    AlertRow,
    ArrivalRow,
    EntryRow,
    Fault,
    History,
    IncidentRow,
    NotificationRow,
    Seen,
)
from tests.chaos.load import Posted
from tests.chaos.people import Decided
from tests.chaos.receiver import NO_ANSWER, Wire
from tests.chaos.recovery import slow_takeovers

NOW = 1_795_000_000.0
INCIDENT, KEY, MARK = "INC-2026-1118-001", "INC-2026-1118-001/1/0/phone:page/ann/trigger", "mark-0-0-end"
LATER = f"{INCIDENT}/1/1/phone:page/ann/trigger"
PLAN = {"steps": [{"due_seconds": 0.0}, {"due_seconds": 2.0}, {"due_seconds": 900.0}]}


def _entries() -> tuple[EntryRow, ...]:
    told: list[tuple[float, str, str, dict[str, Any]]] = [
        (0.0, "covet-sre", "Opened", {}),
        (0.0, "covet-sre", "AlertJoined", {}),
        (0.0, "covet-sre", "EpisodeBegan", {"episode": 1, "plan": PLAN}),
        (0.0, "covet-sre", "StepTaken", {"episode": 1, "step": 0, "told": ["ann by phone"]}),
        (0.5, "covet-sre", "Told", {"key": KEY}),
        (2.1, "covet-sre", "StepTaken", {"episode": 1, "step": 1, "told": ["ann by phone"]}),
        (2.5, "covet-sre", "Told", {"key": LATER}),
        (9.0, "ann", "Acknowledged", {}),
        (9.5, "ann", "NoteAdded", {"text": "note 1"}),
    ]
    return tuple(
        EntryRow(place, NOW + at, actor, kind, data) for place, (at, actor, kind, data) in enumerate(told, start=1)
    )


def _notification(key: str, step: int) -> NotificationRow:
    doc = {"episode": 1, "step": step}
    return NotificationRow(key, INCIDENT, "phone", "delivered", "trigger", NOW + 2.0 * step, doc)


def well() -> History:
    """One alert, one incident; two steps before somebody acknowledged."""
    attached = {"verdict": "attached", "why": "so", "incident": INCIDENT}
    return History(
        posted=[Posted(MARK, "plain", NOW - 1, NOW - 0.9, 200, (("plain/a", True),))],
        decided=[
            Decided(INCIDENT, "acknowledge", NOW + 9, NOW + 9.1, True),
            Decided(INCIDENT, "note", NOW + 9.4, NOW + 9.6, True, "note 1"),
        ],
        wires=[Wire(KEY, "phone", NOW + 0.4, 200), Wire(LATER, "phone", NOW + 2.4, 200)],
        arrivals=[ArrivalRow(1, "plain", (MARK,), "done", NOW - 0.95, NOW, {"alerts": [["a", attached]]})],
        alerts=[AlertRow("a", True, INCIDENT, "attached")],
        incidents=[IncidentRow(INCIDENT, "api", True, _entries())],
        notifications=[_notification(KEY, 0), _notification(LATER, 1)],
        seen=[
            Seen("arrival", "1", "done", NOW),
            Seen("notification", KEY, "claimed", NOW + 0.1),
            Seen("notification", KEY, "delivered", NOW + 0.5),
            Seen("notification", LATER, "claimed", NOW + 2.2),
            Seen("notification", LATER, "delivered", NOW + 2.5),
        ],
        ended_at=NOW + 60,
    )


def test_a_history_in_which_all_went_well_passes():
    assert violations(well()) == []


def _without_kind(history: History, kind: str) -> None:
    (incident,) = history.incidents
    kept = [entry for entry in incident.entries if entry.kind != kind]
    entries = tuple(replace(entry, position=place) for place, entry in enumerate(kept, start=1))
    history.incidents = [replace(incident, entries=entries)]


def _lost(history: History) -> None:
    history.arrivals, history.seen = [], history.seen[1:]


def _kept_twice(history: History) -> None:
    history.arrivals = [history.arrivals[0], replace(history.arrivals[0], number=2)]
    history.seen = [*history.seen, Seen("arrival", "2", "done", NOW)]


def _disposed_twice(history: History) -> None:
    history.seen = [*history.seen, Seen("arrival", "1", "done", NOW + 1)]


def _never_disposed(history: History) -> None:
    history.arrivals = [replace(history.arrivals[0], state="waiting", result={})]
    history.seen = history.seen[1:]


def _in_no_incident(history: History) -> None:
    disposition = {"verdict": "attached", "why": "so", "incident": "INC-2026-1118-009"}
    history.arrivals = [replace(history.arrivals[0], result={"alerts": [["a", disposition]]})]


def _half_disposed(history: History) -> None:
    history.posted = [replace(history.posted[0], alerts=(("plain/a", True), ("plain/b", False)))]


def _forgotten(history: History) -> None:
    history.alerts = [replace(history.alerts[0], is_firing=False)]


def _not_acknowledged(history: History) -> None:
    _without_kind(history, "Acknowledged")


def _noted_twice(history: History) -> None:
    (incident,) = history.incidents
    again = replace(incident.entries[-1], position=len(incident.entries) + 1)
    history.incidents = [replace(incident, entries=(*incident.entries, again))]


def _two_incidents(history: History) -> None:
    opened = replace(history.incidents[0].entries[0], at=NOW + 20)
    other = IncidentRow("INC-2026-1118-002", "api", True, (opened,))
    history.incidents = [*history.incidents, other]


def _broken_timeline(history: History) -> None:
    history.incidents = [replace(history.incidents[0], is_whole=False)]


def _rewritten(history: History) -> None:
    history.seen = [*history.seen, Seen("timeline", INCIDENT, "rewritten", NOW + 3)]


def _step_skipped(history: History) -> None:
    _without_kind(history, "StepTaken")
    history.incidents = [replace(history.incidents[0], entries=history.incidents[0].entries[:3])]
    history.notifications, history.wires, history.decided = [], [], []
    history.seen = history.seen[:1]


def _step_late(history: History) -> None:
    (incident,) = history.incidents
    late = [replace(entry, at=entry.at + (40 if entry.position > 5 else 0)) for entry in incident.entries]
    history.incidents = [replace(incident, entries=tuple(late))]


def _step_without_notification(history: History) -> None:
    history.notifications = history.notifications[:1]
    history.wires = history.wires[:1]


def _never_sent(history: History) -> None:
    history.wires = history.wires[:1]


def _still_waiting(history: History) -> None:
    history.notifications = [history.notifications[0], replace(history.notifications[1], delivery="waiting")]


def _silently_cancelled(history: History) -> None:
    history.notifications = [history.notifications[0], replace(history.notifications[1], delivery="cancelled")]


def _sent_unwritten(history: History) -> None:
    history.wires = [*history.wires, Wire("INC-2026-1118-001/1/9/phone:page/ann/trigger", "phone", NOW + 3, 200)]


def _sent_twice(history: History) -> None:
    history.wires = [Wire(KEY, "phone", NOW + 0.2, 200), *history.wires]


def _sent_after_delivery(history: History) -> None:
    history.wires = [*history.wires, Wire(KEY, "phone", NOW + 8, 200)]
    history.faults = [Fault("kill -9", NOW + 5, NOW + 6)]


def _damaged(history: History) -> None:
    history.is_sound = False


BROKEN: dict[str, tuple[Callable[[History], None], str]] = {
    "an accepted alert is lost": (_lost, "no_accepted_alert_is_lost"),
    "one request is kept twice": (_kept_twice, "no_accepted_alert_is_lost"),
    "an alert is disposed of twice": (_disposed_twice, "every_alert_has_one_disposition"),
    "an alert is never disposed of": (_never_disposed, "every_alert_has_one_disposition"),
    "an alert belongs to an incident that is not there": (_in_no_incident, "every_alert_has_one_disposition"),
    "one alert of a batch has no disposition": (_half_disposed, "every_alert_has_one_disposition"),
    "an alert that fires is kept as over": (_forgotten, "alerts_are_as_their_senders_said"),
    "an acknowledgement is lost": (_not_acknowledged, "what_people_decided_is_done"),
    "a note is written twice": (_noted_twice, "what_people_decided_is_done"),
    "one outage is two incidents": (_two_incidents, "no_double_incident"),
    "a chain is broken": (_broken_timeline, "timelines_are_whole"),
    "an entry is rewritten": (_rewritten, "timelines_are_whole"),
    "a step is not taken": (_step_skipped, "every_step_is_taken"),
    "a step is taken late": (_step_late, "every_step_is_taken"),
    "a step tells somebody, and no notification is kept": (_step_without_notification, "every_step_is_taken"),
    "what is kept as delivered was never sent": (_never_sent, "every_notification_is_settled"),
    "a notification waits for ever": (_still_waiting, "every_notification_is_settled"),
    "a notification is cancelled without a word": (_silently_cancelled, "every_notification_is_settled"),
    "something is sent before it is written": (_sent_unwritten, "every_notification_is_settled"),
    "somebody is told twice, and nothing happened": (_sent_twice, "no_unexplained_duplicate"),
    "somebody is told again after the delivery is on record": (_sent_after_delivery, "no_unexplained_duplicate"),
    "the file is damaged": (_damaged, "the_database_is_sound"),
}


@pytest.mark.parametrize(("do_harm", "check"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_promise_is_seen(do_harm: Callable[[History], None], check: str):
    history = well()
    do_harm(history)
    assert check in {found.partition(":")[0] for found in violations(history)}


def test_what_was_left_unanswered_or_killed_on_its_way_may_come_twice():
    history = well()
    history.wires = [Wire(KEY, "phone", NOW + 0.2, NO_ANSWER), *history.wires]
    assert violations(history) == []
    history.wires = [Wire(KEY, "phone", NOW + 0.2, 200), *history.wires[1:]]
    history.faults = [Fault("kill -9", NOW + 0.3, NOW + 0.3)]
    assert violations(history) == []
    assert [(why, problem) for _, why, problem in duplicates(history)] == [("killed", "")]


def test_what_another_notification_carried_counts_as_sent_with_it():
    history = well()
    history.wires = history.wires[:1]
    history.seen = [
        Seen("notification", LATER, "claimed", NOW + 0.1, KEY),
        *(seen for seen in history.seen if seen.name != LATER),
        Seen("notification", LATER, "delivered", NOW + 0.5),
    ]
    assert violations(history) == []


def test_nobody_who_decides_for_too_long_is_seen():
    history = well()
    history.faults = [Fault("kill -9", NOW + 10, NOW + 10.1)]
    assert len(slow_takeovers(history)) == 1
    history.seen = [*history.seen, Seen("arrival", "2", "done", NOW + 20)]
    assert slow_takeovers(history) == []
