"""One person: their shifts, how often they were paged, how they are told, and their calendar's addresses."""

from collections.abc import Mapping
from dataclasses import dataclass

from covet_sre.errors import NotFound
from covet_sre.flows.oncall import OnCall, Roster, zones
from covet_sre.flows.reading import Reliability
from covet_sre.incident.contact_commands import usable_targets
from covet_sre.oncall.calendar_address import CalendarSubject
from covet_sre.oncall.contact_rules import ContactRules, ContactStep, Urgency
from covet_sre.oncall.load import DAY_SECONDS, PERIODS_DAYS, Load, load_of
from covet_sre.oncall.target import Channel, TargetKind
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.incidents.words import Badge, machine
from covet_sre.web.oncall.overview_page import LoadRow, load_rows
from covet_sre.web.oncall.schedule_page import CalendarRow
from covet_sre.web.oncall.zone_clock import ZoneClock
from covet_sre.web.shell import Shell, shell

SHIFTS_AHEAD_SECONDS = 60 * DAY_SECONDS
_FORM_ROWS, _MOST_SHIFTS = 4, 20
_URGENCIES = ((Urgency.PAGE, "A page", Channel.PAGE), (Urgency.LOW, "What can wait", Channel.EMAIL))


@dataclass(frozen=True, slots=True)
class PersonShift:
    schedule: str
    start: str
    start_machine: str
    end: str
    end_machine: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One thing that may tell the person. `code` says that a code waits to be entered."""

    target: str
    kind: str
    address: str
    badge: Badge
    detail: str
    can_verify: bool
    code: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    number: int
    target: str
    minutes: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """One urgency: `now` is what holds, in words; `rows` are those of the form."""

    name: str
    title: str
    now: tuple[str, ...]
    is_own: bool
    rows: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True)
class PersonPage:
    shell: Shell
    name: str
    display_name: str
    initials: str
    zone: str
    teams: tuple[str, ...]
    unreachable: str
    shifts: tuple[PersonShift, ...]
    more_shifts: int
    periods: tuple[int, ...]
    load: tuple[tuple[int, Load], ...]
    share: LoadRow | None
    contacts: tuple[ContactRow, ...]
    rules: tuple[RuleView, ...]
    usable: tuple[str, ...]
    email: str
    slack: str
    files_email: str
    files_slack: str
    seen: int
    calendars: tuple[CalendarRow, ...]
    made_address: str
    actor: str
    trouble: Trouble | None


def person_page(
    reliability: Reliability,
    on_call: OnCall,
    name: str,
    actor: str = "",
    fields: Mapping[str, str] | None = None,
    trouble: Trouble | None = None,
    made_address: str = "",
) -> PersonPage:
    """Raises NotFound. `made_address` is a calendar's address that was just made: it is shown this once."""
    roster = on_call.roster()
    person = roster.directory.people.get(name)
    if person is None:
        raise NotFound(f"nobody in any team is called {name}", remedy="see who is on call")
    frame = shell(reliability, person.display_name, "oncall")
    pages = list(on_call.pages(roster.now - max(PERIODS_DAYS) * DAY_SECONDS))
    where, own = zones(roster.directory), roster.own_rules(name)
    clock = ZoneClock(where.get(name) or "UTC")
    fields = fields or {}
    shifts = _shifts(roster, name, clock)
    loads = [load_of(pages, where, roster.now - days * DAY_SECONDS, roster.now) for days in PERIODS_DAYS]
    words = person.display_name.split()
    return PersonPage(
        shell=frame,
        name=name,
        display_name=person.display_name,
        initials="".join(word[0] for word in words[:2]).upper() if len(words) > 1 else name[:2].title(),
        zone=clock.zone,
        teams=tuple(team.display_name for team in roster.directory.teams.values() if _has(team.members, name)),
        unreachable=roster.unreachable(name),
        shifts=tuple(shifts[:_MOST_SHIFTS]),
        more_shifts=max(len(shifts) - _MOST_SHIFTS, 0),
        periods=PERIODS_DAYS,
        load=tuple((days, found.get(name, Load())) for days, found in zip(PERIODS_DAYS, loads, strict=True)),
        share=next((row for row in load_rows(roster, pages) if row.person == name), None),
        contacts=tuple(_contact(roster, name, target) for target in usable_targets(roster.directory, name)),
        rules=tuple(_rule(roster, name, own, fields, *one) for one in _URGENCIES),
        usable=usable_targets(roster.directory, name),
        email=fields.get("email", own.addresses.get("email", "") if own else ""),
        slack=fields.get("slack", own.addresses.get("slack", "") if own else ""),
        files_email=roster.rules.directory.people[name].addresses.get("email", ""),
        files_slack=roster.rules.directory.people[name].addresses.get("slack", ""),
        seen=own.revision if own else 0,
        calendars=tuple(
            CalendarRow(one.identity, clock.words(one.made_at), one.author)
            for one in sorted(roster.kept.calendars, key=lambda one: one.made_at)
            if one.subject is CalendarSubject.PERSON and one.name == name and one.revoked_at is None
        ),
        made_address=made_address,
        actor=actor,
        trouble=trouble,
    )


