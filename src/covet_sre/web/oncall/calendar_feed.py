"""Shifts as a calendar (RFC 5545): lines end in CRLF and are folded at 75 octets, times are in UTC."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from covet_sre.flows.oncall import Roster
from covet_sre.oncall.calendar_address import CalendarAddress, CalendarSubject
from covet_sre.oncall.schedule import Shift

PAST_SECONDS, AHEAD_SECONDS = 31 * 86400.0, 366 * 86400.0
_STEADY_SECONDS = 400 * 86400.0
_FOLDED_AT = 75


@dataclass(frozen=True, slots=True)
class FeedShift:
    """One event. `sequence` grows whenever the schedule changes, `changed_at` is when it did last."""

    schedule: str
    shift: Shift
    name: str
    sequence: int
    changed_at: float


def calendar_feed(roster: Roster, address: CalendarAddress, base_address: str) -> str:
    """The shifts of a person, or of a schedule, from a month ago to a year ahead."""
    title = f"On call: {address.name}"
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Covet SRE//On call//EN", "CALSCALE:GREGORIAN"]
    head += ["METHOD:PUBLISH", f"X-WR-CALNAME:{_text(title)}", "REFRESH-INTERVAL;VALUE=DURATION:PT15M"]
    lines = [line for shift in _shifts(roster, address) for line in _event(shift, address, base_address)]
    return "".join(f"{folded}\r\n" for line in [*head, *lines, "END:VCALENDAR"] for folded in _folded(line))


def _shifts(roster: Roster, address: CalendarAddress) -> Iterable[FeedShift]:
    since, end = roster.now - PAST_SECONDS, roster.now + AHEAD_SECONDS
    # Looked at from a time that stays the same for long: a shift that is cut would have another name each time.
    start = (since // _STEADY_SECONDS - 1) * _STEADY_SECONDS
    for name, schedule in roster.schedules.items():
        if address.subject is CalendarSubject.SCHEDULE and name != address.name:
            continue
        sequence, changed_at = roster.sequence(name)
        for shift in schedule.shifts(start, end):
            is_theirs = address.subject is CalendarSubject.SCHEDULE or shift.person == address.name
            if is_theirs and shift.end > since:
                person = roster.directory.people.get(shift.person)
                yield FeedShift(name, shift, person.display_name if person else shift.person, sequence, changed_at)


def _event(found: FeedShift, address: CalendarAddress, base_address: str) -> list[str]:
    shift = found.shift
    # The same shift keeps its name when its end moves, and when the calendar is fetched again.
    named = f"{found.schedule}\n{shift.person}\n{shift.layer}\n{shift.start:.0f}"
    uid = hashlib.sha256(named.encode()).hexdigest()[:40]
    who = "" if address.subject is CalendarSubject.PERSON else f"{found.name}, "
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@covet-sre",
        f"DTSTAMP:{_utc(found.changed_at)}",
        f"LAST-MODIFIED:{_utc(found.changed_at)}",
        f"SEQUENCE:{found.sequence}",
        f"DTSTART:{_utc(shift.start)}",
        f"DTEND:{_utc(shift.end)}",
        f"SUMMARY:{_text(f'{who}on call: {found.schedule}' if who else f'On call: {found.schedule}')}",
        f"URL:{base_address}/oncall/{found.schedule}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _utc(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets, never within a character; all but the first begin with a blank."""
    piece, octets = "", 0
    for sign in line:
        size = len(sign.encode())
        if octets + size > _FOLDED_AT:
            yield piece
            piece, octets = " ", 1
        piece += sign
        octets += size
    yield piece
