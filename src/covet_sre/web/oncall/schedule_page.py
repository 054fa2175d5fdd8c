"""One schedule: its grid, its shifts, and what people may change about it right there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from covet_sre.errors import NotFound
from covet_sre.flows.oncall import OnCall, Roster, problems
from covet_sre.flows.reading import Reliability
from covet_sre.oncall.calendar_address import CalendarSubject
from covet_sre.oncall.duty import duty
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.incidents.words import Badge, machine
from covet_sre.web.oncall.grid import Grid, Painter, Palette, month_grid, palette_of, week_grid
from covet_sre.web.oncall.words import SWAP_BADGES, DutyCard, duty_card, override_words, span_words, swap_words
from covet_sre.web.oncall.zone_clock import ZoneClock, monday_of
from covet_sre.web.shell import Shell, shell

Fields = Mapping[str, str]
_MOST_SHIFTS = 200
_FARTHEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """`take` opens the form of an override with this shift in it, `swap` that of a swap; empty for what is over."""

    name: str
    person: str
    style: str
    start: str
    start_machine: str
    end: str
    end_machine: str
    layer: str
    is_now: bool
    take: str
    swap: str


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """`identity` is empty for one that stands in the files."""

    identity: str
    words: str
    when: str
    reason: str
    author: str
    is_swap: bool
    is_now: bool


@dataclass(frozen=True, slots=True)
class SwapRow:
    identity: str
    badge: Badge
    words: str
    reason: str
    asked: str
    asker: str
    is_pending: bool
    answer: str


@dataclass(frozen=True, slots=True)
class ProblemRow:
    title: str
    detail: str
    remedy: str
    tone: str


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """`view` is week or month; `day` is the first that is shown; `earlier`, `later` and `today` lead to others."""

    shell: Shell
    name: str
    zone: str
    declared: str
    duty: DutyCard
    problems: tuple[ProblemRow, ...]
    view: str
    day: str
    period: str
    earlier: str
    later: str
    today: str
    other_views: tuple[tuple[str, str, bool], ...]
    grid: Grid
    shifts: tuple[ShiftRow, ...]
    more_shifts: int
    gaps: tuple[str, ...]
    overrides: tuple[OverrideRow, ...]
    swaps: tuple[SwapRow, ...]
    people: tuple[tuple[str, str], ...]
    form: Fields
    opened: str
    actor: str
    note: "NoteView"
    calendars: tuple["CalendarRow", ...]
    test: "TestView | None"
    made_address: str
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class NoteView:
    """`text` is what stands in the form; `theirs` is what somebody else wrote meanwhile, empty where nobody did."""

    text: str
    by: str
    when: str
    revision: int
    open_now: str
    theirs: str


@dataclass(frozen=True, slots=True)
class CalendarRow:
    identity: str
    made: str
    author: str


@dataclass(frozen=True, slots=True)
class TestView:
    """A test page that waits for its answer."""

    identity: str
    person: str
    name: str
    until: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address or a form asks a schedule's page for: `fields` are kept where something could not be done."""

    view: str = "week"
    day: str = ""
    opened: str = ""
    fields: Fields | None = None
    actor: str = ""
    trouble: Trouble | None = None
    made_address: str = ""
    """The address of a calendar that was just made: it is shown this once."""


