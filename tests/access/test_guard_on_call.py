"""Who may change whose shifts: one's own with the right to be on call, other people's with the right to schedules."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from covet_sre.access.permission import Permission, Role
from covet_sre.access.principal import Grant, Kind, Principal
from covet_sre.errors import NotAllowed, NotSignedIn
from covet_sre.flows.acting import acting_as
from covet_sre.flows.guarding import GuardedIncidents
from covet_sre.flows.permissions_of import Facts
from covet_sre.incident import oncall_facts as facts
from covet_sre.oncall.calendar_address import CalendarAddress, CalendarSubject
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.oncall.swap import Swap
from tests.incident.duty_house import rules

RECORDS: Mapping[tuple[type, str], Any] = {
    (ShiftOverride, "of-ann"): ShiftOverride("of-ann", "primary", 0, 1, "ben", "ann", "", "", 0),
    (Swap, "to-ann"): Swap("to-ann", "primary", "ben", "ann", 0, 1, None, None, "", 0),
    (Swap, "from-ann"): Swap("from-ann", "primary", "ann", "ben", 0, 1, None, None, "", 0),
    (CalendarAddress, "of-ann"): CalendarAddress("of-ann", CalendarSubject.PERSON, "ann", "", 0),
    (ShiftTest, "primary/ann/0"): ShiftTest("primary", "ann", 0, 1, 0, 1),
}
KNOWN = Facts(
    rules(),
    lambda _: None,
    lambda _: None,
    lambda _: None,
    record=lambda kind, name: RECORDS.get((kind, name)),
)

#: Each command as ann's own.
OWN: Mapping[type, Any] = {
    facts.SetOverride: facts.SetOverride("o", "typed", "primary", 0, 1, "ben", "ann", "r"),
    facts.RemoveOverride: facts.RemoveOverride("of-ann", "typed"),
    facts.AskSwap: facts.AskSwap("s", "typed", "primary", "ann", "ben", 0, 1, None, None, ""),
    facts.AnswerSwap: facts.AnswerSwap("to-ann", "typed", accepts=True),
    facts.CancelSwap: facts.CancelSwap("from-ann", "typed"),
    facts.WriteHandOff: facts.WriteHandOff("primary", "typed", "text", 0),
    facts.MakeCalendar: facts.MakeCalendar("d", "typed", CalendarSubject.PERSON, "ann"),
    facts.RevokeCalendar: facts.RevokeCalendar("of-ann", "typed"),
    facts.SetContactRules: facts.SetContactRules("ann", "typed", (), (), "", "", 0),
    facts.SendCode: facts.SendCode("ann", "typed", "mail", "n", "h"),
    facts.EnterCode: facts.EnterCode("ann", "typed", "mail", "h"),
    facts.AnswerTestPage: facts.AnswerTestPage("primary/ann/0", "typed", "page"),
    facts.TakeTimes: facts.TakeTimes("t", "typed", "primary", (("ann", 0, 1),), "r"),
}
#: A schedule's note is everybody's in its team; a whole calendar is never one person's own.
NOT_ONES_OWN = (facts.WriteHandOff, facts.TakeTimes)


class Recorder:
    def __init__(self) -> None:
        self.decided: list[Any] = []

    def decide(self, command: Any) -> str:
        self.decided.append(command)
        return "done"


def attempt(principal: Principal, command: Any) -> Any:
    inner = Recorder()
    with acting_as(principal):
        GuardedIncidents(inner, lambda: KNOWN).decide(command)  # type: ignore[arg-type] - a recorder stands for it
    return inner.decided[0]


def somebody(person: str, *grants: Grant, scopes: frozenset[Permission] | None = None) -> Principal:
    return Principal(f"{person}@corp", Kind.USER, grants, scopes, person=person)


def test_there_is_one_of_each_command_here() -> None:
    assert set(OWN) == set(get_args(facts.OnCallCommand))


@pytest.mark.parametrize("kind", OWN, ids=lambda kind: kind.__name__)
def test_a_responder_changes_their_own_and_nobody_elses(kind: type) -> None:
    anywhere = Grant(Role.RESPONDER, service="another")
    if kind in NOT_ONES_OWN:
        with pytest.raises(NotAllowed):
            attempt(somebody("ann", anywhere), OWN[kind])
    else:
        assert attempt(somebody("ann", anywhere), OWN[kind]).actor == "ann"
    if kind is not facts.WriteHandOff:
        with pytest.raises(NotAllowed, match="may not schedule for the team platform"):
            attempt(somebody("zoe", Grant(Role.RESPONDER)), OWN[kind])


@pytest.mark.parametrize("kind", OWN, ids=lambda kind: kind.__name__)
def test_who_owns_a_teams_services_changes_its_peoples_shifts_and_no_other_teams(kind: type) -> None:
    assert attempt(somebody("zoe", Grant(Role.SERVICE_OWNER, team="platform")), OWN[kind]).actor == "zoe"
    with pytest.raises(NotAllowed):
        attempt(somebody("zoe", Grant(Role.SERVICE_OWNER, team="shop")), OWN[kind])


@pytest.mark.parametrize("kind", OWN, ids=lambda kind: kind.__name__)
def test_a_viewer_and_nobody_change_nothing(kind: type) -> None:
    with pytest.raises(NotAllowed):
        attempt(somebody("ann", Grant(Role.VIEWER)), OWN[kind])
    with pytest.raises(NotSignedIn):
        GuardedIncidents(Recorder(), lambda: KNOWN).decide(OWN[kind])  # type: ignore[arg-type]


def test_a_user_who_is_called_like_a_person_is_not_that_person() -> None:
    """Only what their account says about whom they are in the files counts."""
    with pytest.raises(NotAllowed):
        attempt(Principal("ann", Kind.USER, (Grant(Role.RESPONDER),)), OWN[facts.AnswerSwap])


def test_what_is_not_there_is_nobodys_and_is_not_found() -> None:
    for missing in (facts.RemoveOverride("x", "typed"), facts.AnswerSwap("x", "typed", accepts=True)):
        assert attempt(somebody("zoe", Grant(Role.RESPONDER)), missing) is not None
