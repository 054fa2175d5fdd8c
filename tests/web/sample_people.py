"""A sample incident with people in it: four roles, who is asked, two messages, a promise; and who wants to hear."""

from dataclasses import replace

from tests.web.sample_incidents import MINUTE, SampleIncidents, identity_of

from covet_sre.alerting.severity import Severity
from covet_sre.flows.communications import prepared
from covet_sre.incident import facts
from covet_sre.incident.message_facts import SendMessage, SubscribeToMessages
from covet_sre.incident.role_facts import AskForRole, AssignRole, TickDuty
from covet_sre.incident.roles import Role
from covet_sre.incident.stakeholders import Interest, StakeholderList
from covet_sre.incident.templates import MessageKind
from covet_sre.oncall.target import NotificationTarget, TargetKind

SUBSCRIPTION = "d0b1c9a2-5d4e-4f3a-8b2c-1a0f9e8d7c6b"


def with_audiences(night: SampleIncidents) -> SampleIncidents:
    """A mailbox, a webhook, a list of stakeholders and a subscriber, beside the team's channel."""
    rules = night.desk.rules
    targets = {
        **rules.directory.targets,
        "mail": NotificationTarget("mail", TargetKind.EMAIL, {"to": "shop@example.org"}),
        "hook": NotificationTarget("hook", TargetKind.WEBHOOK),
    }
    executives = StakeholderList(
        "executives", "Executives", Interest((), Severity.P1), emails=("ceo@example.org",), through="mail"
    )
    night.desk.take_up(
        replace(rules, directory=replace(rules.directory, targets=targets), stakeholders={executives.name: executives})
    )
    night.decide(SubscribeToMessages(SUBSCRIPTION, "erin", "erin", Interest(("api",)), "mail", "erin@example.org"))
    night.commands.clear()
    return night


def a_team_at_work(night: SampleIncidents) -> str:
    """The incident of the API half an hour later: everybody is there. Its identity."""
    api = identity_of(night, "api")
    night.decide(facts.Acknowledge(api, "ana", "page"))
    night.pass_time(MINUTE)
    night.decide(facts.Assign(api, "ana", "sam"))
    night.decide(AssignRole(api, "ana", Role.COMMUNICATIONS, "bea"))
    night.decide(AssignRole(api, "ana", Role.EXPERT, "carol", "database"))
    night.decide(AssignRole(api, "sam", Role.EXPERT, "dan", "payments"))
    night.decide(TickDuty(api, "ana", Role.COMMANDER, "Overall incident coordination"))
    night.pass_time(3 * MINUTE)
    send(night, api, MessageKind.INITIAL, "bea", functionality="Checkout\nOrder history")
    night.decide(facts.AddNote(api, "sam", "The replica lags by 40 s"))
    night.pass_time(12 * MINUTE)
    night.decide(facts.Mitigate(api, "sam", done=False))
    night.fail("hook", "503 Service Unavailable")
    send(night, api, MessageKind.UPDATE, "bea", next_steps="Fail over to the second replica", eta="30m")
    night.pass_time(9 * MINUTE)
    night.decide(AskForRole(api, "ana", Role.COMMANDER, "eva", note="My shift ends at six"))
    night.commands.clear()
    return api


def send(night: SampleIncidents, incident: str, kind: MessageKind, by: str, **written: str) -> None:
    """To everybody who can be chosen."""
    message = prepared(night, night.incident(incident), kind, written)
    audiences = tuple(one.key for one in message.audiences)
    fields = tuple(message.values.items())
    night.decide(SendMessage(incident, by, kind, fields, message.draft.version, audiences))
