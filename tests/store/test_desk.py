"""The desk in every store: written whole or not at all, laid out as it was, listed page by page."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.severity import Severity
from covet_sre.errors import Refused, StoreBusy, StoreError
from covet_sre.incident.changes import Changes, Kept
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import AlertMoved, Closed, NoteAdded, Opened
from covet_sre.incident.identity import incident_identity, place_of
from covet_sre.incident.incident import Incident, folded
from covet_sre.incident.outgoing import Delivery, Outgoing, Purpose
from covet_sre.incident.reports import end_alert, take_report
from covet_sre.incident.timeline import broken_at
from covet_sre.oncall.target import Channel
from covet_sre.ports import Arrival, Disposed
from covet_sre.store import Store
from covet_sre.store.memory import MemoryStore
from store.desk_story import HOLDER, NOON, RULES, laid_out, random_days, report, silence, write

DAY = 86400.0
STRANGE = "\x00 \\u0041 \ud83d é <!channel> \U0001f525"


def opened(service: str = "api", severity: Severity = Severity.P1) -> tuple[Desk, Incident]:
    desk = Desk(RULES)
    return desk, desk.open(Opened(service, severity, "it is down", NOON), NOON)


def outgoing(key: str, incident: str, **values: Any) -> Outgoing:
    known = Outgoing(key, incident, 1, 0, Channel.PAGE, Purpose.TRIGGER, ("pager", "inbox"), NOON, NOON)
    return replace(known, **values)


# ---------------------------------------------------------------- laying out


@pytest.mark.parametrize("seed", range(3))
def test_a_desk_that_is_laid_out_equals_the_one_that_wrote(store: Store, seed: int) -> None:
    desk, now = Desk(RULES), NOON
    for desk, now, changes in random_days(seed, 120):  # noqa: B007 - the last ones count
        write(store, changes, now)
    again = Desk(RULES, store.kept(now))
    expected = laid_out(desk)
    for name, found in laid_out(again).items():
        if name in ("alerts", "incidents", "silences"):
            # What is over for more than a day is kept, and lies on no desk any more.
            assert expected[name] == {**expected[name], **found}, name
        else:
            assert found == expected[name], name
    assert {key for key, alert in desk.alerts.items() if alert.is_firing} <= set(again.alerts)
    assert {key for key, one in desk.incidents.items() if one.state.is_open} <= set(again.incidents)
    assert not again.changes


@pytest.mark.parametrize("seed", range(3, 6))
def test_timelines_fold_to_what_is_kept_and_their_chains_are_whole(store: Store, seed: int) -> None:
    incidents: dict[str, Incident] = {}
    for desk, now, changes in random_days(seed, 100):
        write(store, changes, now)
        incidents = dict(desk.incidents)
    assert len(incidents) > 3
    for identity, incident in incidents.items():
        entries = store.timeline(identity)
        assert broken_at(entries) is None
        assert [entry.position for entry in entries] == list(range(1, incident.position + 1))
        assert folded(entries) == incident == store.find_incident(identity)


@pytest.mark.parametrize("seed", range(6, 8))
def test_every_store_answers_every_question_like_the_one_in_memory(store: Store, seed: int) -> None:
    plain = MemoryStore()
    now = NOON
    for _, now, changes in random_days(seed, 150):
        write(store, changes, now)
        write(plain, changes, now)
    for later in (0.0, DAY / 2, 2 * DAY):
        assert store.kept(now + later) == plain.kept(now + later)
    identities = [
        one.identity for one in plain.incidents(is_open=None, service="", severity="", before=None, limit=999)
    ]
    for is_open, service, severity, before in product(
        (None, True, False), ("", "api", "nobody"), ("", "P1"), (None, identities[3])
    ):
        wanted: dict[str, Any] = {"is_open": is_open, "service": service, "severity": severity, "before": before}
        assert list(store.incidents(**wanted, limit=5)) == list(plain.incidents(**wanted, limit=5))
    for firing, incident, service, after in product(
        (None, True, False), ("", identities[0]), ("", "api"), (None, "api/Full")
    ):
        wanted = {"firing": firing, "incident": incident, "service": service, "after": after}
        assert list(store.alerts(**wanted, limit=3)) == list(plain.alerts(**wanted, limit=3))
    for incident, target in product((None, identities[0]), (None, "pager", "inbox", "chat")):
        assert list(store.notifications(incident, target, 7)) == list(plain.notifications(incident, target, 7))
    for since, limit in product((0.0, now - DAY / 4, now), (3, 1000)):
        assert list(store.delivered(since, limit)) == list(plain.delivered(since, limit))
    assert store.delivered(0.0, 1000)
    assert list(store.silences(now)) == list(plain.silences(now))
    assert store.timeline("INC-2026-1126-999") == plain.timeline("INC-2026-1126-999") == []
    assert store.find_incident(STRANGE) is None


def test_an_empty_store_lays_out_an_empty_desk(store: Store) -> None:
    assert store.kept(NOON) == Kept()


def test_what_is_over_for_a_day_lies_on_no_desk(store: Store) -> None:
    desk, incident = opened()
    take_report(desk, report("HighLatency", "jobs", NOON), NOON)
    key, joined = "jobs/HighLatency", desk.alerts["jobs/HighLatency"].incident
    desk.put_silence(silence("silence-1", NOON, NOON + 60))
    end_alert(desk, desk.alerts[key], NOON + 60)
    desk.record(incident.identity, Closed("seen"), NOON + 60)
    write(store, desk.take_changes(), NOON + 60)
    soon, late = store.kept(NOON + 60 + DAY), store.kept(NOON + 61 + DAY)
    assert [alert.key for alert in soon.alerts] == [key]
    assert [one.identity for one in soon.incidents] == [incident.identity, joined]
    assert [one.identity for one in soon.silences] == ["silence-1"]
    assert late.alerts == late.silences == ()
    assert [one.identity for one in late.incidents] == [joined]
    # Everything is there all the same, for people who look.
    assert len(store.incidents(is_open=False, service="", severity="", before=None, limit=9)) == 1
    assert len(store.alerts(firing=False, incident=joined, service="", after=None, limit=9)) == 1


def test_an_incident_stays_on_the_desk_while_something_there_belongs_to_it(store: Store) -> None:
    """An alert may go on firing, and a notification be under way, when people have closed the incident."""
    desk = Desk(RULES)
    take_report(desk, report("HighLatency", "jobs", NOON), NOON)
    other = desk.open(Opened("api", Severity.P1, "down", NOON), NOON).identity
    desk.put_outgoing(outgoing("waits", other))
    for identity in list(desk.incidents):
        desk.record(identity, Closed("seen"), NOON)
    write(store, desk.take_changes(), NOON)
    kept = store.kept(NOON + 9 * DAY)
    assert {one.identity for one in kept.incidents} == {desk.alerts["jobs/HighLatency"].incident, other}
    again = Desk(RULES, kept)
    end_alert(again, again.alerts["jobs/HighLatency"], NOON + 9 * DAY)


def test_people_who_were_asked_are_told_how_it_goes_on_after_a_restart(store: Store) -> None:
    desk, incident = opened()
    for key, values in (
        ("asked", {"delivery": Delivery.DELIVERED}),
        ("told", {"delivery": Delivery.DELIVERED, "purpose": Purpose.UPDATE}),
        ("failed", {"delivery": Delivery.FAILED}),
        ("perhaps", {"delivery": Delivery.CANCELLED, "perhaps": ("pager",)}),
        ("waits", {"purpose": Purpose.UPDATE}),
        ("claimed", {"delivery": Delivery.CLAIMED, "target": 1}),
    ):
        desk.put_outgoing(outgoing(key, incident.identity, **values))
    write(store, desk.take_changes(), NOON)
    assert {one.key for one in store.kept(NOON).outgoing} == {"asked", "failed", "perhaps", "waits", "claimed"}
    assert set(Desk(RULES, store.kept(NOON)).delivered[incident.identity]) == {"asked", "perhaps"}
    assert Desk(RULES, store.kept(NOON)).delivered == desk.delivered
    desk.record(incident.identity, Closed("seen"), NOON)
    write(store, desk.take_changes(), NOON)
    assert {one.key for one in store.kept(NOON + 2 * DAY).outgoing} == {"waits", "claimed"}


def test_a_number_of_an_incident_is_given_once_across_restarts(store: Store) -> None:
    desk, first = opened()
    write(store, desk.take_changes(), NOON)
    again = Desk(RULES, store.kept(NOON + 9 * DAY))
    assert again.open(Opened("api", Severity.P1, "down", NOON), NOON).identity != first.identity


# ---------------------------------------------------------------- writing


def test_an_entry_is_never_overwritten_and_nothing_else_of_that_write_is_kept(store: Store) -> None:
    desk, incident = opened()
    write(store, desk.take_changes(), NOON)
    (number,) = store.accept([Arrival("alertmanager", b"{}", NOON)])
    rival = Desk(RULES, store.kept(NOON))
    desk.record(incident.identity, NoteAdded("ours"), NOON + 1, "ana")
    rival.record(incident.identity, NoteAdded("theirs"), NOON + 1, "bea")
    take_report(rival, report("Full", "jobs", NOON), NOON)
    rival.put_silence(silence("silence-1", NOON, NOON + 60))
    rival.put_outgoing(outgoing("theirs", incident.identity))
    write(store, desk.take_changes(), NOON + 1)
    before, timeline = store.kept(NOON + 1), store.timeline(incident.identity)
    with pytest.raises(StoreError, match="has an entry already"):
        store.write(rival.take_changes(), [Disposed(number)], NOON + 1, HOLDER)
    assert store.kept(NOON + 1) == before
    assert store.timeline(incident.identity) == timeline
    assert store.waiting_count() == 1
    assert store.writable() is None or "entry already" in str(store.writable())
    # The rival lays its desk out anew, and its note stands beside ours.
    rival = Desk(RULES, store.kept(NOON + 2))
    rival.record(incident.identity, NoteAdded("theirs"), NOON + 2, "bea")
    write(store, rival.take_changes(), NOON + 2)
    assert [entry.actor for entry in store.timeline(incident.identity)] == ["covet-sre", "ana", "bea"]


def test_two_desks_never_open_an_incident_of_the_same_name(store: Store) -> None:
    one, first = opened("api")
    two, second = opened("jobs")
    assert first.identity == second.identity
    write(store, one.take_changes(), NOON)
    with pytest.raises(StoreError):
        write(store, two.take_changes(), NOON)
    found = store.find_incident(first.identity)
    assert found is not None
    assert found.service == "api"


def test_whoever_has_lost_the_lease_writes_nothing(store: Store) -> None:
    desk, incident = opened()
    with pytest.raises(StoreBusy, match="nobody has taken the lease"):
        store.write(desk.changes, (), NOON, HOLDER)
    write(store, desk.take_changes(), NOON)
    assert not store.acquire_desk("server-2", NOON + 1, 60.0)
    assert store.acquire_desk(HOLDER, NOON + 1, 0.0)  # given up
    assert store.acquire_desk("server-2", NOON + 2, 60.0)
    desk.record(incident.identity, NoteAdded("late"), NOON + 3, "ana")
    with pytest.raises(StoreBusy, match="server-2 decides now"):
        store.write(desk.take_changes(), (), NOON + 3, HOLDER)
    assert len(store.timeline(incident.identity)) == 1
    other = Desk(RULES, store.kept(NOON + 3))
    other.record(incident.identity, NoteAdded("in time"), NOON + 3, "bea")
    store.write(other.take_changes(), (), NOON + 3, "server-2")
    assert [entry.actor for entry in store.timeline(incident.identity)] == ["covet-sre", "bea"]


def test_the_leases_of_measuring_and_deciding_are_apart(store: Store) -> None:
    assert store.acquire_lease("measures", NOON, 60.0)
    assert store.acquire_desk("decides", NOON, 60.0)
    assert not store.acquire_lease("decides", NOON, 60.0)
    assert not store.acquire_desk("measures", NOON, 60.0)


def test_an_alert_that_is_forgotten_is_gone(store: Store) -> None:
    desk = Desk(RULES)
    take_report(desk, report("Full", "jobs", NOON), NOON)
    take_report(desk, report("Errors", "jobs", NOON), NOON)
    write(store, desk.take_changes(), NOON)
    end_alert(desk, desk.alerts["jobs/Full"], NOON)
    desk.forget_alert("jobs/Full")
    write(store, desk.take_changes(), NOON)
    assert [alert.key for alert in store.kept(NOON).alerts] == ["jobs/Errors"]


def test_alerts_that_no_desk_knows_any_more_are_forgotten_with_the_inbox(store: Store) -> None:
    desk = Desk(RULES)
    for name in ("Full", "Errors"):
        take_report(desk, report(name, "jobs", NOON), NOON)
    end_alert(desk, desk.alerts["jobs/Full"], NOON)
    write(store, desk.take_changes(), NOON)
    store.forget_arrivals(NOON)
    assert len(store.alerts(firing=None, incident="", service="", after=None, limit=9)) == 2
    store.forget_arrivals(NOON + 1)
    assert [one.key for one in store.alerts(firing=None, incident="", service="", after=None, limit=9)] == [
        "jobs/Errors"
    ]


def test_words_of_any_kind_survive_in_every_column_and_document(store: Store) -> None:
    desk = Desk(RULES)
    incident = desk.open(Opened(STRANGE, Severity.P0, STRANGE, NOON), NOON, STRANGE)
    take_report(desk, report("Full", "jobs", NOON), NOON)
    alert = replace(desk.alerts["jobs/Full"], key=STRANGE, labels=(("a", STRANGE),), service=STRANGE)
    desk.put_alert(alert)
    desk.record(incident.identity, AlertMoved(STRANGE, STRANGE, 1, 1, STRANGE), NOON, STRANGE)
    desk.put_silence(silence(STRANGE, NOON, NOON + 60, STRANGE))
    desk.put_outgoing(outgoing(STRANGE, incident.identity, targets=(STRANGE,), person=STRANGE))
    write(store, desk.take_changes(), NOON)
    again = Desk(RULES, store.kept(NOON))
    assert laid_out(again) == laid_out(desk)
    assert [entry.actor for entry in store.timeline(incident.identity)] == [STRANGE, STRANGE]
    assert broken_at(store.timeline(incident.identity)) is None
    assert [one.identity for one in store.incidents(is_open=True, service=STRANGE, severity="", before=None, limit=9)]
    assert list(store.alerts(firing=True, incident="", service=STRANGE, after=None, limit=9)) == [alert]
    assert [one.key for one in store.notifications(None, STRANGE, 9)] == [STRANGE]


# ---------------------------------------------------------------- lists


def test_the_thousandth_incident_of_a_day_comes_after_the_one_before(store: Store) -> None:
    day, other = "2026-1126", "2026-1125"
    names = [incident_identity(day, number) for number in (1, 998, 999, 1000, 1001, 10_000)]
    names += [incident_identity(other, number) for number in (7, 1500)]
    _, incident = opened()
    changes = Changes(incidents={name: replace(incident, identity=name) for name in names})
    write(store, changes, NOON)
    listed: list[str] = []
    before = None
    while page := store.incidents(is_open=True, service="api", severity="P1", before=before, limit=3):
        listed += [one.identity for one in page]
        before = listed[-1]
    assert listed == sorted(names, key=lambda name: (name[4:13], int(name[14:])), reverse=True)
    assert [one.identity for one in store.kept(NOON).incidents] == listed[::-1]


@pytest.mark.parametrize("name", ["", "INC", "INC-2026-1126-1x", "INC-2026-1126-٣٣٣", "' OR 1", STRANGE])
def test_a_page_after_no_incident_is_refused(store: Store, name: str) -> None:
    with pytest.raises(Refused, match="no name of an incident"):
        store.incidents(is_open=None, service="", severity="", before=name, limit=9)


def test_places_are_in_the_order_of_day_and_number() -> None:
    names = [f"INC-{day}-{number:03d}" for day in ("2025-1231", "2026-0101", "2026-1126") for number in (1, 999, 1000)]
    assert sorted(names, key=place_of) == names


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_alerts_are_paged_by_key_in_the_order_of_code_points(store: Store, limit: int) -> None:
    desk = Desk(RULES)
    take_report(desk, report("Full", "jobs", NOON), NOON)
    keys = ["Z", "a", "A", "é", "z", "ä", "_", "-", "a b", "ab", "\U0001f525", "￿", "0", "10", "9"]
    known: dict[str, Alert | None] = {key: replace(desk.alerts["jobs/Full"], key=key) for key in keys}
    write(store, Changes(alerts=known), NOON)
    listed: list[str] = []
    after = None
    while page := store.alerts(firing=True, incident="", service="jobs", after=after, limit=limit):
        listed += [one.key for one in page]
        after = listed[-1]
    assert listed == sorted(keys)


def test_silences_are_listed_by_their_start(store: Store) -> None:
    desk = Desk(RULES)
    for identity, start, end in (("b", NOON + 5, NOON + 9), ("a", NOON + 5, NOON + 6), ("c", NOON, NOON + 7)):
        desk.put_silence(silence(identity, start, end))
    write(store, desk.take_changes(), NOON)
    assert [one.identity for one in store.silences(NOON)] == ["c", "a", "b"]
    assert [one.identity for one in store.silences(NOON + 7)] == ["c", "b"]
