"""A calendar as times of people: what was understood, and what was not, by line."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from covet_sre.errors import Refused
from covet_sre.flows.oncall import CalendarTime, ReadCalendar
from covet_sre.integrations.calendars.clocks import KnownClock, clocks_of
from covet_sre.integrations.calendars.components import Component, calendars_in
from covet_sre.integrations.calendars.events import Event, EventReader
from covet_sre.integrations.calendars.people import PeopleOfCalendar
from covet_sre.integrations.calendars.recurrence import Budget, NotUnderstood, occurrences
from covet_sre.oncall.directory import Directory

MOST_TIMES = 20_000
_LONGEST_TITLE = 200
_ZONES_LOOK_AHEAD = timedelta(days=800)


def read_calendar(content: bytes, zone: str, start: float, end: float, directory: Directory) -> ReadCalendar:
    """The events between two times, by their beginning, each with whom it is about. See `OnCall.calendar`."""
    budget, people = Budget(), PeopleOfCalendar(directory)
    floating, utc = KnownClock(ZoneInfo(zone)), KnownClock(ZoneInfo("UTC"))
    times: list[CalendarTime] = []
    put_aside: list[tuple[int, str]] = []
    for calendar in calendars_in(content):
        clocks = clocks_of(calendar, datetime.fromtimestamp(end, UTC).replace(tzinfo=None) + _ZONES_LOOK_AHEAD, budget)
        events: list[Event] = []
        for component in calendar.inner:
            if component.name == "VEVENT":
                try:
                    events.append(EventReader(clocks, floating, utc).event(component))
                except NotUnderstood as error:
                    put_aside.append((component.line, _why(component, error)))
        for event, changed in _series(events):
            try:
                for begins, ends in _times(event, changed, start, end, budget):
                    about = people.about(event.component)
                    title = event.title[:_LONGEST_TITLE]
                    times.append(CalendarTime(title, begins, ends, about, event.component.line))
            except NotUnderstood as error:
                put_aside.append((event.component.line, _why(event.component, error)))
            if len(times) > MOST_TIMES:
                raise Refused(f"the calendar has more than {MOST_TIMES:,} times", remedy="ask for a shorter time")
    times.sort(key=lambda one: (one.start, one.end, one.line))
    return ReadCalendar(tuple(times), tuple(sorted(put_aside)))


def _series(events: list[Event]) -> Iterator[tuple[Event, set[float]]]:
    """Every event that is not cancelled, with the repetitions that others of the same UID stand for."""
    changed: dict[str, set[float]] = defaultdict(set)
    for event in events:
        if event.replaces is not None:
            changed[event.uid].add(event.replaces.instant)
    for event in events:
        if not event.is_cancelled:
            yield event, set() if event.replaces is not None else changed[event.uid]


def _times(
    event: Event, changed: set[float], start: float, end: float, budget: Budget
) -> Iterator[tuple[float, float]]:
    """When an event is, as far as it is after `start` and begins before `end`."""
    first, clock = event.start.wall, event.start.clock
    walls = [first] if not event.rules and not event.added else []
    last = clock.shown(end)
    for rule in event.rules:
        walls += occurrences(rule, first, last, budget)
    if event.added:
        walls += (
            [first, *(clock.shown(one.instant) for one in event.added)]
            if not event.rules
            else [clock.shown(one.instant) for one in event.added]
        )
    gone = changed | {one.instant for one in event.left_out if not one.is_day}
    days = {one.wall.date() for one in event.left_out if one.is_day}
    for wall in sorted(set(walls)):
        begins, ends = clock.instant(wall), clock.instant(wall + event.lasts)
        if begins in gone or wall.date() in days or ends <= start or begins >= end or ends <= begins:
            continue
        yield begins, ends


def _why(component: Component, error: NotUnderstood) -> str:
    title = component.text("SUMMARY")[:60]
    return f"{title}: {error}" if title else str(error)
