"""The guard: every command, with every role, on one's own and on somebody else's; and under whose name it is kept."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, get_args

import pytest

from covet_sre.access.permission import ROLES, Permission, Role
from covet_sre.access.principal import INSTALLATION, NOBODY, Grant, Kind, Owner, Principal
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import Silence
from covet_sre.budget.adjustment import AdjustmentKind
from covet_sre.errors import NotAllowed, NotSignedIn
from covet_sre.flows.acting import acting, acting_as
from covet_sre.flows.guarding import GuardedIncidents, GuardedReliability
from covet_sre.flows.permissions_of import Facts, permission_of
from covet_sre.flows.reading import AdjustmentRequest
from covet_sre.incident import facts, message_facts, role_facts, status_facts
from covet_sre.incident.events import Moment
from covet_sre.incident.roles import Role as IncidentRole
from covet_sre.incident.rules import Rules, ServiceRule
from covet_sre.incident.stakeholders import Interest
from covet_sre.incident.templates import MessageKind
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.people import Team
from covet_sre.status.maintenance import MaintenanceStatus
from covet_sre.status.page import Component, StatusPage
from covet_sre.status.public_incident import PublicStatus
from covet_sre.status.states import ComponentState
from covet_sre.status.subscriber import SubscriberKind

RULES = Rules(
    Directory(teams={"core": Team("core", "Core"), "shop": Team("shop", "Shop")}),
    {"api": ServiceRule("api", "core"), "jobs": ServiceRule("jobs", "shop")},
    slos={"api-availability": "api"},
    status_page=StatusPage(
        "public",
        "Status",
        "https://status.example.com",
        components=(Component("c-1", "One", services=("api",)), Component("c-2", "Two", services=("jobs",))),
    ),
)
OWN, OTHER = "api", "jobs"
INCIDENTS = {"INC-1": OWN, "INC-2": OTHER}


def silence(service: str, identity: str = "new") -> Silence:
    return Silence(identity, (LabelMatcher("service", service),), 0, 60, "typed", "a test", 0)


SILENCES = {"s-1": silence(OWN, "s-1"), "s-2": silence(OTHER, "s-2")}
TOLD = {"p-1": ("c-1",), "p-2": ("c-2",)}
KNOWN = Facts(
    RULES,
    INCIDENTS.get,
    {"a-1": "INC-1", "a-2": "INC-2"}.get,
    SILENCES.get,
    told_of=lambda identity: TOLD.get(identity, ()),
)


def _number(service: str) -> str:
    return "1" if service == OWN else "2"


def _on_incident(kind: Callable[..., Any], *more: object) -> Callable[[str], Any]:
    return lambda service: kind(f"INC-{_number(service)}", "typed", *more)


#: One of each command, for a service.
COMMANDS: Mapping[type, Callable[[str], Any]] = {
    facts.Declare: lambda service: facts.Declare("typed", service, Severity.P1, "it is down"),
    facts.Acknowledge: _on_incident(facts.Acknowledge),
    facts.AcknowledgeAlert: lambda service: facts.AcknowledgeAlert(f"a-{_number(service)}", "typed", "api"),
    facts.AddNote: _on_incident(facts.AddNote, "a note"),
    facts.ChangeSeverity: _on_incident(facts.ChangeSeverity, Severity.P2, "why"),
    facts.Assign: _on_incident(facts.Assign, "bo"),
    facts.Mitigate: _on_incident(facts.Mitigate),
    facts.Resolve: _on_incident(facts.Resolve, "how"),
    facts.Close: _on_incident(facts.Close),
    facts.CallFalseAlarm: _on_incident(facts.CallFalseAlarm, "why"),
    facts.Reopen: _on_incident(facts.Reopen, "why"),
    facts.CorrectTime: _on_incident(facts.CorrectTime, Moment.IMPACT, 0.0, "why"),
    facts.Split: _on_incident(facts.Split, ("a-1",), "why"),
    facts.Merge: lambda service: facts.Merge(f"INC-{_number(service)}", "typed", f"INC-{_number(service)}", "why"),
    facts.SetSilence: lambda service: facts.SetSilence(silence(service)),
    facts.ExpireSilence: lambda service: facts.ExpireSilence(f"s-{_number(service)}", "typed"),
    role_facts.AssignRole: _on_incident(role_facts.AssignRole, IncidentRole.COMMANDER, "bo"),
    role_facts.AskForRole: _on_incident(role_facts.AskForRole, IncidentRole.COMMANDER, "bo"),
    role_facts.AnswerRoleRequest: _on_incident(role_facts.AnswerRoleRequest, 1, True),
    role_facts.WithdrawRoleRequest: _on_incident(role_facts.WithdrawRoleRequest, 1),
    role_facts.HandOverRole: _on_incident(role_facts.HandOverRole, IncidentRole.COMMANDER, "bo", "cy", "a note"),
    role_facts.LayDownRole: _on_incident(role_facts.LayDownRole, IncidentRole.COMMANDER, "bo"),
    role_facts.TickDuty: _on_incident(role_facts.TickDuty, IncidentRole.COMMANDER, "a duty"),
    role_facts.JoinIncident: _on_incident(role_facts.JoinIncident),
    role_facts.LeaveIncident: _on_incident(role_facts.LeaveIncident),
    message_facts.SaveDraft: _on_incident(message_facts.SaveDraft, MessageKind.INITIAL, (), 0),
    message_facts.SendMessage: _on_incident(message_facts.SendMessage, MessageKind.INITIAL, (), 0, ()),
    message_facts.PromiseUpdate: _on_incident(message_facts.PromiseUpdate, "30m"),
    status_facts.PublishIncident: lambda service: status_facts.PublishIncident(
        "typed", "a title", "a text", components=((f"c-{_number(service)}", ComponentState.MAJOR_OUTAGE),)
    ),
    status_facts.UpdatePublicIncident: lambda service: status_facts.UpdatePublicIncident(
        "typed", f"p-{_number(service)}", 1, "a text", PublicStatus.MONITORING
    ),
    status_facts.CorrectPublicText: lambda service: status_facts.CorrectPublicText(
        "typed", f"p-{_number(service)}", 1, 1, "a text"
    ),
    status_facts.ScheduleMaintenance: lambda service: status_facts.ScheduleMaintenance(
        "typed", "a title", "a text", (f"c-{_number(service)}",), 0.0, 60.0
    ),
    status_facts.UpdateMaintenance: lambda service: status_facts.UpdateMaintenance(
        "typed", f"p-{_number(service)}", 1, "a text", MaintenanceStatus.COMPLETED
    ),
    status_facts.SetComponentState: lambda service: status_facts.SetComponentState(
        "typed", f"c-{_number(service)}", 0, ComponentState.MAJOR_OUTAGE, "why"
    ),
    status_facts.ClearComponentState: lambda service: status_facts.ClearComponentState(
        "typed", f"c-{_number(service)}", 1
    ),
}

OF_THE_PUBLIC = (
    status_facts.SubscribeToStatus(SubscriberKind.EMAIL, "a@example.org", "t" * 43, "k" * 43),
    status_facts.ConfirmStatusSubscription("one", "t" * 43),
    status_facts.UnsubscribeFromStatus("one", "k" * 43),
)
REMOVE = status_facts.RemoveStatusSubscriber("typed", "one", "asked by phone")

SUBSCRIBE = message_facts.SubscribeToMessages(
    "an identity of a test", "typed", "ada", Interest(), "mail", "ada@example.org"
)
UNSUBSCRIBE = message_facts.UnsubscribeFromMessages("an identity of a test", "typed")


class Recorder:
    """What gets through."""

    def __init__(self) -> None:
        self.decided: list[Any] = []

    def decide(self, command: Any) -> str:
        self.decided.append(command)
        return "done"

    def adjust(self, request: AdjustmentRequest) -> AdjustmentRequest:
        self.decided.append(request)
        return request

    def revoke(self, identity: int, author: str, reason: str) -> None:
        self.decided.append((identity, author, reason))

    def test_target(self, target: str, actor: str) -> str:
        return actor


def somebody(*grants: Grant, scopes: frozenset[Permission] | None = None) -> Principal:
    return Principal("ada", Kind.USER, grants, scopes, person="ada")


def attempt(principal: Principal, command: Any) -> Recorder:
    inner = Recorder()
    with acting_as(principal):
        GuardedIncidents(inner, lambda: KNOWN).decide(command)  # type: ignore[arg-type] - a recorder stands for all of it
    return inner


OF_THE_INSTALLATION = (facts.EndReconciling,)
"""What concerns no service more than another."""


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", OF_THE_INSTALLATION)
def test_what_concerns_the_installation_asks_for_a_role_everywhere(kind: type, role: Role) -> None:
    command = kind("typed")
    permission, _ = permission_of(command, KNOWN)
    if permission in ROLES[role]:
        assert len(attempt(somebody(Grant(role)), command).decided) == 1
    else:
        with pytest.raises(NotAllowed):
            attempt(somebody(Grant(role)), command)
    for grant in (Grant(role, team="core"), Grant(role, service=OWN)):
        with pytest.raises(NotAllowed):
            attempt(somebody(grant), command)


def test_there_is_one_of_each_command_here() -> None:
    kinds = get_args(facts.Command)
    others = (SUBSCRIBE, UNSUBSCRIBE, *OF_THE_PUBLIC, REMOVE)
    assert {*COMMANDS, *OF_THE_INSTALLATION, *map(type, others)} == set(kinds)
    assert len({kind.__name__ for kind in kinds}) == len(kinds), "a command is kept under its name alone"


GRANTS = {
    "everywhere": {},
    "the team": {"team": "core"},
    "the service": {"service": OWN},
    "another": {"service": OTHER},
}


@pytest.mark.parametrize("where", GRANTS)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_every_command_with_every_role_on_ones_own_and_on_somebody_elses(kind: type, role: Role, where: str) -> None:
    for service in (OWN, OTHER):
        command = COMMANDS[kind](service)
        permission, _ = permission_of(command, KNOWN)
        covers = where == "everywhere" or (service == OTHER) is (where == "another")
        if permission in ROLES[role] and covers:
            inner = attempt(somebody(Grant(role, **GRANTS[where])), command)
            assert len(inner.decided) == 1
        else:
            with pytest.raises(NotAllowed, match=f"ada may not {permission} for the service {service}"):
                attempt(somebody(Grant(role, **GRANTS[where])), command)


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_nobody_does_nothing_and_says_so(kind: type) -> None:
    assert acting() is NOBODY
    with pytest.raises(NotSignedIn):
        GuardedIncidents(Recorder(), lambda: KNOWN).decide(COMMANDS[kind](OWN))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_it_is_kept_under_the_name_of_whoever_signed_in_and_not_under_the_typed_one(kind: type) -> None:
    (kept,) = attempt(somebody(Grant(Role.ADMIN)), COMMANDS[kind](OWN)).decided
    name = kept.silence.author if kind is facts.SetSilence else kept.actor
    assert name == "ada"


def test_whoever_may_look_subscribes_and_whoever_has_the_link_ends_it() -> None:
    viewer = somebody(Grant(Role.VIEWER, service=OWN))
    assert [one.actor for one in attempt(viewer, SUBSCRIBE).decided] == ["ada"]
    with pytest.raises(NotSignedIn):
        attempt(NOBODY, SUBSCRIBE)
    link = Principal("somebody with the link", Kind.LINK, (Grant(Role.RESPONDER),), frozenset({Permission.RESPOND}))
    assert attempt(link, UNSUBSCRIBE).decided == [UNSUBSCRIBE]
    with pytest.raises(NotAllowed):
        attempt(link, SUBSCRIBE)


def test_the_public_subscribes_to_the_status_page_without_being_anybody() -> None:
    for command in OF_THE_PUBLIC:
        (kept,) = attempt(NOBODY, command).decided
        assert kept.actor == "the public"


def test_what_concerns_the_whole_status_page_needs_a_role_for_everything() -> None:
    nothing_named = status_facts.PublishIncident("typed", "a title", "a text")
    for command in (REMOVE, nothing_named):
        assert attempt(somebody(Grant(Role.RESPONDER)), command).decided
        with pytest.raises(NotAllowed, match="communicate"):
            attempt(somebody(Grant(Role.RESPONDER, service=OWN)), command)


def test_on_loopback_and_from_chat_the_name_that_is_told_stays() -> None:
    for kind in (Kind.LOOPBACK, Kind.HOOK, Kind.LINK):
        principal = Principal("x", kind, (Grant(Role.ADMIN),))
        (kept,) = attempt(principal, facts.Acknowledge("INC-1", "bo via slack")).decided
        assert kept.actor == "bo via slack"


def test_merging_into_somebody_elses_incident_needs_both() -> None:
    merge = facts.Merge("INC-1", "typed", "INC-2", "the same")
    with pytest.raises(NotAllowed):
        attempt(somebody(Grant(Role.RESPONDER, service=OWN)), merge)
    both = somebody(Grant(Role.RESPONDER, service=OWN), Grant(Role.RESPONDER, service=OTHER))
    assert attempt(both, merge).decided


@pytest.mark.parametrize(
    "matchers",
    [
        (LabelMatcher("severity", "page"),),
        (LabelMatcher("service", "api|jobs", is_regex=True),),
        (LabelMatcher("service", "api", is_equal=False),),
        (LabelMatcher("slo", "unknown"),),
    ],
)
def test_a_silence_that_names_no_service_needs_a_role_everywhere(matchers: tuple[LabelMatcher, ...]) -> None:
    command = facts.SetSilence(Silence("new", matchers, 0, 60, "typed", "a test", 0))
    with pytest.raises(NotAllowed, match="for the whole installation"):
        attempt(somebody(Grant(Role.SERVICE_OWNER, service=OWN)), command)
    assert attempt(somebody(Grant(Role.RESPONDER)), command).decided


def test_a_silence_by_slo_belongs_to_the_slos_service() -> None:
    command = facts.SetSilence(Silence("new", (LabelMatcher("slo", "api-availability"),), 0, 60, "x", "y", 0))
    assert attempt(somebody(Grant(Role.RESPONDER, service=OWN)), command).decided


def test_somebody_elses_silence_is_not_turned_into_ones_own() -> None:
    command = facts.SetSilence(silence(OWN, "s-2"))
    with pytest.raises(NotAllowed):
        attempt(somebody(Grant(Role.RESPONDER, service=OWN)), command)


@pytest.mark.parametrize("role", Role)
def test_adjusting_a_budget_needs_its_own_permission_for_that_service(role: Role) -> None:
    def owner(slo: str) -> Owner:
        return Owner(OWN if slo == "api-availability" else OTHER, "")

    inner = Recorder()
    guarded = GuardedReliability(inner, owner, {1: "api-availability", 2: "other"}.__getitem__)  # type: ignore[arg-type]
    for number, slo in ((1, "api-availability"), (2, "other")):
        request = AdjustmentRequest(slo, AdjustmentKind.EXCLUDE, 1, 2, "typed", "why", 0, 0)
        with acting_as(somebody(Grant(role, service=OWN))):
            if Permission.POLICY in ROLES[role] and number == 1:
                guarded.adjust(request)
                guarded.revoke(number, "typed", "why")
            else:
                for act in (lambda: guarded.adjust(request), lambda: guarded.revoke(number, "typed", "why")):  # noqa: B023 - called at once
                    with pytest.raises(NotAllowed):
                        act()
    assert all("typed" not in repr(each) for each in inner.decided)
    assert bool(inner.decided) is (Permission.POLICY in ROLES[role])


def test_a_test_notification_is_asked_for_under_ones_own_name() -> None:
    with acting_as(somebody(Grant(Role.ADMIN))):
        assert GuardedIncidents(Recorder(), lambda: KNOWN).test_target("chat", "typed") == "ada"  # type: ignore[arg-type]


# ---------------------------------------------------------------- the check itself


def test_each_role_has_everything_of_the_one_before_it() -> None:
    roles = [ROLES[role] for role in Role]
    assert all(less < more for less, more in pairwise(roles))
    assert ROLES[Role.ADMIN] == frozenset(Permission)


def test_what_may_do_harm_by_itself_is_not_a_responders() -> None:
    for permission in (Permission.FREEZE, Permission.BREAK_GLASS, Permission.POLICY, Permission.SCHEDULE):
        assert permission not in ROLES[Role.RESPONDER]
        assert permission in ROLES[Role.SERVICE_OWNER]


def test_a_role_for_a_team_covers_its_services_and_nothing_of_the_whole_installation() -> None:
    ada = somebody(Grant(Role.ADMIN, team="core"))
    assert ada.may(Permission.RESPOND, Owner("api", "core"))
    assert ada.may(Permission.SCHEDULE, Owner(team="core"))
    assert not ada.may(Permission.RESPOND, Owner("jobs", "shop"))
    assert not ada.may(Permission.ACCESS, INSTALLATION)
    assert ada.has(Permission.ACCESS)


def test_who_looks_at_anything_looks_at_everything() -> None:
    viewer = somebody(Grant(Role.VIEWER, service="api"))
    assert viewer.may(Permission.READ, Owner("jobs", "shop"))
    assert not somebody().may(Permission.READ)
