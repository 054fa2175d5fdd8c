"""Schedule and BusinessHours documents -> who is on call when, and when people work."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from covet_sre.oncall.calendar import BusinessHours
from covet_sre.oncall.layer import Hours, Layer
from covet_sre.oncall.layered import LayeredSchedule, Override
from covet_sre.oncall.rotation import Rotation, TurnUnit

LAYER = "Schedule.spec.layers.0"
OVERRIDE = "Schedule.spec.overrides.0"
ROME = ZoneInfo("Europe/Rome")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ROME).timestamp()


def read(files):
    return files.read().rules.directory.schedules["first"]


def test_a_schedule_is_its_layers_and_overrides(files):
    found = read(files)
    monday = datetime(2026, 1, 5, 9)
    hours = Hours(540, 1020, (0, 4))
    assert found == LayeredSchedule(
        "first",
        "Europe/Rome",
        (
            Layer("weekly", Rotation(("ann", "ben"), monday, TurnUnit.WEEK)),
            Layer("daytime", Rotation(("ann",), monday, TurnUnit.DAY), datetime(2026, 6, 1, 9), (hours,)),
        ),
        (Override(at("2026-02-02T09:00"), at("2026-02-03T09:00"), "ann", "ben"),),
        found.location,
        tells_at_start=True,
    )
    assert found.location.line > 1


@pytest.mark.parametrize(
    ("text", "unit", "every"),
    [("12h", TurnUnit.HOUR, 12), ("1d", TurnUnit.DAY, 1), ("2w", TurnUnit.WEEK, 2), ("3M", TurnUnit.MONTH, 3)],
)
def test_turns_are_hours_days_weeks_or_months(files, text, unit, every):
    rotation = read(files.change(f"{LAYER}.handOver", text)).layers[0].rotation
    assert (rotation.unit, rotation.every) == (unit, every)


def test_a_turn_is_a_week_unless_it_says_otherwise(files):
    rotation = read(files.change(f"{LAYER}.handOver", files.REMOVED)).layers[0].rotation
    assert (rotation.unit, rotation.every) == (TurnUnit.WEEK, 1)


def test_a_layer_without_a_name_is_called_by_its_number(files):
    assert read(files.change(f"{LAYER}.name", files.REMOVED)).layers[0].name == "layer-1"


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ({}, Hours()),
        ({"from": "22:00", "to": "06:00"}, Hours(1320, 1800)),
        ({"from": "22:00"}, Hours(1320, 1440)),
        ({"to": "00:30", "days": ["sunday", "monday"]}, Hours(0, 30, (0, 6))),
        ({"from": "08:00", "to": "24:00"}, Hours(480, 1440)),
        ({"from": "08:00", "to": "00:00"}, Hours(480, 1440)),
    ],
)
def test_hours_of_the_week(files, written, hours):
    assert read(files.change(f"{LAYER}.only", [written])).layers[0].only == (hours,)


@pytest.mark.parametrize(
    ("written", "removes", "adds"),
    [({"add": "ben"}, "", "ben"), ({"remove": "ann"}, "ann", ""), ({"replace": "ann", "by": "ben"}, "ann", "ben")],
)
def test_an_override_adds_removes_or_replaces(files, written, removes, adds):
    times = {"from": "2026-03-29 02:30", "to": "2026-03-29 12:00"}
    files.change("Schedule.spec.overrides", [{**times, **written}])
    hour_of_the_change = datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp()
    assert read(files).overrides == (Override(hour_of_the_change, at("2026-03-29T12:00"), removes, adds),)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("Schedule.spec.timeZone", "Europe/Roma", "there is no time zone 'Europe/Roma'"),
        ("Schedule.spec.timeZone", "../../etc/passwd", "there is no time zone"),
        ("Schedule.spec.layers", [], "is empty"),
        (f"{LAYER}.people", [], "is empty"),
        (f"{LAYER}.people.0", "anne", "there is no person 'anne' in any team"),
        (f"{LAYER}.handOver", "0d", "is '0d'"),
        (f"{LAYER}.handOver", "90m", "is '90m'"),
        (f"{LAYER}.starts", "2026-02-30 09:00", "there is no day 2026-02-30"),
        (f"{LAYER}.starts", "2026-01-05", "is '2026-01-05'"),
        (f"{LAYER}.starts", "9999-01-05 09:00", "is in the year 9999"),
        (f"{LAYER}.ends", "2026-01-05 09:00", "is not after starts"),
        (f"{LAYER}.name", "daytime", "two layers are called daytime"),
        (f"{LAYER}.only", [{"from": "09:00", "to": "09:00"}], "from and to are the same"),
        (f"{LAYER}.only", [{"from": "24:00"}], "is '24:00'"),
        (f"{LAYER}.only", [{"days": ["mon"]}], "is 'mon'"),
        (f"{OVERRIDE}.by", "anne", "there is no person 'anne' in any team"),
        (f"{OVERRIDE}.by", "ann", "ann takes their own place"),
        (f"{OVERRIDE}.add", "ann", "has replace and by and add"),
        (f"{OVERRIDE}.by", None, "has replace"),
        (f"{OVERRIDE}.to", "2026-02-02 09:00", "is not after from"),
        (f"{OVERRIDE}.to", "2026-02-02 25:00", "is '2026-02-02 25:00'"),
    ],
)
def test_a_schedule_that_cannot_be_is_an_error(files, path, value, words):
    findings = files.change(path, value).findings()
    assert findings[0].level == "error"
    assert any(words in finding.problem for finding in findings), [str(finding) for finding in findings]


@pytest.mark.parametrize("fields", [["by"], ["replace"], ["replace", "by"]])
def test_an_override_names_those_whom_it_is_about(files, fields):
    for field in fields:
        files.change(f"{OVERRIDE}.{field}", files.REMOVED)
    assert files.one_finding().remedy == "write replace and by, or add, or remove"


def test_a_person_who_left_is_named_wherever_somebody_counts_on_them(files):
    files.change("Team.spec.members", [{"name": "ann"}])
    assert [(finding.code, finding.field) for finding in files.findings()] == [
        ("reference-unknown", "spec.layers[0].people[1]"),
        ("reference-unknown", "spec.overrides[0].by"),
        ("reference-unknown", "spec.steps[0].notify[1].person"),
    ]
    assert "add {name: ben} to the members of a Team" in files.findings()[0].remedy


@pytest.mark.parametrize(
    ("path", "value", "hole"),
    [
        (f"{LAYER}.ends", "2026-03-02 09:00", "from 2026-03-02 17:00 to 2026-03-06 09:00 (Europe/Rome)"),
        (f"{LAYER}.only", [{"from": "00:00", "to": "20:00"}], "from 2026-01-05 20:00 to 2026-01-06 00:00"),
        ("Schedule.spec.overrides", [{"remove": "ann", "from": "2026-02-02 10:00", "to": "2026-02-02 11:00"}],
         "from 2026-02-02 10:00 to 2026-02-02 11:00"),
    ],
)  # fmt: skip
def test_the_first_hole_of_a_schedule_is_a_warning(files, path, value, hole):
    finding = files.change(path, value).one_finding()
    assert (finding.code, finding.level) == ("schedule-hole", "warning")
    assert hole in finding.problem


# ---------------------------------------------------------------- business hours


def test_business_hours_are_a_calendar(files):
    found = files.read().rules.directory.business_hours["office"]
    assert found == BusinessHours(
        "office", "Europe/Rome", (0, 1, 2, 3, 4), time(9), time(18), frozenset({date(2026, 12, 25)}), found.location
    )


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("timeZone", "Rome", "there is no time zone 'Rome'"),
        ("days", [], "is empty"),
        ("opens", "18:00", "is not after opens"),
        ("closes", "24:00", "is '24:00'"),
        ("holidays", ["2026-02-29"], "there is no day 2026-02-29"),
        ("holidays", ["25 December"], "is '25 December'"),
    ],
)
def test_a_calendar_that_cannot_be_is_an_error(files, field, value, words):
    findings = files.change(f"BusinessHours.spec.{field}", value).findings()
    assert any(words in finding.problem for finding in findings), [str(finding) for finding in findings]
    assert findings[0].level == "error"


@pytest.mark.parametrize(("days", "weeks", "is_wrong"), [(["monday"], 60, True), (["monday", "tuesday"], 50, False)])
def test_a_year_without_a_business_day_is_an_error(files, days, weeks, is_wrong):
    mondays = [date.fromordinal(date(2026, 1, 5).toordinal() + 7 * week).isoformat() for week in range(weeks)]
    files.change("BusinessHours.spec.days", days).change("BusinessHours.spec.holidays", mondays)
    assert [finding.problem for finding in files.findings()] == (
        ["no business day follows 2025-12-29 for more than a year"] if is_wrong else []
    )


def test_the_layers_that_the_page_shows_follow_the_sun(files, make):
    """The fragment of docs/on-call.md, which is no whole document."""
    page = (Path(__file__).parents[2] / "docs" / "on-call.md").read_text()
    [fragment] = [text for text in re.findall(r"(?ms)^```yaml\n(.*?)^```", page) if text.startswith("layers:")]
    files.documents["Schedule"]["spec"] = {"timeZone": "Europe/Rome"} | yaml.safe_load(fragment)
    files.more.append(make["Team"]("others", "eva", "dan"))
    assert files.findings() == []
    found = read(files)
    assert (found.on_call(at("2026-01-06T17:59")), found.on_call(at("2026-01-06T18:00"))) == (("ann",), ("eva",))


def test_whoever_comes_is_told_unless_the_file_says_no_and_tested_if_it_says_so(files):
    assert (read(files).tells_at_start, read(files).test_page_seconds) == (True, None)
    files.change("Schedule.spec.tellAtStart", False).change("Schedule.spec.testPageAtStart", "10m")
    assert (read(files).tells_at_start, read(files).test_page_seconds) == (False, 600.0)
