"""A sample status page in three weathers: everything fine, an outage, maintenance; twenty components, ninety days."""

import random
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from covet_sre.status.by_hand import ByHand, Span
from covet_sre.status.maintenance import Maintenance, MaintenanceStatus, MaintenanceUpdate
from covet_sre.status.page import Component, StatusPage
from covet_sre.status.public_incident import PublicIncident, PublicStatus, PublicUpdate
from covet_sre.status.rules import Evidence, Sign
from covet_sre.status.standing import Standing, Told, standing
from covet_sre.status.states import ComponentState, Impact
from covet_sre.status.uptime import DayBounds, Measured, last_days

NOW = 1_795_718_400.0
"""2026-11-26 18:40 UTC."""

HOUR, DAY = 3600.0, 86400.0
ZONE = "Europe/London"

Weather = Literal["fine", "outage", "maintenance"]

NAMES = {
    "Shop": ["Storefront", "Ordering", "Payments", "Search", "Accounts"],
    "Delivery": ["Tracking", "Notifications", "Returns"],
    "Programs": ["REST API", "GraphQL", "Webhooks out", "SDK downloads"],
    "Regions": ["Europe", "North America", "Asia Pacific", "South America"],
    "": ["Documentation", "Invoices and reports", "Sign-in", "Customer support"],
}


def page(**changes: object) -> StatusPage:
    components = [
        Component(
            identity=name.lower().replace(" ", "-"),
            name=name,
            description="Placing an order, from the basket to the receipt." if name == "Ordering" else "",
            group=group,
            services=(f"svc-{name.lower().replace(' ', '-')}",),
            slos=(f"{name.lower().replace(' ', '-')}-availability",),
            uptime_slos=(f"{name.lower().replace(' ', '-')}-availability",),
            manual=name == "Customer support",
            since=date(2026, 1, 1) if name == "Customer support" else None,
        )
        for group, names in NAMES.items()
        for name in names
    ]
    given: dict[str, object] = {
        "name": "public",
        "title": "Example status",
        "address": "https://status.example.com",
        "description": "How our services are doing, and what we do about it.",
        "support": "https://example.com/help",
        "time_zone": ZONE,
        "components": tuple(components),
        "mail_target": "mail",
        "takes_webhooks": True,
        "subscribe_address": "https://status.example.com",
    }
    return StatusPage(**(given | changes))  # type: ignore[arg-type]


def measured_days(
    seed: int, days: Sequence[DayBounds], bad_days: Mapping[int, float], gap: range = range(0)
) -> list[Measured]:
    """A day of some ten thousand events; `bad_days` have that share of bad ones, and nothing is known in `gap`."""
    chance = random.Random(seed)
    made: list[Measured] = []
    for number, _ in enumerate(days):
        total = chance.randint(8_000, 40_000)
        bad = round(total * bad_days.get(number, chance.choice((0.0, 0.00002, 0.0001))))
        known = 0.0 if number in gap else 1440.0
        made.append(Measured(bad if known else 0, total if known else 0, known, 0.001))
    return made


def update(at: float, status: PublicStatus, text: str, **states: ComponentState) -> PublicUpdate:
    return PublicUpdate(at, status, text, tuple((name.replace("_", "-"), one) for name, one in states.items()), "ann")


def past_incidents() -> list[PublicIncident]:
    begun = NOW - 2 * DAY - 5 * HOUR
    search = (
        update(
            begun,
            PublicStatus.INVESTIGATING,
            "Searches take longer than usual.",
            search=ComponentState.DEGRADED_PERFORMANCE,
        ),
        update(begun + HOUR, PublicStatus.MONITORING, "A fix is in place.", search=ComponentState.DEGRADED_PERFORMANCE),
        update(
            begun + 2 * HOUR,
            PublicStatus.RESOLVED,
            "Searches are as quick as ever. We are sorry for the wait.",
            search=ComponentState.OPERATIONAL,
        ),
    )
    old = NOW - 31 * DAY
    pay = (
        update(old, PublicStatus.INVESTIGATING, "Some payments are refused.", payments=ComponentState.PARTIAL_OUTAGE),
        update(old + 40 * 60, PublicStatus.RESOLVED, "Payments go through again.", payments=ComponentState.OPERATIONAL),
    )
    return [
        PublicIncident("5ea1c400a001", "Slow search results", Impact.MINOR, search, changed_at=search[-1].at),
        PublicIncident(
            "5ea1c400a002", "Payments refused", Impact.MAJOR, pay, "INC-2026-1026-007", changed_at=pay[-1].at
        ),
    ]


