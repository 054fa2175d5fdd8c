"""Who does what in an incident: taken, asked for, handed over, laid down, and never two commanders or none."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.alerting.severity import Severity
from covet_sre.errors import NotFound, Refused
from covet_sre.incident.crew import Crew
from covet_sre.incident.events import Entry
from covet_sre.incident.facts import Acknowledge, Assign, Declare, Merge, Resolve
from covet_sre.incident.incident import folded
from covet_sre.incident.role_events import RoleHandedOver, RoleLaidDown, RoleTaken
from covet_sre.incident.role_facts import (
    AnswerRoleRequest,
    AskForRole,
    AssignRole,
    HandOverRole,
    JoinIncident,
    LayDownRole,
    LeaveIncident,
    TickDuty,
    WithdrawRoleRequest,
)
from covet_sre.incident.roles import CHARTERS, Role
from tests.incident.house import House, report

COMMANDER, RESOLVER, LEAD, EXPERT = Role.COMMANDER, Role.RESOLVER, Role.COMMUNICATIONS, Role.EXPERT


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def incident(house: House) -> str:
    return house.do(Declare("dora", "shop", Severity.P1, "Orders are saved twice"))


def crew(house: House) -> Crew:
    return house.only.crew


def notices(house: House, person: str) -> list[str]:
    return [one.notice.subject for one in house.sent if one.notice and one.person == person]


def test_the_first_who_acknowledges_a_p1_resolves_and_commands(house: House, incident: str):
    house.do(Acknowledge(incident, "alice"))
    assert crew(house).holder(RESOLVER) == crew(house).holder(COMMANDER) == "alice"
    house.do(Acknowledge(incident, "bob"))
    assert crew(house).holder(RESOLVER) == crew(house).holder(COMMANDER) == "alice"


def test_who_acknowledges_where_somebody_commands_only_resolves(house: House, incident: str):
    house.do(AssignRole(incident, "carol", COMMANDER, "carol"))
    house.do(Acknowledge(incident, "alice via slack"))
    assert (crew(house).holder(COMMANDER), crew(house).holder(RESOLVER)) == ("carol", "alice")


@pytest.mark.parametrize(
    ("actor", "via"),
    [("A monitor", "pagerduty-events"), ("somebody with the link", "link"), ("somebody via slack", "slack")],
)
def test_a_program_or_somebody_without_a_name_takes_no_role(house: House, incident: str, actor: str, via: str):
    house.do(Acknowledge(incident, actor, via))
    assert crew(house).holdings == ()


def test_who_acknowledges_a_p2_takes_no_role(house: House):
    house.hear(report(severity="warning"))
    house.do(Acknowledge(house.only.identity, "alice"))
    assert crew(house).holdings == ()


def test_one_person_commands_and_the_refusal_says_what_to_do(house: House, incident: str):
    house.do(AssignRole(incident, "alice", COMMANDER, "alice"))
    with pytest.raises(Refused, match=r"alice is Incident Commander .*hand it over from alice"):
        house.do(AssignRole(incident, "bob", COMMANDER, "bob"))
    with pytest.raises(Refused, match="alice is Incident Commander already"):
        house.do(AssignRole(incident, "bob", COMMANDER, "alice"))


def test_several_experts_know_several_things(house: House, incident: str):
    house.do(AssignRole(incident, "alice", EXPERT, "bob", "database"))
    house.do(AssignRole(incident, "alice", EXPERT, "carol", "payments"))
    house.do(AssignRole(incident, "alice", EXPERT, "bob", "replication"))
    domains = {one.person: one.domain for one in crew(house).holdings}
    assert domains == {"bob": "replication", "carol": "payments"}
    with pytest.raises(Refused, match="domain that the expert knows is missing"):
        house.do(AssignRole(incident, "alice", EXPERT, "dan"))
    with pytest.raises(Refused, match="Primary Resolver has no domain"):
        house.do(AssignRole(incident, "alice", RESOLVER, "dan", "database"))


def test_who_is_asked_is_told_and_accepts(house: House, incident: str):
    house.do(AskForRole(incident, "alice", LEAD, "bob", note="The press has called"))
    assert crew(house).holder(LEAD) == ""
    assert notices(house, "bob") == [f"{incident}: alice asks you to be Communications Lead"]
    house.do(AnswerRoleRequest(incident, "bob", 1, accepts=True))
    assert crew(house).holder(LEAD) == "bob"
    assert crew(house).requests == ()
    with pytest.raises(Refused, match="was answered, or somebody holds the role"):
        house.do(AnswerRoleRequest(incident, "bob", 1, accepts=True))


def test_who_declines_says_so_to_whoever_asked(house: House, incident: str):
    house.do(AskForRole(incident, "alice", LEAD, "bob"))
    house.do(AnswerRoleRequest(incident, "bob", 1, accepts=False, why="I am on a train"))
    assert crew(house).requests == ()
    assert notices(house, "alice") == [f"{incident}: bob declined to be Communications Lead"]


def test_whoever_is_on_call_is_asked_and_a_stranger_cannot_answer(house: House, incident: str):
    house.do(AskForRole(incident, "dora", RESOLVER, schedule="primary"))
    (request,) = crew(house).requests
    assert request.people == ("alice",)
    house.do(AnswerRoleRequest(incident, "alice", 1, accepts=True))
    assert crew(house).holder(RESOLVER) == "alice"
    with pytest.raises(NotFound, match="no schedule nights"):
        house.do(AskForRole(incident, "dora", LEAD, schedule="nights"))


def test_to_accept_a_role_that_somebody_holds_hands_it_over(house: House, incident: str):
    house.do(AssignRole(incident, "alice", COMMANDER, "alice"))
    house.do(AskForRole(incident, "alice", COMMANDER, "bob", note="My shift is over"))
    assert crew(house).holder(COMMANDER) == "alice"
    house.do(AnswerRoleRequest(incident, "bob", 1, accepts=True))
    assert crew(house).holder(COMMANDER) == "bob"
    handed = [one.event for one in entries(house) if isinstance(one.event, RoleHandedOver)]
    assert handed == [RoleHandedOver(COMMANDER, "alice", "bob", "My shift is over")]


def test_a_request_is_asked_once_and_can_be_withdrawn(house: House, incident: str):
    house.do(AskForRole(incident, "alice", LEAD, "bob"))
    with pytest.raises(Refused, match="bob has been asked already"):
        house.do(AskForRole(incident, "carol", LEAD, "bob"))
    house.do(WithdrawRoleRequest(incident, "alice", 1, "carol is here"))
    assert crew(house).requests == ()


def test_what_somebody_holds_nobody_is_asked_for_any_more(house: House, incident: str):
    house.do(AskForRole(incident, "alice", LEAD, "bob"))
    house.do(AskForRole(incident, "alice", LEAD, "dan"))
    house.do(AssignRole(incident, "carol", LEAD, "carol"))
    assert crew(house).requests == ()


def test_a_hand_over_has_a_note_and_both_names(house: House, incident: str):
    house.do(AssignRole(incident, "alice", COMMANDER, "alice"))
    with pytest.raises(Refused, match="hand-over note is missing"):
        house.do(HandOverRole(incident, "alice", COMMANDER, "alice", "bob", " "))
    house.do(HandOverRole(incident, "alice", COMMANDER, "alice", "bob", "Vendor call at 19:00"))
    assert crew(house).holder(COMMANDER) == "bob"
    assert notices(house, "bob") == [f"{incident}: bob is Incident Commander instead of alice"]
    with pytest.raises(Refused, match="alice is not Incident Commander: bob is"):
        house.do(HandOverRole(incident, "alice", COMMANDER, "alice", "carol", "again"))


def test_the_commander_of_an_open_incident_neither_lays_down_nor_leaves(house: House, incident: str):
    house.do(AssignRole(incident, "alice", COMMANDER, "alice"))
    for command in (LayDownRole(incident, "alice", COMMANDER, "alice"), LeaveIncident(incident, "alice")):
        with pytest.raises(Refused, match=r"hand (it|that) over"):
            house.do(command)
    house.do(Resolve(incident, "alice", "rolled back"))
    house.do(LeaveIncident(incident, "alice"))
    assert crew(house).holdings == ()


def test_joining_and_leaving_are_on_the_timeline_and_leaving_lays_down(house: House, incident: str):
    house.do(JoinIncident(incident, "bob"))
    house.do(JoinIncident(incident, "bob"))
    house.do(AssignRole(incident, "bob", RESOLVER, "bob"))
    assert crew(house).participants == ("bob",)
    house.do(LeaveIncident(incident, "bob"))
    assert crew(house).participants == ()
    assert RoleLaidDown(RESOLVER, "bob", "left the incident") in [one.event for one in entries(house)]
    with pytest.raises(Refused, match="bob does not take part"):
        house.do(LeaveIncident(incident, "bob"))


def test_duties_are_the_handbooks_and_are_ticked(house: House, incident: str):
    duty = "Status page updates"
    house.do(TickDuty(incident, "bob", LEAD, duty))
    house.do(TickDuty(incident, "bob", LEAD, duty))
    tick = crew(house).ticked(LEAD, duty)
    assert tick is not None
    assert tick.by == "bob"
    house.do(TickDuty(incident, "bob", LEAD, duty, done=False))
    assert crew(house).ticks == ()
    with pytest.raises(NotFound, match="no duty 'Make coffee'"):
        house.do(TickDuty(incident, "bob", LEAD, "Make coffee"))


def test_who_it_is_assigned_to_resolves_it(house: House, incident: str):
    house.do(Acknowledge(incident, "alice"))
    house.do(Assign(incident, "alice", "bob"))
    assert (house.only.assigned_to, crew(house).holder(RESOLVER)) == ("bob", "bob")
    assert crew(house).holder(COMMANDER) == "alice"


def test_the_people_of_a_merged_incident_go_on_in_the_other(house: House, incident: str):
    house.do(AssignRole(incident, "alice", LEAD, "alice"))
    house.do(AssignRole(incident, "alice", COMMANDER, "alice"))
    other = house.do(Declare("dora", "api", Severity.P1, "The same"))
    house.do(AssignRole(other, "bob", COMMANDER, "bob"))
    house.do(Merge(incident, "bob", other, "one cause"))
    crew = house.desk.incident(other).crew
    assert (crew.holder(COMMANDER), crew.holder(LEAD)) == ("bob", "alice")
    assert set(crew.participants) == {"alice", "bob"}


def test_nothing_is_given_where_all_is_over(house: House, incident: str):
    house.do(Resolve(incident, "alice", "rolled back"))
    with pytest.raises(Refused, match="reopen it first"):
        house.do(AssignRole(incident, "bob", LEAD, "bob"))


def entries(house: House) -> list[Entry]:
    return house.desk.changes.entries


# ---------------------------------------------------------------- whatever people do

PEOPLE = ["alice", "bob", "carol"]
people, roles = st.sampled_from(PEOPLE), st.sampled_from(list(Role))
numbers = st.integers(1, 6)
COMMANDS = st.one_of(
    st.builds(AssignRole, st.just(""), people, roles, people, st.sampled_from(["", "database"])),
    st.builds(AskForRole, st.just(""), people, roles, people, st.just(""), st.sampled_from(["", "database"])),
    st.builds(AskForRole, st.just(""), people, roles, st.just(""), st.just("primary")),
    st.builds(AnswerRoleRequest, st.just(""), people, numbers, st.booleans()),
    st.builds(WithdrawRoleRequest, st.just(""), people, numbers),
    st.builds(HandOverRole, st.just(""), people, roles, people, people, st.just("note")),
    st.builds(LayDownRole, st.just(""), people, roles, people),
    st.builds(JoinIncident, st.just(""), people),
    st.builds(LeaveIncident, st.just(""), people),
    st.builds(Acknowledge, st.just(""), people),
    st.builds(Assign, st.just(""), people, people),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(COMMANDS, max_size=25))
def test_a_role_of_one_has_one_holder_and_a_commander_is_never_missed(commands: list[object]):
    house = House()
    incident = house.do(Declare("dora", "shop", Severity.P1, "Orders are saved twice"))
    had_commander = False
    for command in commands:
        try:
            house.do(replace(command, incident=incident))  # type: ignore[type-var]
        except (Refused, NotFound):
            continue
        crew = house.only.crew
        for role, charter in CHARTERS.items():
            holders = crew.holders(role)
            assert len(set(holders)) == len(holders)
            assert not charter.is_single or len(holders) <= 1
        assert {one.person for one in crew.holdings} <= set(crew.participants)
        assert not had_commander or crew.holder(Role.COMMANDER)
        had_commander = had_commander or bool(crew.holder(Role.COMMANDER))
    assert folded(entries(house)) == house.only
    first = next((one.event for one in entries(house) if isinstance(one.event, RoleTaken)), None)
    assert first is None or first.person in PEOPLE
