"""Calendars as Google, Outlook and PagerDuty write them, and broken ones."""

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.errors import Refused
from covet_sre.flows.oncall import ReadCalendar
from covet_sre.integrations.calendars import read_calendar
from tests.incident.duty_house import directory

START = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
END = datetime(2027, 3, 1, tzinfo=UTC).timestamp()

GOOGLE = """BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:On-call
X-WR-TIMEZONE:Europe/Rome
BEGIN:VTIMEZONE
TZID:Europe/Rome
X-LIC-LOCATION:Europe/Rome
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=Europe/Rome:20261102T090000
DTEND;TZID=Europe/Rome:20261109T090000
RRULE:FREQ=WEEKLY;WKST=MO;INTERVAL=2;UNTIL=20261214T225959Z
EXDATE;TZID=Europe/Rome:20261116T090000
DTSTAMP:20261101T100000Z
ORGANIZER;CN=On-call:mailto:calendar@group.calendar.google.com
UID:7kukuqrfedlm2f9t0b5m5n7t1k@google.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Ann;X-
 NUM-GUESTS=0:mailto:ANN@example.org
SUMMARY:Primary
STATUS:CONFIRMED
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/Rome:20261201T180000
DTEND;TZID=Europe/Rome:20261207T090000
RECURRENCE-ID;TZID=Europe/Rome:20261130T090000
UID:7kukuqrfedlm2f9t0b5m5n7t1k@google.com
ATTENDEE;CN=Ben:mailto:ben@example.org
SUMMARY:Primary
END:VEVENT
END:VCALENDAR
"""

OUTLOOK = """BEGIN:VCALENDAR
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN
VERSION:2.0
METHOD:PUBLISH
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
CLASS:PUBLIC
DTSTART;TZID="W. Europe Standard Time":20261102T090000
DTEND;TZID="W. Europe Standard Time":20261103T090000
RRULE:FREQ=DAILY;COUNT=2
SUMMARY;LANGUAGE=en-us:On call: Chloe
UID:040000008200E00074C5B7101A82E008
X-MICROSOFT-CDO-BUSYSTATUS:OOF
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261226
SUMMARY:ben over Christmas
UID:2
END:VEVENT
END:VCALENDAR
"""

