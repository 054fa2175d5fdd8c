"""Repetitions against an independent oracle, python-dateutil; and rules that nobody can bring to hang."""

from datetime import datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from covet_sre.integrations.calendars.recurrence import Budget, NotUnderstood, occurrences, read_rule

FIRST = datetime(2026, 1, 5, 9, 30)
END = FIRST + timedelta(days=1200)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def ours(text: str, first: datetime = FIRST, end: datetime = END) -> list[datetime]:
    return list(occurrences(read_rule(text), first, end, Budget()))


def theirs(text: str, first: datetime = FIRST) -> list[datetime]:
    """Bounded by an end of its own, so that it ends."""
    found: list[datetime] = []
    for at in islice(rrulestr(text, dtstart=first), 5000):
        if at >= END:
            break
        found.append(at)
    return found


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY")))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    by_month = draw(st.lists(st.integers(1, 12), max_size=6, unique=True))
    if by_month and frequency != "MONTHLY":
        parts.append(f"BYMONTH={','.join(map(str, by_month))}")
    if draw(st.booleans()):
        # All with a number or none: the oracle wants both at once where RFC 5545 wants either.
        numbered = frequency in ("MONTHLY", "YEARLY") and draw(st.booleans())
        which = st.sampled_from(("1", "2", "-1", "-2")) if numbered else st.just("")
        days = draw(st.lists(st.tuples(which, st.sampled_from(WEEKDAYS)), min_size=1, max_size=4, unique=True))
        parts.append("BYDAY=" + ",".join("".join(one) for one in days))
    if frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
        days_of_month = draw(st.lists(st.integers(1, 28) | st.integers(-28, -1), min_size=1, max_size=3, unique=True))
        parts.append("BYMONTHDAY=" + ",".join(map(str, days_of_month)))
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    elif draw(st.booleans()):
        parts.append(f"UNTIL={FIRST + timedelta(days=draw(st.integers(0, 1100))):%Y%m%dT%H%M%S}")
    if len(parts) > 3 and frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from(('1', '-1', '2', '1,-1')))}")
    return ";".join(parts)


def is_rare(text: str) -> bool:
    """The oracle looks until the year 9999 for what hardly ever comes."""
    return "BYMONTHDAY" in text and "BYDAY" in text


@settings(max_examples=150, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(rules().filter(lambda text: not is_rare(text)))
def test_any_rule_repeats_as_the_oracle_says(text: str) -> None:
    assert ours(text) == theirs(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,FR;COUNT=4", ["01-05", "01-09", "01-12", "01-16"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", ["01-30", "02-27", "03-27"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", ["01-31", "03-31", "05-31"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", ["02-13", "03-13", "11-13"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=1", []),
        ("FREQ=DAILY;UNTIL=20260107", ["01-05", "01-06", "01-07"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["01-30", "02-27"]),
    ],
)
def test_rules_of_calendars_that_people_have(text: str, expected: list[str]) -> None:
    assert [f"{at:%m-%d}" for at in ours(text, end=datetime(2027, 1, 1))] == expected


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=40",
        "FREQ=DAILY;BYMONTH=2;INTERVAL=1000",
    ],
)
def test_a_rule_that_never_comes_ends_at_once(text: str) -> None:
    assert ours(text) == []


def test_all_rules_of_a_calendar_share_one_budget() -> None:
    rule, budget = read_rule("FREQ=DAILY"), Budget(days=1000)
    assert len(list(occurrences(rule, FIRST, FIRST + timedelta(days=400), budget))) == 400
    with pytest.raises(NotUnderstood, match="more often than can be looked at"):
        list(occurrences(rule, FIRST, FIRST + timedelta(days=400), budget))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FREQ=SECONDLY", "SECONDLY is not understood"),
        ("FREQ=HOURLY;COUNT=3", "HOURLY is not understood"),
        ("COUNT=3", "without FREQ"),
        ("FREQ=WEEKLY;BYDAY=XX", "broken"),
        ("FREQ=WEEKLY;BYDAY=2MO", "go with months"),
        ("FREQ=DAILY;COUNT=-1", "no number of repetitions"),
        ("FREQ=DAILY;COUNT=0", "no number of repetitions"),
        ("FREQ=DAILY;INTERVAL=100000", "no number of repetitions"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "a number that there is not"),
        ("FREQ=YEARLY;BYMONTH=13", "a number that there is not"),
        ("FREQ=YEARLY;BYWEEKNO=3", "BYWEEKNO is not understood"),
        ("FREQ=DAILY;BYHOUR=9,17", "BYHOUR is not understood"),
        ("FREQ=DAILY;UNTIL=tomorrow", "broken"),
        ("rubbish", "without FREQ"),
        ("", "without FREQ"),
    ],
)
def test_what_is_not_understood_says_so(text: str, why: str) -> None:
    with pytest.raises(NotUnderstood, match=why):
        ours(text)
