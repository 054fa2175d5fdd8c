"""What people tell the public, as stories: no text is lost, nothing internal is told, and the clock keeps its word."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.access.audit import Act
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import SilenceKind, SilenceState
from covet_sre.engine.desk_commands import as_act, as_arrival, command_in
from covet_sre.errors import NotFound, Refused
from covet_sre.incident.changes import Kept
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import NoteAdded
from covet_sre.incident.facts import Declare, Resolve
from covet_sre.incident.message_events import MessageSent
from covet_sre.incident.message_facts import SendMessage
from covet_sre.incident.outgoing import Delivery, Outcome, Purpose
from covet_sre.incident.status_commands import public_incident_of, publish, tell_of
from covet_sre.incident.status_facts import (
    ClearComponentState,
    ConfirmStatusSubscription,
    CorrectPublicText,
    PublishIncident,
    RemoveStatusSubscriber,
    ScheduleMaintenance,
    SetComponentState,
    SubscribeToStatus,
    UnsubscribeFromStatus,
    UpdateMaintenance,
    UpdatePublicIncident,
)
from covet_sre.incident.templates import TEMPLATES, MessageKind
from covet_sre.oncall.target import SUBSCRIBER_WEBHOOK
from covet_sre.status.by_hand import ByHand
from covet_sre.status.mailing import BATCH, Mailing
from covet_sre.status.maintenance import Maintenance, MaintenanceStatus
from covet_sre.status.public_incident import PublicIncident, PublicStatus
from covet_sre.status.states import ComponentState, Impact
from covet_sre.status.subscriber import CONFIRM_SECONDS, Subscriber, SubscriberKind
from tests.incident.house import MINUTE, report
from tests.status.desk import PublicHouse, with_page

DOWN = (("ordering", ComponentState.MAJOR_OUTAGE),)
FRESH = PublishIncident("ann", "Orders cannot be placed", "We are looking into it.", components=DOWN)


@pytest.fixture
def house() -> PublicHouse:
    return PublicHouse()


def incident_of(house: PublicHouse, identity: str) -> PublicIncident:
    return house.desk.records(PublicIncident)[identity]


# ---------------------------------------------------------------- incidents


def test_an_incident_is_told_goes_on_and_is_resolved(house: PublicHouse) -> None:
    identity = house.do(FRESH)
    house.wait(10 * MINUTE)
    house.do(
        UpdatePublicIncident("ben", identity, 1, "We know the cause.", PublicStatus.IDENTIFIED, impact=Impact.MAJOR)
    )
    house.do(UpdatePublicIncident("ben", identity, 2, "It works again.", PublicStatus.RESOLVED))
    told = incident_of(house, identity)
    assert [update.status.value for update in told.updates] == ["investigating", "identified", "resolved"]
    assert (told.impact, told.version, told.status.is_over) == (Impact.MAJOR, 3, True)
    assert dict(told.states) == {"ordering": ComponentState.OPERATIONAL}
    assert told.spans("ordering", house.now) == [(told.began_at, house.now, ComponentState.MAJOR_OUTAGE)]
    house.do(UpdatePublicIncident("ben", identity, 3, "What we learned.", PublicStatus.POSTMORTEM))
    assert incident_of(house, identity).resolved_at == told.updates[-1].at


def test_its_public_name_tells_nothing_of_the_internal_one(house: PublicHouse) -> None:
    internal = house.do(Declare("ann", "api", Severity.P1, "Pool exhausted"))
    identity = house.do(replace(FRESH, incident=internal))
    assert len(identity) == 12 and "2026" not in identity
    assert incident_of(house, identity).link == internal


def test_what_is_told_of_an_internal_incident_stands_on_its_timeline(house: PublicHouse) -> None:
    internal = house.do(Declare("ann", "api", Severity.P1, "Pool exhausted"))
    house.do(replace(FRESH, incident=internal))
    notes = [entry for entry in house.desk.changes.entries if isinstance(entry.event, NoteAdded)]
    assert [entry.actor for entry in notes] == ["ann"]
    assert "Orders cannot be placed" in notes[0].event.text


def test_two_people_who_write_at_once_lose_nothing(house: PublicHouse) -> None:
    identity = house.do(FRESH)
    house.do(UpdatePublicIncident("ben", identity, 1, "Ben was first.", PublicStatus.IDENTIFIED))
    with pytest.raises(Refused, match=r"changed meanwhile by ben.*version 1.*version 2"):
        house.do(UpdatePublicIncident("chloe", identity, 1, "Chloe saw version 1.", PublicStatus.MONITORING))
    with pytest.raises(Refused, match="changed meanwhile"):
        house.do(CorrectPublicText("chloe", identity, 1, 1, "Another text"))
    assert [update.text for update in incident_of(house, identity).updates][1:] == ["Ben was first."]


def test_a_text_is_corrected_in_its_place_and_nobody_is_told_again(house: PublicHouse) -> None:
    house.subscribe(1)
    identity = house.do(FRESH)
    house.wait(MINUTE)
    told = len(house.notices)
    house.do(CorrectPublicText("ben", identity, 1, 1, "We are looking into it now."))
    house.wait(MINUTE)
    update = incident_of(house, identity).updates[0]
    assert (update.text, update.author, update.corrected_by) == ("We are looking into it now.", "ann", "ben")
    assert len(house.notices) == told == 1
    with pytest.raises(NotFound):
        house.do(CorrectPublicText("ben", identity, 2, 2, "There is none"))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"title": " "}, "the title is missing"),
        ({"title": "a\nBcc: everybody@example.com"}, "several lines"),
        ({"title": "x" * 201}, "201 characters"),
        ({"text": "x" * 10_001}, "10,001 characters"),
        ({"text": "a\x00b"}, "U\\+0000"),
        ({"text": "a\u202eb"}, "U\\+202E"),
        ({"title": "a\ud800b"}, "U\\+D800"),
        ({"actor": ""}, "who does it is missing"),
        ({"status": PublicStatus.POSTMORTEM}, "told after an incident"),
        (
            {"components": (("ordering", ComponentState.MAJOR_OUTAGE), ("ordering", ComponentState.OPERATIONAL))},
            "named twice",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_whole(house: PublicHouse, change: dict, problem: str) -> None:
    with pytest.raises(Refused, match=problem):
        house.do(replace(FRESH, **change))
    assert not house.desk.records(PublicIncident)
    with pytest.raises(NotFound, match="it has ordering, search, support"):
        house.do(replace(FRESH, components=(("../etc", ComponentState.MAJOR_OUTAGE),)))
    with pytest.raises(NotFound):
        house.do(replace(FRESH, incident="INC-2026-0101-001"))


def test_what_is_not_well_is_not_resolved(house: PublicHouse) -> None:
    identity = house.do(FRESH)
    with pytest.raises(Refused, match="not well"):
        house.do(UpdatePublicIncident("ann", identity, 1, "Over?", PublicStatus.RESOLVED, DOWN))
    with pytest.raises(Refused, match="told afterwards"):
        house.do(UpdatePublicIncident("ann", identity, 1, "Learned", PublicStatus.POSTMORTEM))


def test_without_a_page_nothing_is_told(house: PublicHouse) -> None:
    house.desk.take_up(with_page(None))
    with pytest.raises(Refused, match="no status page"):
        house.do(FRESH)


# ---------------------------------------------------------------- internal names


@pytest.mark.parametrize(
    "text",
    [
        "The api is down.",
        "The database is slow.",
        "api-availability burns.",
        "Alice is on it.",
        "alice@example.org knows",
        "The platform team works on it.",
        "See INC-2026-1126-001.",
        "10.1.2.3 is gone.",
        "HighErrors fires.",
        "node-7.internal:9100 is gone",
    ],
)
def test_an_internal_name_is_refused_unless_somebody_says_why_it_may_be_told(house: PublicHouse, text: str) -> None:
    house.hear(report(instance="node-7.internal:9100"))
    internal = house.only.identity
    with pytest.raises(Refused, match="the public text holds"):
        house.do(replace(FRESH, text=text, incident=internal))
    with pytest.raises(Refused, match="the public text holds"):
        house.do(replace(FRESH, title=text, incident=internal))
    identity = house.do(replace(FRESH, text=text, incident=internal, confirmed="our customers know it by that name"))
    assert incident_of(house, identity).updates[0].confirmed == "our customers know it by that name"
    with pytest.raises(Refused, match="the public text holds"):
        house.do(UpdatePublicIncident("ann", identity, 1, text, PublicStatus.MONITORING))


# ---------------------------------------------------------------- the seam for communications


def test_publish_begins_a_public_incident_and_goes_on_with_it(house: PublicHouse) -> None:
    internal = house.do(Declare("ann", "api", Severity.P1, "Pool exhausted"))
    first = publish(house.desk, replace(FRESH, incident=internal), house.now)
    again = publish(
        house.desk, replace(FRESH, incident=internal, text="Better.", status=PublicStatus.MONITORING), house.now
    )
    assert first == again
    found = public_incident_of(house.desk, internal)
    assert found is not None and [update.text for update in found.updates] == ["We are looking into it.", "Better."]
    publish(
        house.desk,
        replace(FRESH, incident=internal, text="Over.", status=PublicStatus.RESOLVED, components=()),
        house.now,
    )
    assert public_incident_of(house.desk, internal) is None
    third = publish(house.desk, replace(FRESH, incident=internal, text="It came back."), house.now + 1)
    assert third != first


def test_a_message_about_an_incident_says_by_itself_what_is_affected(house: PublicHouse) -> None:
    internal = house.desk.incident(house.do(Declare("ann", "api", Severity.P1, "Pool exhausted")))
    identity = tell_of(house.desk, internal, PublicStatus.INVESTIGATING, "We are on it.", "ann", house.now)
    told = incident_of(house, identity)
    assert (told.title, told.impact) == ("A problem with Ordering", Impact.MAJOR)
    assert dict(told.states) == {"ordering": ComponentState.PARTIAL_OUTAGE}
    with pytest.raises(Refused, match="the public text holds"):
        tell_of(house.desk, internal, PublicStatus.IDENTIFIED, f"See {internal.identity}.", "ann", house.now)
    assert tell_of(house.desk, internal, PublicStatus.RESOLVED, "It works again.", "ann", house.now) == identity
    assert dict(incident_of(house, identity).states) == {"ordering": ComponentState.OPERATIONAL}


def test_a_message_to_stakeholders_takes_its_public_text_along_or_neither_is_told(house: PublicHouse) -> None:
    internal = house.do(Declare("ann", "api", Severity.P1, "Pool exhausted"))
    fields = {one.name: "words" for one in TEMPLATES[MessageKind.INITIAL].fields} | {"eta": "30m"}
    sending = SendMessage(internal, "ann", MessageKind.INITIAL, tuple(fields.items()), 0, ("target:channel",))
    with pytest.raises(Refused, match="the public text holds"):
        house.do(replace(sending, public=f"See {internal}"))
    assert house.desk.incident(internal).said.messages == ()
    assert public_incident_of(house.desk, internal) is None
    house.do(replace(sending, public=f"See {internal}", public_why="it stands in the contract"))
    told = public_incident_of(house.desk, internal)
    assert told is not None
    assert told.updates[-1].text == f"See {internal}"
    assert "words" not in str(told)
    (event,) = [one.event for one in house.desk.changes.entries if isinstance(one.event, MessageSent)]
    assert event.public == f"See {internal}"
    assert event.audiences == ("channel", "the status page")


# ---------------------------------------------------------------- states by hand


def test_a_state_is_set_by_hand_and_ended(house: PublicHouse) -> None:
    set_it = SetComponentState("ann", "support", 0, ComponentState.PARTIAL_OUTAGE, "the phone is broken", None)
    house.do(set_it)
    with pytest.raises(Refused, match=r"changed meanwhile by ann"):
        house.do(replace(set_it, actor="ben", state=ComponentState.MAJOR_OUTAGE))
    house.do(ClearComponentState("ben", "support", 1))
    assert house.desk.records(ByHand)["support"].present(house.now) is None
    with pytest.raises(Refused, match="not set by hand"):
        house.do(ClearComponentState("ben", "support", 2))
    for until, problem in ((house.now - 1, "in the past"), (house.now + 400 * 86400, "more than a year")):
        with pytest.raises(Refused, match=problem):
            house.do(replace(set_it, version=2, until=until))
    house.do(replace(set_it, version=2, until=house.now + 60))
    house.wait(2 * MINUTE)
    assert house.desk.records(ByHand)["support"].present(house.now) is None


# ---------------------------------------------------------------- maintenance


def scheduled(house: PublicHouse, **changes: object) -> str:
    plain = ScheduleMaintenance(
        "ann", "Larger machines", "Pages may be slow.", ("ordering",), house.now + 3600, house.now + 7200
    )
    return house.do(replace(plain, **changes))  # type: ignore[arg-type]


def maintenance_of(house: PublicHouse, identity: str) -> Maintenance:
    return house.desk.records(Maintenance)[identity]


def test_maintenance_reminds_begins_and_ends_by_the_clock(house: PublicHouse) -> None:
    house.subscribe(1)
    begun = house.now
    identity = scheduled(house, remind_seconds=1800.0)
    house.wait(30 * MINUTE - 10)
    assert [one.notice.subject for one in house.notices] == ["Example status: Maintenance scheduled: Larger machines"]
    house.wait(20)
    assert [one.notice.subject.split(": ")[1] for one in house.notices] == ["Maintenance scheduled", "Maintenance soon"]
    house.wait(3600)
    assert maintenance_of(house, identity).status is MaintenanceStatus.IN_PROGRESS
    house.wait(3600)
    found = maintenance_of(house, identity)
    assert found.status is MaintenanceStatus.COMPLETED
    assert [round(update.at - begun) for update in found.updates] == [0, 3600, 7200]
    assert [one.notice.subject.split(": ")[1] for one in house.notices][2:] == [
        "Maintenance in progress",
        "Maintenance completed",
    ]
    assert found.spans("ordering", house.now) == [(begun + 3600, begun + 7200, ComponentState.UNDER_MAINTENANCE)]


def test_a_desk_that_slept_through_it_brings_it_to_its_end_at_the_times_that_were_told(house: PublicHouse) -> None:
    begun = house.now
    identity = scheduled(house)
    house.wait(86400, step=86400)
    house.wait(10)
    found = maintenance_of(house, identity)
    assert [round(update.at - begun) for update in found.updates] == [0, 3600, 7200]


def test_maintenance_keeps_alerts_of_its_services_quiet_for_its_time(house: PublicHouse) -> None:
    identity = scheduled(house, silence=True)
    silence = house.desk.silences[maintenance_of(house, identity).silence]
    assert (silence.kind, silence.starts_at - house.now, silence.ends_at - house.now) == (
        SilenceKind.MAINTENANCE,
        3600,
        7200,
    )
    house.wait(3700)
    for service, quiet in (("api", True), ("database", True), ("shop", False)):
        assert silence.silences(report(service=service).labels, house.now) is quiet
    version = maintenance_of(house, identity).version
    house.do(
        UpdateMaintenance(
            "ben", identity, version, "It takes longer.", MaintenanceStatus.IN_PROGRESS, None, house.now + 7200
        )
    )
    assert house.desk.silences[silence.identity].ends_at == house.now + 7200
    house.do(UpdateMaintenance("ben", identity, version + 1, "Done early.", MaintenanceStatus.COMPLETED))
    assert house.desk.silences[silence.identity].state(house.now) is SilenceState.EXPIRED
    with pytest.raises(Refused, match="no service is behind"):
        scheduled(house, components=("support",), silence=True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"components": ()}, "no component"),
        ({"ends_at": 0.0}, "ends before it starts"),
        ({"starts_at": 10.0, "ends_at": 20.0}, "in the past"),
        ({"ends_at": 9e9}, "longer than two weeks"),
        ({"starts_at": 9e9, "ends_at": 9e9 + 60}, "more than a year"),
        ({"remind_seconds": 9e9}, "too early"),
        ({"text": "The database moves."}, "the public text holds"),
    ],
)
def test_maintenance_that_cannot_be_is_refused_whole(house: PublicHouse, changes: dict, problem: str) -> None:
    with pytest.raises(Refused, match=problem):
        scheduled(house, silence=True, **changes)
    assert not house.desk.records(Maintenance)
    assert not house.desk.silences


def test_maintenance_goes_forward_only_and_by_the_version_that_was_seen(house: PublicHouse) -> None:
    identity = scheduled(house)
    house.do(UpdateMaintenance("ben", identity, 1, "We began early.", MaintenanceStatus.IN_PROGRESS))
    with pytest.raises(Refused, match="changed meanwhile by ben"):
        house.do(UpdateMaintenance("chloe", identity, 1, "Verifying.", MaintenanceStatus.VERIFYING))
    with pytest.raises(Refused, match="in_progress already"):
        house.do(UpdateMaintenance("chloe", identity, 2, "Not yet.", MaintenanceStatus.SCHEDULED))
    with pytest.raises(Refused, match="has begun already"):
        house.do(UpdateMaintenance("chloe", identity, 2, "Later.", MaintenanceStatus.VERIFYING, house.now + 60))


# ---------------------------------------------------------------- subscribers


def test_nobody_is_told_before_they_confirmed_and_a_token_confirms_once(house: PublicHouse) -> None:
    token, key = "t" * 43, "k" * 43
    identity = house.do(SubscribeToStatus(SubscriberKind.EMAIL, "Reader@Example.ORG", token, key))
    house.do(FRESH)
    house.wait(MINUTE)
    [asked] = house.notices
    assert asked.address == "Reader@example.org"
    assert asked.notice.link == f"https://status.example.com/confirm/{identity}/{token}"
    for wrong in ("", "T" * 43, key):
        with pytest.raises(Refused, match="does not hold"):
            house.do(ConfirmStatusSubscription(identity, wrong))
    house.do(ConfirmStatusSubscription(identity, token))
    with pytest.raises(Refused, match="does not hold"):
        house.do(ConfirmStatusSubscription(identity, token))
    house.do(replace(FRESH, title="Searches are slow"))
    house.wait(MINUTE)
    assert [one.notice.subject for one in house.notices[1:]] == ["Example status: Investigating: Searches are slow"]
    assert house.notices[-1].notice.unsubscribe == f"https://status.example.com/unsubscribe/{identity}/{key}"
    assert house.notices[-1].incident == ""


def test_a_token_expires_and_an_address_that_never_confirmed_is_forgotten(house: PublicHouse) -> None:
    identity = house.do(SubscribeToStatus(SubscriberKind.EMAIL, "reader@example.org", "t" * 43, "k" * 43))
    house.wait(CONFIRM_SECONDS + 20, step=600)
    assert not house.desk.records(Subscriber)
    with pytest.raises(Refused, match="does not hold"):
        house.do(ConfirmStatusSubscription(identity, "t" * 43))


def test_an_address_is_written_to_once_in_a_while_however_often_it_is_typed(house: PublicHouse) -> None:
    for number in range(20):
        house.do(SubscribeToStatus(SubscriberKind.EMAIL, "READER@example.org", f"{number:043}", "k" * 43))
    assert len(house.notices) == 1
    house.wait(16 * MINUTE)
    house.do(SubscribeToStatus(SubscriberKind.EMAIL, "reader@example.org", "z" * 43, "k" * 43))
    assert len(house.notices) == 2


def test_asking_looks_the_same_whether_an_address_is_subscribed_or_not(house: PublicHouse) -> None:
    known = house.subscribe(1)
    house.wait(20 * MINUTE)
    again = house.do(SubscribeToStatus(SubscriberKind.EMAIL, "reader1@example.org", "a" * 43, "b" * 43, ("search",)))
    fresh = house.do(SubscribeToStatus(SubscriberKind.EMAIL, "reader2@example.org", "c" * 43, "d" * 43, ("search",)))
    assert len(again) == len(fresh) == 32
    assert [one.notice.subject for one in house.notices] == ["Example status: please confirm your subscription"] * 2
    # Somebody else's choice changes nothing before the subscriber confirms it.
    assert house.subscriber(known).components == ()
    house.do(ConfirmStatusSubscription(known, "a" * 43))
    assert house.subscriber(known).components == ("search",)
    assert house.subscriber(known).key.startswith("key-00001")


def test_each_is_told_of_the_components_that_they_chose(house: PublicHouse) -> None:
    everything, ordering, search = house.subscribe(1), house.subscribe(2, "ordering"), house.subscribe(3, "search")
    house.do(FRESH)
    house.wait(MINUTE)
    assert {one.key.rpartition("/")[2] for one in house.notices} == {everything, ordering}
    house.sent.clear()
    house.do(replace(FRESH, title="Everything is slow", components=()))
    house.wait(MINUTE)
    assert {one.key.rpartition("/")[2] for one in house.notices} == {everything, ordering, search}


def test_who_unsubscribes_is_forgotten_and_what_is_on_its_way_does_not_leave(house: PublicHouse) -> None:
    first, second = house.subscribe(1), house.subscribe(2)
    house.outcome = Outcome.FAILED
    house.do(FRESH)
    house.wait(20)
    with_key = house.subscriber(first).key
    house.do(UnsubscribeFromStatus(first, "wrong" * 10))
    assert first in house.desk.records(Subscriber)
    house.do(UnsubscribeFromStatus(first, with_key))
    house.do(UnsubscribeFromStatus(first, with_key))
    house.outcome = Outcome.DELIVERED
    house.sent.clear()
    house.wait(10 * MINUTE)
    assert {one.address for one in house.notices} == {"reader2@example.org"}
    with pytest.raises(NotFound):
        house.do(RemoveStatusSubscriber("ann", first, "asked by phone"))
    house.do(RemoveStatusSubscriber("ann", second, "asked by phone"))
    assert not house.desk.records(Subscriber)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "reader",
        "reader@",
        "@example.org",
        "a b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@b",
        "a@example..org",
        "a,b@example.org",
        "<a@example.org>",
        "x" * 250 + "@example.org",
    ],
)
def test_what_is_no_mail_address_is_refused(house: PublicHouse, address: str) -> None:
    with pytest.raises(Refused, match="no e-mail address"):
        house.do(SubscribeToStatus(SubscriberKind.EMAIL, address, "t" * 43, "k" * 43))


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/hook",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://localhost/",
        "https://metadata.google.internal/",
        "https://user:secret@example.org/",
        "ftp://example.org/",
        "https://example.org/\r\nX: y",
        "https://example.org:99999/",
        "https://example.org/#other",
    ],
)
def test_an_address_that_may_lead_inside_is_refused(house: PublicHouse, address: str) -> None:
    with pytest.raises(Refused):
        house.do(SubscribeToStatus(SubscriberKind.WEBHOOK, address, "t" * 43, "k" * 43))


def test_a_webhook_is_told_by_the_guarded_target_which_knows_whose_it_is(house: PublicHouse) -> None:
    identity = house.subscribe(1, kind=SubscriberKind.WEBHOOK)
    house.do(FRESH)
    house.wait(MINUTE)
    [told] = house.notices
    assert told.targets == (SUBSCRIBER_WEBHOOK,)
    assert told.address == f"https://example.org/hook/1#{house.subscriber(identity).subscription}"


def test_the_audit_record_holds_neither_addresses_nor_tokens(house: PublicHouse) -> None:
    command = SubscribeToStatus(SubscriberKind.EMAIL, "reader@example.org", "t" * 43, "k" * 43)
    acts: list[Act] = [
        as_act(command, "one", 1.0),
        as_act(ConfirmStatusSubscription("one", "t" * 43), "one", 1.0),
        as_act(UnsubscribeFromStatus("one", "k" * 43), "one", 1.0),
    ]
    for act in acts:
        assert "reader" not in act.data and "ttt" not in act.data and "kkk" not in act.data
        assert json.loads(act.data)
    assert acts[0].actor == "the public"
    assert command_in(as_arrival(command, 1.0).body) == command


# ---------------------------------------------------------------- a thousand of them


def test_a_thousand_subscribers_are_told_once_each_a_bounded_number_at_a_time(house: PublicHouse) -> None:
    identities = {house.subscribe(number) for number in range(1000)}
    house.do(FRESH)
    most = 0
    for _ in range(60):
        house.wait(1, step=1)
        most = max(most, len(house.desk.outgoing))
    assert sorted(one.key.rpartition("/")[2] for one in house.notices) == sorted(identities)
    assert most <= BATCH
    assert not house.desk.records(Mailing)


def test_a_page_goes_before_a_thousand_mails_that_wait(house: PublicHouse) -> None:
    for number in range(1000):
        house.subscribe(number)
    house.outcome = Outcome.FAILED
    house.do(FRESH)
    house.wait(30)
    house.outcome = Outcome.DELIVERED
    house.sent.clear()
    house.hear(report())
    assert house.sent[0].purpose is Purpose.TRIGGER
    assert sum(one.purpose is Purpose.NOTICE for one in house.desk.outgoing.values()) <= BATCH


def test_a_mailing_goes_on_where_it_was_after_a_restart(house: PublicHouse) -> None:
    identities = {house.subscribe(number) for number in range(120)}
    house.do(FRESH)
    house.wait(2, step=1)
    told = {one.key for one in house.notices}
    assert 0 < len(told) < 120
    desk = house.desk
    kept = Kept(
        outgoing=tuple(desk.outgoing.values()),
        records=tuple(one for kind in (Subscriber, Mailing, PublicIncident) for one in desk.records(kind).values()),
    )
    house.desk = Desk(with_page(), kept)
    house.wait(MINUTE, step=1)
    keys = [one.key.rpartition("/")[2] for one in house.notices]
    assert sorted(keys) == sorted(identities)


def test_who_subscribes_afterwards_is_not_told_of_what_was_before(house: PublicHouse) -> None:
    for number in range(100):
        house.subscribe(number)
    house.do(FRESH)
    house.wait(1, step=1)
    late = house.subscribe(5000)
    house.wait(MINUTE, step=1)
    assert late not in {one.key.rpartition("/")[2] for one in house.notices}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["publish", "update", "resolve", "unsubscribe", "fail", "mend", "wait"]), max_size=25))
def test_whatever_happens_meanwhile_nobody_hears_one_piece_of_news_twice(steps: list[str]) -> None:
    house = PublicHouse()
    identities = [house.subscribe(number) for number in range(60)]
    for step in steps:
        found = [one for one in house.desk.records(PublicIncident).values() if not one.status.is_over]
        match step:
            case "publish":
                house.do(FRESH)
            case "update" | "resolve" if found:
                status = PublicStatus.RESOLVED if step == "resolve" else PublicStatus.MONITORING
                house.do(UpdatePublicIncident("ann", found[0].identity, found[0].version, "News.", status))
            case "unsubscribe" if identities:
                gone = house.subscriber(identities.pop())
                house.do(UnsubscribeFromStatus(gone.identity, gone.key))
            case "fail" | "mend":
                house.outcome = Outcome.FAILED if step == "fail" else Outcome.DELIVERED
            case _:
                house.wait(7, step=1)
        assert sum(one.key.startswith("status/") for one in house.desk.outgoing.values()) <= BATCH
    house.outcome = Outcome.DELIVERED
    house.wait(600, step=5)
    delivered = [one.key for one in house.notices if one.delivery is Delivery.CLAIMED and one.tries == 1]
    assert len(delivered) == len(set(delivered))
    assert not house.desk.records(Mailing)
    assert not [one for one in house.desk.outgoing.values() if one.key.startswith("status/")]


def test_the_public_is_not_told_that_an_internal_incident_is_over(house: PublicHouse) -> None:
    """Somebody says so: what is resolved inside may still hurt outside."""
    internal = house.do(Declare("ann", "api", Severity.P1, "Pool exhausted"))
    identity = house.do(replace(FRESH, incident=internal))
    house.do(Resolve(internal, "ann", "restarted"))
    assert incident_of(house, identity).status is PublicStatus.INVESTIGATING