PAGERDUTY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//PagerDuty//On-Call Schedule//EN
METHOD:PUBLISH
X-WR-CALNAME:Platform primary
BEGIN:VEVENT
UID:PXYZ123-Q1
DTSTAMP:20261101T000000Z
DTSTART:20261102T080000Z
DTEND:20261109T080000Z
ATTENDEE:mailto:ann@example.org
SUMMARY:On Call - Ann - Platform primary
URL:https://example.pagerduty.com/schedules/PXYZ123
END:VEVENT
BEGIN:VEVENT
UID:PXYZ123-Q2
DTSTART:20261109T080000Z
DTEND:20261116T080000Z
SUMMARY:On Call - Ben - Platform primary
END:VEVENT
END:VCALENDAR
"""


def read(text: str | bytes, zone: str = "Europe/Rome") -> ReadCalendar:
    content = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()
    return read_calendar(content, zone, START, END, directory())


def told(found: ReadCalendar) -> list[str]:
    """`person from to`, in UTC."""
    return [
        f"{'/'.join(one.people) or '?'} "
        + " ".join(f"{datetime.fromtimestamp(at, UTC):%m-%dT%H:%M}" for at in (one.start, one.end))
        for one in found.times
    ]


def test_google_repeats_leaves_out_and_changes_one() -> None:
    assert told(read(GOOGLE)) == [
        "ann 11-02T08:00 11-09T08:00",
        "ben 12-01T17:00 12-07T08:00",
        "ann 12-14T08:00 12-21T08:00",
    ]
    assert not read(GOOGLE).put_aside


def test_outlook_has_windows_zones_and_whole_days() -> None:
    assert told(read(OUTLOOK)) == [
        "chloe 11-02T08:00 11-03T08:00",
        "chloe 11-03T08:00 11-04T08:00",
        "ben 12-23T23:00 12-25T23:00",
    ]


def test_pagerduty_names_people_by_address_or_in_the_title() -> None:
    assert told(read(PAGERDUTY)) == ["ann 11-02T08:00 11-09T08:00", "ben 11-09T08:00 11-16T08:00"]


def test_a_zone_that_only_the_calendar_knows_is_read_with_its_changes_of_the_clock() -> None:
    custom = OUTLOOK.replace("W. Europe Standard Time", "Our own time")
    assert told(read(custom)) == told(read(OUTLOOK))
    summer = custom.replace("20261102T090000", "20270210T090000").replace("20261103T090000", "20270211T090000")
    assert told(read(summer))[1] == "chloe 02-10T08:00 02-11T08:00"


def event(*lines: str, uid: str = "1") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Ann", *lines, "END:VEVENT", ""])


def calendar(*events: str) -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{''.join(events)}END:VCALENDAR\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("DTSTART:20261102T090000", "DTEND:20261102T170000"), ["ann 11-02T08:00 11-02T16:00"]),
        (("DTSTART:20261102T090000Z", "DURATION:PT8H"), ["ann 11-02T09:00 11-02T17:00"]),
        (("DTSTART;VALUE=DATE:20261102",), ["ann 11-01T23:00 11-02T23:00"]),
        (
            ("DTSTART;TZID=America/New_York:20261102T090000", "DTEND;TZID=Europe/Rome:20261102T180000"),
            ["ann 11-02T14:00 11-02T17:00"],
        ),
        (
            ("DTSTART;TZID=/citadel.org/20210210_1/Europe/London:20261102T090000", "DURATION:PT1H"),
            ["ann 11-02T09:00 11-02T10:00"],
        ),
        (
            ("DTSTART:20261102T090000Z", "DTEND:20261102T100000Z", "RDATE:20261104T090000Z,20261105T090000Z"),
            ["ann 11-02T09:00 11-02T10:00", "ann 11-04T09:00 11-04T10:00", "ann 11-05T09:00 11-05T10:00"],
        ),
        (
            ("DTSTART;VALUE=DATE:20261102", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20261103"),
            ["ann 11-01T23:00 11-02T23:00", "ann 11-03T23:00 11-04T23:00"],
        ),
        (("DTSTART:20261102T090000Z", "DTEND:20261102T100000Z", "STATUS:CANCELLED"), []),
        (("DTSTART:20200102T090000Z", "DTEND:20200102T100000Z"), []),
    ],
)
def test_shapes_of_times(lines: tuple[str, ...], expected: list[str]) -> None:
    found = read(calendar(event(*lines)))
    assert told(found) == expected
    assert not found.put_aside


def test_a_shift_over_a_change_of_the_clock_ends_when_the_clock_says_so() -> None:
    lines = "DTSTART;TZID=Europe/Rome:20261018T090000", "DTEND;TZID=Europe/Rome:20261019T090000"
    found = read_calendar(
        calendar(event(*lines, "RRULE:FREQ=WEEKLY;COUNT=2")).encode(), "UTC", START - 20 * 86400, END, directory()
    )
    assert told(found) == ["ann 10-18T07:00 10-19T07:00", "ann 10-25T08:00 10-26T08:00"]


def test_a_repetition_that_is_cancelled_alone_leaves_the_others() -> None:
    series = event("DTSTART:20261102T090000Z", "DTEND:20261102T100000Z", "RRULE:FREQ=DAILY;COUNT=3")
    gone = event(
        "DTSTART:20261103T090000Z", "DTEND:20261103T100000Z", "RECURRENCE-ID:20261103T090000Z", "STATUS:CANCELLED"
    )
    assert told(read(calendar(series, gone))) == ["ann 11-02T09:00 11-02T10:00", "ann 11-04T09:00 11-04T10:00"]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("DTEND:20261102T100000Z",), "it has no DTSTART"),
        (("DTSTART:20261102T100000Z", "DTEND:20261102T090000Z"), "ends before it begins"),
        (("DTSTART:20261102T100000Z",), "it has no length"),
        (("DTSTART:20261102T100000Z", "DTEND:20281102T090000Z"), "longer than 400 days"),
        (("DTSTART:20261302T100000Z", "DURATION:PT1H"), "line 6: '20261302T100000Z' is no time"),
        (("DTSTART:16010101T000000Z", "DURATION:PT1H"), "it is in the year 1601"),
        (("DTSTART;TZID=Nowhere/At_All:20261102T100000", "DURATION:PT1H"), "there is no time zone 'Nowhere/At_All'"),
        (("DTSTART:20261102T100000Z", "DURATION:an hour"), "is no duration"),
        (("DTSTART:20261102T100000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"), "SECONDLY is not understood"),
        (("DTSTART:20261102T100000Z", "DURATION:PT1H", "this is no line"), "line 8: this line is no property"),
        (
            ("DTSTART:20261102T100000Z", "DURATION:PT1H", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261102T100000Z"),
            "a change of all that follows",
        ),
    ],
)
def test_an_event_that_is_broken_is_put_aside_with_its_line_and_costs_no_other(
    lines: tuple[str, ...], why: str
) -> None:
    good = event("DTSTART:20261202T090000Z", "DTEND:20261202T100000Z", uid="2")
    found = read(calendar(event(*lines), good))
    assert told(found) == ["ann 12-02T09:00 12-02T10:00"]
    [(line, said)] = found.put_aside
    assert line == 3
    assert said.startswith("Ann: ")
    assert why in said


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is empty"),
        ("hello\n", "line 1: a calendar begins with BEGIN:VCALENDAR"),
        ("BEGIN:VEVENT\nEND:VEVENT\n", "line 1: BEGIN:VEVENT does not belong there"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n", "line 2: the VEVENT that begins here does not end"),
        ("BEGIN:VCALENDAR\nEND:VEVENT\n", "line 2: END:VEVENT ends nothing"),
        ("BEGIN:VCALENDAR\nBEGIN:VCALENDAR\n", "line 2: BEGIN:VCALENDAR does not belong there"),
        (b"BEGIN:VCALENDAR\r\nSUMMARY:\xff\xfe\r\n", "line 2: this is no UTF-8"),
        (b"BEGIN:VCALENDAR\nX:\x00\n", "line 2: there is a NUL"),
        (b"BEGIN:VCALENDAR\n" + b"X:" + b"y" * 1024 * 1024, "larger than 1,048,576 bytes"),
        ("BEGIN:VCALENDAR\nX:a\n" + " b" * 40_000 + "\n", "line 2: this line has more than"),
        ("<html>not found</html>", "line 1"),
        ("BEGIN:VCALENDAR\n" + "BEGIN:X\n" * 50, "does not belong there"),
    ],
)
def test_what_is_no_whole_calendar_is_refused_with_the_line(content: str | bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read(content)


def test_a_line_that_is_folded_without_end_is_refused() -> None:
    with pytest.raises(Refused, match="line 2: this line has more than 65,536 characters"):
        read("BEGIN:VCALENDAR\nX:a\n" + " bbbbbbbbbbbbbbbb\n" * 5_000)


def test_ten_thousand_events_are_read_and_one_more_is_refused() -> None:
    one = "BEGIN:VEVENT\nDTSTART:20261102T090000Z\nDURATION:PT1H\nEND:VEVENT\n"
    assert len(read(calendar(one * 10_000)).times) == 10_000
    with pytest.raises(Refused, match="more than 10,000 events"):
        read(calendar(one * 10_001))


def test_a_calendar_that_repeats_without_end_costs_little() -> None:
    endless = event("DTSTART:19800101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYSETPOS=3")
    began = process_time()
    found = read(calendar(*[endless] * 2000))
    assert process_time() - began < 20
    assert found.put_aside
    assert "more often than can be looked at" in found.put_aside[-1][1]
    every_day = event("DTSTART:20260101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    with pytest.raises(Refused, match="more than 20,000 times"):
        read(calendar(*[every_day] * 300))


@pytest.mark.parametrize(
    ("lines", "people"),
    [
        (("SUMMARY:Ann and Ben talk",), ("ann", "ben")),
        (("SUMMARY:Annual review",), ()),
        (("SUMMARY:Primary", "ATTENDEE:mailto:ann@example.org", "ATTENDEE:mailto:ben@example.org"), ("ann", "ben")),
        (("SUMMARY:Ben (primary)", "ATTENDEE:mailto:ann@example.org", "ATTENDEE:mailto:ben@example.org"), ("ben",)),
        (("SUMMARY:Primary", "ATTENDEE;CN=Chloe:mailto:c@elsewhere.org"), ("chloe",)),
        (("SUMMARY:on call: ben@example.org",), ("ben",)),
        (("SUMMARY:Primary", "ORGANIZER;CN=Ben:mailto:ben@example.org"), ("ben",)),
        (("SUMMARY:<script>alert(1)</script>",), ()),
    ],
)
def test_whom_an_event_is_about(lines: tuple[str, ...], people: tuple[str, ...]) -> None:
    text = event("DTSTART:20261102T090000Z", "DTEND:20261102T100000Z", *lines).replace("SUMMARY:Ann\n", "", 1)
    [time] = read(calendar(text)).times
    assert time.people == people


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from((GOOGLE + OUTLOOK + PAGERDUTY).splitlines()), max_size=40))
def test_lines_in_any_order_are_read_or_refused_and_nothing_else(lines: list[str]) -> None:
    try:
        found = read("BEGIN:VCALENDAR\n" + "\n".join(lines) + "\nEND:VCALENDAR\n")
    except Refused as refused:
        assert refused.remedy
    else:
        assert all(one.start < one.end for one in found.times)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        read(content)
