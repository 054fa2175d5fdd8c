"""The chat channel of an urgent incident, from the first minute to long after the last; and without Slack, nothing."""

from dataclasses import replace

import pytest

from covet_sre.alerting.severity import Severity
from covet_sre.incident.channel_end import ChannelEnd
from covet_sre.incident.channels import channel_name
from covet_sre.incident.deliveries import begin_attempts, came_back
from covet_sre.incident.desk import Desk
from covet_sre.incident.facts import Acknowledge, ChangeSeverity, Close, Declare, Reopen, Resolve
from covet_sre.incident.outgoing import Outcome, Receipt, Room, RoomChange
from covet_sre.incident.role_facts import AssignRole, JoinIncident
from covet_sre.incident.roles import Role
from covet_sre.oncall.target import NotificationTarget, TargetKind
from tests.incident.house import MINUTE, House, rules

DAY = 24 * 60 * MINUTE


class Slacking(House):
    """Slack answers each change of a channel; `rooms` are the changes that it took."""

    def __init__(self, **settings: str) -> None:
        known = rules()
        channel = NotificationTarget("channel", TargetKind.SLACK, {"incident_channels": "true", **settings})
        directory = replace(known.directory, targets={**known.directory.targets, "channel": channel})
        people = {
            name: replace(one, addresses={**one.addresses, "slack": f"U0{name.upper()}"})
            for name, one in directory.people.items()
        }
        super().__init__(Desk(replace(known, directory=replace(directory, people=people))))
        self.rooms: list[Room] = []
        self.answer = Outcome.DELIVERED

    def settle(self) -> None:
        for outgoing in begin_attempts(self.desk, 1000, self.now):
            self.sent.append(outgoing)
            room = outgoing.notice.room if outgoing.notice else None
            outcome, reference = self.outcome, ""
            if room is not None:
                outcome = self.answer
                if outcome is Outcome.DELIVERED:
                    self.rooms.append(room)
                    reference = f"C0NEW:{room.name}" if room.change is RoomChange.CREATE else ""
            came_back(self.desk, outgoing.key, outgoing.tries, Receipt(outcome, "", reference), self.now)

    def changes(self, change: RoomChange) -> list[Room]:
        return [one for one in self.rooms if one.change is change]


@pytest.fixture
def house() -> Slacking:
    return Slacking()


def declared(house: House, severity: Severity = Severity.P1) -> str:
    identity = house.do(Declare("dora", "shop", severity, "Orders are saved twice! <b>Fast</b>"))
    house.wait(20)
    return identity


def test_an_urgent_incident_gets_a_channel_and_its_people_come(house: Slacking):
    identity = declared(house)
    house.do(Acknowledge(identity, "alice"))
    house.do(JoinIncident(identity, "bob"))
    house.do(JoinIncident(identity, "a stranger"))
    house.wait(20)
    assert house.only.said.channel == "C0NEW"
    assert house.only.said.channel_name == f"{identity.lower()}-orders-are-saved-twice-b-fast-b"
    invited = [one for room in house.changes(RoomChange.INVITE) for one in room.members]
    assert sorted(invited) == ["U0ALICE", "U0BOB"]
    topics = [room.topic for room in house.changes(RoomChange.TOPIC)]
    assert "Incident Commander: nobody" in topics[0]
    assert "team-formed, Incident Commander: alice" in topics[-1]


def test_the_topic_follows_state_severity_and_commander_and_nothing_else(house: Slacking):
    identity = declared(house)
    count = len(house.changes(RoomChange.TOPIC))
    house.do(ChangeSeverity(identity, "dora", Severity.P0, "all of them"))
    house.wait(20)
    house.do(AssignRole(identity, "dora", Role.COMMANDER, "bob"))
    house.wait(20)
    house.do(AssignRole(identity, "dora", Role.COMMUNICATIONS, "alice"))
    house.wait(60)
    topics = [room.topic for room in house.changes(RoomChange.TOPIC)][count:]
    assert len(topics) == 2
    assert topics[-1].startswith("P0 shop, paged, Incident Commander: bob")


def test_less_urgent_ones_get_none_until_they_are_urgent(house: Slacking):
    identity = declared(house, Severity.P2)
    assert house.rooms == []
    house.do(ChangeSeverity(identity, "dora", Severity.P1, "it grows"))
    house.wait(20)
    assert [room.change for room in house.changes(RoomChange.CREATE)] == [RoomChange.CREATE]
    assert len(house.changes(RoomChange.CREATE)) == 1


def test_it_is_archived_some_time_after_it_was_closed_and_not_while_it_is_open():
    house = Slacking(archive_after="2d")
    identity = declared(house)
    house.do(Resolve(identity, "alice", "rolled back"))
    house.do(Close(identity, "alice"))
    house.wait(20)
    house.do(Reopen(identity, "alice", "not yet"))
    house.wait(20)
    assert not house.desk.records(ChannelEnd)
    house.do(Resolve(identity, "alice", "rolled back again"))
    house.do(Close(identity, "alice"))
    house.wait(20)
    house.wait(2 * DAY - MINUTE, step=3600)
    assert house.changes(RoomChange.ARCHIVE) == []
    house.wait(3600, step=600)
    assert [room.channel for room in house.changes(RoomChange.ARCHIVE)] == ["C0NEW"]
    assert house.desk.incident(identity).said.channel_is_over


def test_a_channel_that_cannot_be_made_costs_nobody_a_page(house: Slacking):
    house.answer = Outcome.REFUSED
    declared(house)
    house.wait(20 * MINUTE)
    assert house.only.said.channel == ""
    assert "alice pager" in house.told()
    creations = [one for one in house.sent if one.notice and one.notice.room]
    assert len(creations) == 1, "what Slack refused for good is not asked again"


def test_a_page_goes_before_a_channel(house: Slacking):
    house.do(Declare("dora", "shop", Severity.P0, "All is down"))
    house.wait(20)
    order = ["channel" if one.notice else "page" for one in house.sent if one.notice or one.is_urgent]
    assert order[0] == "page"


def test_who_has_no_slack_has_no_channel():
    house = House()
    declared(house)
    house.wait(5 * MINUTE)
    assert all(one.notice is None for one in house.sent)


def test_a_name_is_as_slack_wants_names(house: Slacking):
    declared(house)
    incident = replace(house.only, title="Überall: 50 % Fehler (" + "x" * 100)
    name = channel_name("", incident)
    assert len(name) <= 80
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert channel_name("outage", incident).startswith("outage-2026-")
