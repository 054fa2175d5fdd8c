"""Rosters as the API's answers."""

from collections.abc import Iterable

from covet_sre.api import oncall_models as models
from covet_sre.api.incident_answers import maybe, time
from covet_sre.api.models import Place
from covet_sre.errors import Finding
from covet_sre.flows.oncall import CalendarTime, ReadCalendar, Roster, problems, zones
from covet_sre.incident.contact_commands import usable_targets
from covet_sre.oncall.calendar_address import CalendarAddress
from covet_sre.oncall.comparing import Difference, differences
from covet_sre.oncall.coverage import uncovered
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.load import DAY_SECONDS, PERIODS_DAYS, Load, PageTold, fair_share, load_of
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.schedule import Shift
from covet_sre.oncall.swap import Swap

_SHIFTS_AHEAD_SECONDS = 60 * DAY_SECONDS


def schedule_answer(roster: Roster, name: str, start: float, end: float, open_now: str) -> models.ScheduleAnswer:
    schedule = roster.schedules[name]
    shifts = schedule.shifts(start, end)
    return models.ScheduleAnswer(
        name=name,
        time_zone=schedule.zone,
        declared=Place(file=schedule.location.file, line=schedule.location.line),
        on_call=list(schedule.on_call(roster.now)),
        shifts=[shift_item(one) for one in shifts],
        gaps=[_span(*gap) for gap in uncovered(shifts, start, end)],
        overrides=_overrides(roster, name, start, end),
        swaps=[swap_item(one) for one in roster.kept.swaps if one.schedule == name],
        hand_off=note_item(roster, name, open_now),
        problems=[
            models.RosterProblemItem(
                title=one.title, detail=one.detail, remedy=one.remedy, person=one.person, red=one.is_red
            )
            for one in problems(roster)
            if one.schedule in ("", name)
        ],
    )


def shift_item(shift: Shift) -> models.ShiftItem:
    return models.ShiftItem(person=shift.person, start=time(shift.start), end=time(shift.end), layer=shift.layer)


def _span(start: float, end: float) -> models.SpanItem:
    return models.SpanItem(start=time(start), end=time(end))


def _overrides(roster: Roster, name: str, start: float, end: float) -> list[models.OverrideItem]:
    kept = [one for one in roster.kept.overrides if one.schedule == name and one.start < end and one.end > start]
    files = roster.rules.directory.schedules.get(name)
    declared = [
        models.OverrideItem(
            id="",
            schedule=name,
            start=time(one.start),
            end=time(one.end),
            removes=one.removes,
            adds=one.adds,
            reason="",
            author="",
            swap="",
        )
        for one in (files.overrides if isinstance(files, LayeredSchedule) else ())
        if one.start < end and one.end > start
    ]
    return [*declared, *(override_item(one) for one in sorted(kept, key=lambda one: one.order))]


def override_item(override: ShiftOverride) -> models.OverrideItem:
    return models.OverrideItem(
        id=override.identity,
        schedule=override.schedule,
        start=time(override.start),
        end=time(override.end),
        removes=override.removes,
        adds=override.adds,
        reason=override.reason,
        author=override.author,
        swap=override.swap,
    )


def swap_item(swap: Swap) -> models.SwapItem:
    is_trade = swap.back_start is not None and swap.back_end is not None
    return models.SwapItem(
        id=swap.identity,
        schedule=swap.schedule,
        state=swap.state,
        asker=swap.asker,
        asked=swap.asked,
        start=time(swap.start),
        end=time(swap.end),
        back=_span(swap.back_start or 0.0, swap.back_end or 0.0) if is_trade else None,
        reason=swap.reason,
        answer=swap.answer,
    )


def note_item(roster: Roster, schedule: str, open_now: str) -> models.NoteItem:
    note = roster.note(schedule)
    return models.NoteItem(
        text=note.text if note else "",
        author=note.author if note else "",
        written=maybe(note.written_at) if note else None,
        revision=note.revision if note else 0,
        open_now=open_now,
    )


