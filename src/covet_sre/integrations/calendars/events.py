"""One event of a calendar: when it is, how it repeats, and what it leaves out."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from icalendar import vDuration

from covet_sre.integrations.calendars.clocks import ClockOfCalendar, Clocks
from covet_sre.integrations.calendars.components import Component, Property
from covet_sre.integrations.calendars.recurrence import NotUnderstood, Rule, read_rule

_ONE_DAY = timedelta(days=1)
_LONGEST = timedelta(days=400)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


@dataclass(frozen=True, slots=True)
class When:
    """What a clock shows. `is_day`: a whole day was named, and no time."""

    wall: datetime
    clock: ClockOfCalendar
    is_day: bool

    @property
    def instant(self) -> float:
        return self.clock.instant(self.wall)


@dataclass(frozen=True, slots=True)
class Event:
    """`lasts` is measured on the wall clock, as people see it: from nine to nine, whatever the clock does between.

    `replaces` is the start of the repetition that it stands for.
    """

    component: Component
    uid: str
    title: str
    start: When
    lasts: timedelta
    rules: tuple[Rule, ...] = ()
    added: tuple[When, ...] = ()
    left_out: tuple[When, ...] = ()
    replaces: When | None = None
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class EventReader:
    """`floating` is the clock of times that name none."""

    clocks: Clocks
    floating: ClockOfCalendar
    utc: ClockOfCalendar = field(repr=False)

    def event(self, component: Component) -> Event:
        """Raises NotUnderstood with what is wrong."""
        if component.trouble:
            raise NotUnderstood(f"line {component.trouble[0]}: {component.trouble[1]}")
        begins = component.first("DTSTART")
        if begins is None:
            raise NotUnderstood("it has no DTSTART")
        start = self._one(begins)
        replaces = component.first("RECURRENCE-ID")
        if replaces is not None and replaces.parameters.get("RANGE"):
            raise NotUnderstood("a change of all that follows is not understood; change the series itself")
        return Event(
            component=component,
            uid=component.text("UID"),
            title=component.text("SUMMARY"),
            start=start,
            lasts=self._lasts(component, start),
            rules=tuple(self._rule(one, start) for one in component.all_of("RRULE")),
            added=self._all(component, "RDATE"),
            left_out=self._all(component, "EXDATE"),
            replaces=self._one(replaces) if replaces else None,
            is_cancelled=component.text("STATUS").upper() == "CANCELLED",
        )

    def _rule(self, written: Property, start: When) -> Rule:
        rule = read_rule(written.value)
        if rule.until is not None and rule.until.tzinfo is not None:
            # In UTC, while the repetitions are counted on the event's own clock.
            until = start.clock.shown(rule.until.timestamp())
            return replace(rule, until=until)
        return rule

    def _lasts(self, component: Component, start: When) -> timedelta:
        ends, length = component.first("DTEND"), component.first("DURATION")
        if ends is not None:
            end = self._one(ends)
            lasts = start.clock.shown(end.instant) - start.wall
        elif length is not None:
            try:
                lasts = vDuration.from_ical(length.value)
            except (ValueError, TypeError, OverflowError) as error:
                raise NotUnderstood(f"line {length.line}: {length.value[:40]!r} is no duration") from error
        else:
            lasts = _ONE_DAY if start.is_day else timedelta()
        if lasts <= timedelta():
            raise NotUnderstood("it ends before it begins" if lasts else "it has no length")
        if lasts > _LONGEST:
            raise NotUnderstood("it lasts longer than 400 days")
        return lasts

    def _all(self, component: Component, name: str) -> tuple[When, ...]:
        return tuple(
            self._when(text, written) for written in component.all_of(name) for text in written.value.split(",")
        )

    def _one(self, written: Property) -> When:
        return self._when(written.value, written)

    def _when(self, text: str, written: Property) -> When:
        text = text.strip()
        try:
            if written.parameters.get("VALUE", "").upper() == "DATE" or (len(text) == 8 and text.isdigit()):
                wall, is_day = datetime.combine(date.fromisoformat(text), time()), True
            else:
                wall, is_day = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S"), False  # noqa: DTZ007 - a wall's
        except ValueError as error:
            raise NotUnderstood(f"line {written.line}: {text[:40]!r} is no time") from error
        if not _FIRST_YEAR < wall.year < _LAST_YEAR:
            raise NotUnderstood(f"line {written.line}: it is in the year {wall.year}")
        return When(wall, self._clock(text, written, is_day=is_day), is_day)

    def _clock(self, text: str, written: Property, *, is_day: bool) -> ClockOfCalendar:
        if text.endswith("Z"):
            return self.utc
        zone = written.parameters.get("TZID", "")
        return self.clocks(zone) if zone and not is_day else self.floating