def _has(members: tuple[object, ...], name: str) -> bool:
    return any(getattr(one, "name", "") == name for one in members)


def _shifts(roster: Roster, name: str, clock: ZoneClock) -> list[PersonShift]:
    found = [
        (shift.start, shift.end, schedule)
        for schedule, layered in roster.schedules.items()
        for shift in layered.shifts(roster.now, roster.now + SHIFTS_AHEAD_SECONDS)
        if shift.person == name
    ]
    return [
        PersonShift(schedule, clock.words(start), machine(start), clock.words(end), machine(end), start <= roster.now)
        for start, end, schedule in sorted(found)
    ]


def _contact(roster: Roster, name: str, target: str) -> ContactRow:
    directory = roster.directory
    address = directory.address(name, target)
    check, failure = roster.check(name, target), roster.failure(name, target)
    is_verified = roster.is_verified(name, target)
    if directory.targets[target].kind is TargetKind.INBOX:
        here = Badge("Always there", "ok")
        return ContactRow(target, "our own pages", "", here, "", can_verify=False, code=False)
    if failure:
        badge, detail = Badge("Does not work", "critical"), failure
    elif is_verified and check is not None and check.verified_at is not None:
        badge, detail = Badge("Verified", "ok"), f"since {ZoneClock('UTC').long_words(check.verified_at)} UTC"
    else:
        badge, detail = Badge("Not verified", "warning"), "nobody has shown that it reaches them"
    awaits = check is not None and check.awaits_code(roster.now)
    return ContactRow(target, directory.targets[target].kind.value, address, badge, detail, not is_verified, awaits)


def _rule(
    roster: Roster,
    name: str,
    own: ContactRules | None,
    fields: Mapping[str, str],
    urgency: Urgency,
    title: str,
    channel: Channel,
) -> RuleView:
    chosen = own.steps(urgency) if own else ()
    person = roster.directory.people[name]
    by_files = person.contacts.get(channel, ())
    if chosen:
        now = tuple(_step_words(step) for step in chosen)
    else:
        now = tuple(
            f"{target}, where the one before fails" if place else target for place, target in enumerate(by_files)
        )
    rows = [StepRow(n, step.target, f"{step.after_seconds / 60:g}") for n, step in enumerate(chosen, 1)]
    rows += [StepRow(n, "", "") for n in range(len(rows) + 1, max(_FORM_ROWS, len(rows) + 1) + 1)]
    if fields:
        rows = [
            StepRow(
                row.number,
                fields.get(f"{urgency.value}-{row.number}", row.target),
                fields.get(f"{urgency.value}-{row.number}-after", row.minutes),
            )
            for row in rows
        ]
    return RuleView(urgency.value, title, now or ("the team's targets",), bool(chosen), tuple(rows))


def _step_words(step: ContactStep) -> str:
    return (
        f"{step.target} at once" if not step.after_seconds else f"{step.target} after {step.after_seconds / 60:g} min"
    )