def open_incident() -> PublicIncident:
    begun = NOW - 47 * 60
    updates = (
        update(
            begun,
            PublicStatus.INVESTIGATING,
            "Orders cannot be placed at the moment. Nothing that was ordered before is lost.",
            ordering=ComponentState.MAJOR_OUTAGE,
            payments=ComponentState.PARTIAL_OUTAGE,
        ),
        update(
            begun + 18 * 60,
            PublicStatus.IDENTIFIED,
            "We know the cause, and are bringing a copy of the order system up in its place.\n\n"
            "The storefront, search and accounts are not affected. Details: https://example.com/help/orders.",
            ordering=ComponentState.MAJOR_OUTAGE,
        ),
    )
    return PublicIncident(
        "5ea1c400a003",
        "Orders cannot be placed",
        Impact.CRITICAL,
        updates,
        "INC-2026-1126-001",
        changed_at=updates[-1].at,
    )


def maintenance(*, running: bool) -> Maintenance:
    starts = NOW - 20 * 60 if running else NOW + 2 * DAY
    told = [
        MaintenanceUpdate(
            NOW - DAY,
            MaintenanceStatus.SCHEDULED,
            "We are moving to larger machines. Pages may be slow for some minutes.",
            "ann",
        )
    ]
    if running:
        told.append(
            MaintenanceUpdate(
                starts, MaintenanceStatus.IN_PROGRESS, "The scheduled maintenance is in progress.", "covet-sre"
            )
        )
    return Maintenance(
        "7a17e4a4ce01",
        "Larger machines for the storefront",
        ("storefront", "accounts"),
        starts,
        starts + 2 * HOUR,
        tuple(told),
        changed_at=told[-1].at,
    )


def sample(weather: Weather = "fine", shown: StatusPage | None = None) -> Standing:
    shown = shown or page()
    days = last_days(NOW, ZoneInfo(ZONE))
    measured: dict[str, Mapping[str, Sequence[Measured]]] = {}
    for seed, one in enumerate(shown.components):
        chance = random.Random(seed)
        bad = {chance.randrange(90): chance.choice((0.002, 0.004, 0.009, 0.05)) for _ in range(chance.randrange(5))}
        gap = range(41, 44) if one.identity == "asia-pacific" else range(30) if one.identity == "graphql" else range(0)
        measured[one.identity] = {
            name: measured_days(seed, days, bad, gap) for name in one.uptime_slos if not one.manual
        }
    incidents, maintenances, by_hand = past_incidents(), [maintenance(running=False)], []
    evidence: dict[str, Sequence[Evidence]] = {}
    if weather == "outage":
        incidents.append(open_incident())
        evidence = {
            "ordering": [Evidence(Sign.INCIDENT, "P0", NOW - 50 * 60)],
            "search": [Evidence(Sign.ALERT, "page", NOW - 600, 0.02)],
        }
        by_hand = [
            ByHand(
                "customer-support", (Span(ComponentState.DEGRADED_PERFORMANCE, NOW - HOUR, None, "ann", "many calls"),)
            )
        ]
    if weather == "maintenance":
        maintenances = [maintenance(running=True)]
    return standing(shown, NOW, Told(tuple(incidents), tuple(maintenances), tuple(by_hand)), evidence, measured, days)