def schedule_page(
    reliability: Reliability, on_call: OnCall, name: str, asked: Asked, open_now: str = ""
) -> SchedulePage:
    """Raises NotFound. `open_now` is what is open for the schedule, as a hand-off note would say it."""
    frame = shell(reliability, name, "oncall")
    clock_of = schedule_clock(on_call.roster(), name)
    first = _day(asked.day, clock_of.day(on_call.roster().now))
    first = monday_of(first) if asked.view == "week" else first.replace(day=1)
    # What is shown of the past needs the overrides that held then.
    roster = on_call.roster(clock_of.begins(first) - 7 * 86400.0)
    schedule = roster.schedules[name]
    palette = palette_of(schedule, roster.directory.people)
    painter = Painter(clock_of, palette, roster.now)
    after = first + timedelta(days=7) if asked.view == "week" else _next_month(first)
    start, end = clock_of.begins(first), clock_of.begins(after)
    grid = (week_grid if asked.view == "week" else month_grid)(schedule, painter, first)
    rows = _shift_rows(schedule, palette, clock_of, start, end, roster.now, asked)
    return SchedulePage(
        shell=frame,
        name=name,
        zone=schedule.zone,
        declared=_place(schedule),
        duty=duty_card(duty(schedule, roster.now), palette, clock_of, roster.now),
        problems=_problems(roster, name),
        view=asked.view,
        day=first.isoformat(),
        period=_period(asked.view, first, after),
        earlier=_address(asked.view, first - timedelta(days=7) if asked.view == "week" else _month_before(first)),
        later=_address(asked.view, after),
        today=_address(asked.view, clock_of.day(roster.now)),
        other_views=tuple((view, _address(view, first), view == asked.view) for view in ("week", "month")),
        grid=grid,
        shifts=tuple(rows[:_MOST_SHIFTS]),
        more_shifts=max(len(rows) - _MOST_SHIFTS, 0),
        gaps=tuple(span_words(clock_of, *gap) for gap in roster.gaps(name)[:20]),
        overrides=tuple(_override_rows(roster, schedule, palette, clock_of)),
        swaps=tuple(_swap_rows(roster, name, palette, clock_of)),
        people=tuple((one.name, one.display_name) for _, one in sorted(roster.directory.people.items())),
        form=_form(asked.fields or {}, clock_of, roster.now),
        opened=asked.opened,
        actor=asked.actor,
        note=_note(roster, name, clock_of, asked, open_now),
        calendars=tuple(_calendars(roster, name, clock_of)),
        test=_test(roster, schedule, palette, clock_of),
        made_address=asked.made_address,
        trouble=asked.trouble,
    )


def schedule_clock(roster: Roster, name: str) -> ZoneClock:
    """Raises NotFound."""
    if name not in roster.schedules:
        raise NotFound(f"there is no schedule {name}", remedy="see the list of schedules")
    return ZoneClock(roster.schedules[name].zone)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return min(max(day, today - _FARTHEST), today + _FARTHEST)


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def _month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def _period(view: str, first: date, after: date) -> str:
    if view == "month":
        return f"{first:%B %Y}"
    last = after - timedelta(days=1)
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{begins} – {last.day} {last:%B %Y}"


def _address(view: str, day: date) -> str:
    return f"?view={view}&day={day.isoformat()}"


def _shift_rows(
    schedule: LayeredSchedule,
    palette: Palette,
    clock: ZoneClock,
    start: float,
    end: float,
    now: float,
    asked: Asked,
) -> list[ShiftRow]:
    rows: list[ShiftRow] = []
    for shift in schedule.shifts(start, end):
        prefilled = (
            f"?view={asked.view}&day={clock.day(start).isoformat()}&removes={shift.person}"
            f"&asker={shift.person}&start={clock.form(max(shift.start, now))}&end={clock.form(shift.end)}"
        )
        is_over = shift.end <= now
        rows.append(
            ShiftRow(
                name=palette.name(shift.person),
                person=shift.person,
                style=palette.style(shift.person),
                start=clock.words(shift.start),
                start_machine=machine(shift.start),
                end=clock.words(shift.end),
                end_machine=machine(shift.end),
                layer=shift.layer,
                is_now=shift.start <= now < shift.end,
                take="" if is_over else f"{prefilled}&open=override#override",
                swap="" if shift.start <= now else f"{prefilled}&open=swap#swap",
            )
        )
    return rows


