"""What alerts have in common lies in memory once, and nothing else about them changes."""

from dataclasses import replace

from covet_sre.alerting.alert import compact
from tests.incident.house import House, report


def text(of: str) -> str:
    """An equal text that is another object, as each request brings its own."""
    return "".join(list(of))


def test_alerts_of_one_outage_share_what_is_equal() -> None:
    house = House()
    for number in range(3):
        told = report(text("HighErrors"), text("api"), instance=f"instance-{number}")
        house.hear(replace(told, annotations=((text("summary"), text("It is slow")),), link=text("http://prometheus")))
    _, second, third = house.desk.alerts.values()
    assert second.annotations is third.annotations
    assert second.link is third.link
    assert second.disposition is third.disposition
    assert second.sayings is third.sayings
    assert [one is other for one, other in zip(second.labels, third.labels, strict=True)] == [True, False, True, True]


def test_a_compact_alert_is_the_same_alert() -> None:
    house = House()
    house.hear(report(instance="one"), report(instance="two", severity="warning"))
    for alert in house.desk.alerts.values():
        assert compact(alert) == alert
