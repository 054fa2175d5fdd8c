"""A shop whose people take turns, in memory: two schedules with overrides, swaps, gaps, pages and a test page."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import cast

from tests.web.sample_incidents import HOUR, START, SampleIncidents, sample_rules

from covet_sre.engine.oncall import Codes, OnCallStore, Rosters
from covet_sre.errors import Location, Refused
from covet_sre.flows.contact_codes import code_digest, code_for
from covet_sre.incident.desk import Kind
from covet_sre.incident.oncall_facts import AnswerSwap, AskSwap, SetOverride, WriteHandOff
from covet_sre.incident.outgoing import Delivery, Outgoing, Purpose
from covet_sre.incident.rules import Rules
from covet_sre.integrations.calendars import read_calendar
from covet_sre.oncall.layer import Hours, Layer
from covet_sre.oncall.layered import LayeredSchedule, Override
from covet_sre.oncall.people import Person
from covet_sre.oncall.rotation import Rotation, TurnUnit
from covet_sre.oncall.schedule import Schedule
from covet_sre.oncall.target import Channel
from covet_sre.spec.drafts import draft_of

DAY = 24 * HOUR
MONDAY = START - 40 * 60 - HOUR
"""2026-11-23 08:00 UTC: 09:00 in Rome, when shifts of the sample change hands."""

SECRET = b"sixteen bytes at least"
NAMES = {"ana": "Ana Lima", "sam": "Sam Otieno", "eva": "Eva Rossi", "dan": "Dan Fischer"}


def on_call_rules() -> Rules:
    """`shop-primary` rotates weekly, with nights of their own; `shop-europe` follows the sun, and leaves a hole."""
    rules = sample_rules()
    people = {
        name: Person(
            name,
            shown,
            {Channel.PAGE: ("pager",), Channel.EMAIL: ("mail",)},
            {"email": f"{name}@shop.example", "slack": f"U0{name.upper()}"},
            zone="Europe/Rome",
        )
        for name, shown in NAMES.items()
    }
    monday = datetime(2026, 10, 26, 9)
    primary = LayeredSchedule(
        "shop-primary",
        "Europe/Rome",
        (
            Layer("weekly", Rotation(tuple(NAMES), monday)),
            Layer(
                "nights", Rotation(("sam", "dan"), monday.replace(hour=22), TurnUnit.DAY), None, (Hours(1320, 1860),)
            ),
        ),
        (Override(MONDAY + 10 * DAY, MONDAY + 11 * DAY, "sam", "eva"),),
        Location("reliability/oncall.yaml", 12, 1),
        tells_at_start=True,
        test_page_seconds=600.0,
    )
    europe = LayeredSchedule(
        "shop-europe",
        "Europe/Rome",
        (Layer("days", Rotation(("eva", "ana"), monday, TurnUnit.DAY), None, (Hours(480, 1200, (0, 1, 2, 3, 4)),)),),
        (),
        Location("reliability/oncall.yaml", 48, 1),
    )
    schedules: dict[str, Schedule] = {one.name: one for one in (primary, europe)}
    team = replace(rules.directory.teams["shop"], members=tuple(people.values()))
    return replace(rules, directory=replace(rules.directory, people=people, teams={"shop": team}, schedules=schedules))


class DeskRecords:
    """What `Rosters` asks of a store, read from the desk of the sample."""

    def __init__(self, incidents: SampleIncidents) -> None:
        self._incidents = incidents

    def records(self, kind: type[Kind], over_after: float | None = None) -> Sequence[Kind]:
        found = self._incidents.desk.records(kind).values()
        return [one for one in found if over_after is None or one.over_at is None or one.over_at >= over_after]

    def notifications(self, incident: str | None, target: str | None, limit: int) -> Sequence[Outgoing]:
        return sorted(self._incidents.told.values(), key=lambda one: (one.due_at, one.key), reverse=True)[:limit]

    def delivered(self, since: float, limit: int) -> Sequence[Outgoing]:
        found = [one for one in self._incidents.told.values() if one.due_at >= since]
        return [one for one in found if one.delivery is Delivery.DELIVERED and one.purpose is Purpose.TRIGGER][:limit]


def rosters(incidents: SampleIncidents) -> Rosters:
    numbers = count(1)

    def new_code() -> tuple[str, str]:
        nonce = f"nonce-{next(numbers)}"
        return nonce, code_digest(code_for(SECRET, nonce), nonce)

    def test_page(token: str) -> tuple[str, str]:
        identity, _, person = token.partition("~")
        if not person:
            raise Refused("this link is not one of ours", remedy="open the schedule")
        return identity.replace("!", "/"), person

    codes = Codes(new_code, code_digest, lambda: f"token-{next(numbers)}", test_page)
    found = Rosters(cast("OnCallStore", DeskRecords(incidents)), lambda: incidents.at, codes, draft_of, read_calendar)
    found.take_up(incidents.files)
    return found


def a_week(changed: Callable[[], object] = lambda: None) -> tuple[SampleIncidents, Rosters]:
    """Monday morning: ana's week has just begun, some have swapped, and some pages of the month were at night."""
    incidents = SampleIncidents(changed, at=MONDAY - 20 * DAY, files=on_call_rules())
    for number, gap_hours in enumerate((3, 30, 41, 8, 77, 65, 20, 101)):
        incidents.pass_time(gap_hours * HOUR)
        name = f"Trouble{number}"
        incidents.report(name, "api", "critical")
        incidents.pass_time(30)
        incidents.report(name, "api", "critical", resolved=True)
        incidents.pass_time(HOUR)
    incidents.pass_time(MONDAY - incidents.at - 60)
    incidents.pass_time(60 + 20 * 60)
    later = MONDAY + 2 * DAY
    incidents.decide(SetOverride("one", "sam", "shop-primary", later, later + 9 * HOUR, "ana", "eva", "The dentist"))
    week = MONDAY + 7 * DAY
    incidents.decide(AskSwap("two", "sam", "shop-primary", "sam", "eva", week, week + 2 * HOUR, None, None, "A flight"))
    ahead = MONDAY + 14 * DAY
    asked = AskSwap(
        "three",
        "eva",
        "shop-primary",
        "eva",
        "dan",
        ahead,
        ahead + 5 * HOUR,
        ahead + 7 * DAY,
        ahead + 7 * DAY + HOUR,
        "",
    )
    incidents.decide(asked)
    incidents.decide(AnswerSwap("three", "dan", accepts=True, answer="With pleasure"))
    note = "The queue of orders is drained by hand until Thursday.\nWatch the disk of n7: it fills by 2% a day."
    incidents.decide(WriteHandOff("shop-primary", "dan", note, 0))
    incidents.report("DiskFull", "search", "warning", annotation_summary="The disk of n7 is nearly full")
    incidents.pass_time(START - incidents.at)
    incidents.commands.clear()
    return incidents, rosters(incidents)