def person_answer(roster: Roster, name: str, pages: Iterable[PageTold]) -> models.PersonAnswer:
    directory, own = roster.directory, roster.own_rules(name)
    until = roster.now + _SHIFTS_AHEAD_SECONDS
    found = [
        (shift.start, models.ShiftItem(person=name, start=time(shift.start), end=time(shift.end), layer=schedule))
        for schedule, layered in roster.schedules.items()
        for shift in layered.shifts(roster.now, until)
        if shift.person == name
    ]
    contacts = [
        models.ContactItem(
            target=target,
            kind=directory.targets[target].kind.value,
            address=directory.address(name, target),
            verified=roster.is_verified(name, target),
            trouble=roster.failure(name, target),
        )
        for target in usable_targets(directory, name)
    ]
    return models.PersonAnswer(
        name=name,
        display_name=directory.people[name].display_name,
        unreachable=roster.unreachable(name),
        shifts=[item for _, item in sorted(found, key=lambda one: one[0])],
        load=_periods(name, _loads(roster, list(pages))),
        contacts=contacts,
        page=[models.StepItem(target=one.target, after_seconds=one.after_seconds) for one in own.page] if own else [],
        low=[models.StepItem(target=one.target, after_seconds=one.after_seconds) for one in own.low] if own else [],
        email=own.addresses.get("email", "") if own else "",
        slack=own.addresses.get("slack", "") if own else "",
        revision=own.revision if own else 0,
    )


def load_answer(roster: Roster, pages: Iterable[PageTold]) -> models.LoadAnswer:
    """Everybody who is in a rotation or was paged, by name."""
    loads = _loads(roster, list(pages))
    people = {person for schedule in roster.schedules.values() for person in schedule.people}
    people |= {person for found in loads for person in found}
    shares = fair_share({person: loads[1].get(person, Load()) for person in people})
    return models.LoadAnswer(
        items=[
            models.PersonLoad(person=one, periods=_periods(one, loads), fair_share=shares.get(one))
            for one in sorted(people)
        ]
    )


def _loads(roster: Roster, pages: list[PageTold]) -> list[dict[str, Load]]:
    where, now = zones(roster.directory), roster.now
    return [load_of(pages, where, now - days * DAY_SECONDS, now) for days in PERIODS_DAYS]


def _periods(person: str, loads: list[dict[str, Load]]) -> list[models.LoadItem]:
    found = [(days, loads.get(person, Load())) for days, loads in zip(PERIODS_DAYS, loads, strict=True)]
    return [
        models.LoadItem(days=days, pages=load.pages, at_night=load.night, at_weekends=load.weekend)
        for days, load in found
    ]


def import_answer(read: ReadCalendar, schedule: str, *, applied: bool) -> models.ImportAnswer:
    return models.ImportAnswer(
        applied=applied,
        times=[_time_item(one) for one in read.times],
        put_aside=[models.PutAsideItem(line=line, why=why) for line, why in read.put_aside],
        schedule=schedule,
    )


def _time_item(found: CalendarTime) -> models.CalendarTimeItem:
    return models.CalendarTimeItem(
        line=found.line,
        title=found.title,
        start=time(found.start),
        end=time(found.end),
        person=found.people[0] if len(found.people) == 1 else "",
        candidates=list(found.people),
    )


def tried_item(roster: Roster, schedule: LayeredSchedule, start: float, end: float) -> models.TriedItem:
    present = roster.directory.schedules.get(schedule.name)
    shifts = schedule.shifts(start, end)
    return models.TriedItem(
        name=schedule.name,
        time_zone=schedule.zone,
        new=present is None,
        shifts=[shift_item(one) for one in shifts],
        gaps=[_span(*gap) for gap in uncovered(shifts, start, end)],
        changes=[_difference(one) for one in differences(present, schedule, start, end)],
    )


def _difference(found: Difference) -> models.DifferenceItem:
    return models.DifferenceItem(
        start=time(found.start), end=time(found.end), before=list(found.before), after=list(found.after)
    )


def finding_item(finding: Finding) -> models.FindingItem:
    return models.FindingItem(
        level=finding.level.value,
        code=finding.code,
        place=str(finding.location),
        field=finding.field,
        problem=finding.problem,
        remedy=finding.remedy,
    )


def calendar_item(address: CalendarAddress, link: str = "") -> models.CalendarItem:
    return models.CalendarItem(
        id=address.identity,
        subject=address.subject,
        name=address.name,
        author=address.author,
        made=time(address.made_at),
        address=link,
    )
