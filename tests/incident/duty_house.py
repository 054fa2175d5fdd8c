"""A house whose people take turns: ann, ben and chloe, a week each, in Rome; ann's week has just begun."""

from dataclasses import replace
from datetime import datetime

from covet_sre.incident.desk import Desk
from covet_sre.incident.rules import Rules, ServiceRule
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.escalation import EscalationPolicy, EscalationStep, Recipient, RecipientKind
from covet_sre.oncall.layer import Layer
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.people import Person, Team
from covet_sre.oncall.rotation import Rotation
from covet_sre.oncall.target import LOCAL_INBOX, Channel, NotificationTarget, TargetKind
from tests.incident.house import House

HOUR, DAY, WEEK = 3600.0, 86400.0, 7 * 86400.0
START = 1_795_420_800.0
"""2026-11-23 08:00 UTC, a Monday, 09:00 in Rome: ann's week begins."""

PEOPLE = ("ann", "ben", "chloe")


def schedule(**more: object) -> LayeredSchedule:
    weekly = Layer("weekly", Rotation(PEOPLE, datetime(2026, 11, 2, 9)))
    return replace(LayeredSchedule("primary", "Europe/Rome", (weekly,)), **more)  # type: ignore[arg-type]


def directory(people: tuple[str, ...] = PEOPLE, **more: object) -> Directory:
    members = tuple(
        Person(
            name,
            name.title(),
            {Channel.PAGE: ("pager",), Channel.EMAIL: ("mail",), Channel.SLACK: ("chat",)},
            {"email": f"{name}@example.org", "slack": f"U0{name.upper()}"},
        )
        for name in people
    )
    team = Team("platform", "Platform", members, {Channel.SLACK: ("channel",)}, "platform")
    steps = (
        EscalationStep((Recipient(RecipientKind.SCHEDULE, "primary"),)),
        EscalationStep((Recipient(RecipientKind.PERSON, people[-1]),), 600.0),
    )
    targets = (
        LOCAL_INBOX,
        NotificationTarget("pager", TargetKind.PAGERDUTY),
        NotificationTarget("mail", TargetKind.EMAIL),
        NotificationTarget("chat", TargetKind.SLACK),
        NotificationTarget("channel", TargetKind.SLACK),
    )
    return Directory(
        people={one.name: one for one in members},
        teams={"platform": team},
        schedules={"primary": schedule(**more)},
        escalations={"platform": EscalationPolicy("platform", steps)},
        targets={one.name: one for one in targets},
    )


def rules(people: tuple[str, ...] = PEOPLE, **more: object) -> Rules:
    return Rules(directory(people, **more), {"api": ServiceRule("api", "platform")})


def house(**more: object) -> House:
    found = House(Desk(rules(**more)), START)
    found.wait(1)  # the schedules are seen for the first time
    return found