def _override_rows(roster: Roster, schedule: LayeredSchedule, palette: Palette, clock: ZoneClock) -> list[OverrideRow]:
    now = roster.now
    rows = [
        OverrideRow(
            one.identity,
            override_words(one, palette),
            span_words(clock, one.start, one.end),
            one.reason,
            one.author,
            bool(one.swap),
            one.start <= now < one.end,
        )
        for one in sorted(roster.kept.overrides, key=lambda one: (one.start, one.order))
        if one.schedule == schedule.name and one.end > now
    ]
    files = roster.rules.directory.schedules[schedule.name]
    declared = files.overrides if isinstance(files, LayeredSchedule) else ()
    for one in declared:
        if one.end > now:
            words = _declared_words(palette, one.removes, one.adds)
            when = span_words(clock, one.start, one.end)
            rows.append(OverrideRow("", words, when, "", "", is_swap=False, is_now=one.start <= now < one.end))
    return rows


def _declared_words(palette: Palette, removes: str, adds: str) -> str:
    if removes and adds:
        return f"{palette.name(adds)} instead of {palette.name(removes)}"
    return f"{palette.name(adds)} as well" if adds else f"not {palette.name(removes)}"


def _swap_rows(roster: Roster, schedule: str, palette: Palette, clock: ZoneClock) -> list[SwapRow]:
    found = [one for one in roster.kept.swaps if one.schedule == schedule]
    found.sort(key=lambda one: (one.decided_at is not None, -one.made_at))
    return [
        SwapRow(
            one.identity,
            SWAP_BADGES[one.state],
            swap_words(one, palette, clock),
            one.reason,
            one.asked,
            one.asker,
            one.decided_at is None,
            one.answer,
        )
        for one in found[:20]
    ]


def _problems(roster: Roster, schedule: str) -> tuple[ProblemRow, ...]:
    found = [one for one in problems(roster) if one.schedule in ("", schedule)]
    return tuple(
        ProblemRow(one.title, one.detail, one.remedy, "critical" if one.is_red else "warning") for one in found
    )


def _form(fields: Fields, clock: ZoneClock, now: float) -> Fields:
    """What stands in the forms at first, or what somebody wrote."""
    hour = now - now % 3600 + 3600
    form = {
        "removes": "",
        "adds": "",
        "start": clock.form(hour),
        "end": clock.form(hour + 8 * 3600),
        "reason": "",
        "asker": "",
        "asked": "",
        "back_start": "",
        "back_end": "",
    }
    return form | {name: value for name, value in fields.items() if name in form}


def _note(roster: Roster, schedule: str, clock: ZoneClock, asked: Asked, open_now: str) -> NoteView:
    kept = roster.note(schedule)
    text, revision = (kept.text, kept.revision) if kept else ("", 0)
    written = (asked.fields or {}).get("note", text)
    return NoteView(
        text=written,
        by=kept.author if kept else "",
        when=clock.words(kept.written_at) if kept else "",
        revision=revision,
        open_now=open_now,
        theirs=text if written != text else "",
    )


def _calendars(roster: Roster, schedule: str, clock: ZoneClock) -> list[CalendarRow]:
    return [
        CalendarRow(one.identity, clock.words(one.made_at), one.author)
        for one in sorted(roster.kept.calendars, key=lambda one: one.made_at)
        if one.subject is CalendarSubject.SCHEDULE and one.name == schedule and one.revoked_at is None
    ]


def _test(roster: Roster, schedule: LayeredSchedule, palette: Palette, clock: ZoneClock) -> TestView | None:
    for person in schedule.on_call(roster.now):
        test = roster.test_of(schedule.name, person)
        if test and test.answered_at is None:
            late = test.missed_at is not None
            return TestView(test.identity, person, palette.name(person), clock.words(test.answer_by), late)
    return None


def _place(schedule: LayeredSchedule) -> str:
    """reliability/oncall.yaml:48."""
    place = schedule.location
    return f"{place.file}:{place.line}" if place.line else place.file
