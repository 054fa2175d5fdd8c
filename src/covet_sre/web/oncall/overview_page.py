"""All schedules at once: who is on call now and next, gaps, people who cannot be reached, and how pages are spread."""

from dataclasses import dataclass

from covet_sre.flows.oncall import OnCall, Roster, problems, zones
from covet_sre.flows.reading import Reliability
from covet_sre.oncall.duty import duty
from covet_sre.oncall.load import DAY_SECONDS, PERIODS_DAYS, Load, PageTold, fair_share, load_of
from covet_sre.oncall.swap import SwapState
from covet_sre.web.oncall.grid import Lane, Painter, palette_of, strip
from covet_sre.web.oncall.schedule_page import ProblemRow
from covet_sre.web.oncall.words import DutyCard, duty_card, swap_words
from covet_sre.web.oncall.zone_clock import ZoneClock
from covet_sre.web.shell import Shell, shell
from covet_sre.web.words import number_of, plain

_STRIP_DAYS = 7
_SHARE_NOTED = 1.5
"""Somebody with so many times their share is pointed out, from a few pages on."""
_PAGES_NOTED = 5


@dataclass(frozen=True, slots=True)
class ScheduleCard:
    name: str
    zone: str
    duty: DutyCard
    strip: Lane
    gaps: str
    waiting: str
    unreachable: str


@dataclass(frozen=True, slots=True)
class LoadRow:
    """One person in each of the periods: (pages, at night, at weekends). `fair` is how they compare, in words."""

    person: str
    name: str
    periods: tuple[tuple[int, int, int], ...]
    share: str
    bar: str
    fair: str
    tone: str


@dataclass(frozen=True, slots=True)
class SwapLine:
    schedule: str
    words: str


@dataclass(frozen=True, slots=True)
class OnCallPage:
    shell: Shell
    cards: tuple[ScheduleCard, ...]
    problems: tuple[ProblemRow, ...]
    periods: tuple[int, ...]
    load: tuple[LoadRow, ...]
    swaps: tuple[SwapLine, ...]


def on_call_page(reliability: Reliability, on_call: OnCall) -> OnCallPage:
    frame = shell(reliability, "On call", "oncall")
    roster = on_call.roster()
    pages = on_call.pages(roster.now - max(PERIODS_DAYS) * DAY_SECONDS)
    found = [
        ProblemRow(one.title, one.detail, one.remedy, "critical" if one.is_red else "warning")
        for one in problems(roster)
    ]
    return OnCallPage(
        shell=frame,
        cards=tuple(_card(roster, name) for name in roster.schedules),
        problems=tuple(found),
        periods=PERIODS_DAYS,
        load=tuple(load_rows(roster, list(pages))),
        swaps=tuple(_swap_lines(roster)),
    )


def _card(roster: Roster, name: str) -> ScheduleCard:
    schedule, now = roster.schedules[name], roster.now
    clock = ZoneClock(schedule.zone)
    palette = palette_of(schedule, roster.directory.people)
    start = clock.begins(clock.day(now))
    gaps = roster.gaps(name)
    waiting = sum(one.schedule == name and one.state is SwapState.PENDING for one in roster.kept.swaps)
    held = duty(schedule, now)
    return ScheduleCard(
        name=name,
        zone=schedule.zone,
        duty=duty_card(held, palette, clock, now),
        strip=strip(schedule, Painter(clock, palette, now), start, start + _STRIP_DAYS * DAY_SECONDS),
        gaps=f"{number_of(len(gaps), 'gap')}, the first {clock.words(gaps[0][0])}" if gaps else "",
        waiting=f"{number_of(waiting, 'swap')} waiting" if waiting else "",
        unreachable=roster.unreachable(held.person) if held.person else "",
    )


def load_rows(roster: Roster, pages: list[PageTold]) -> list[LoadRow]:
    """Everybody who is in a rotation or was paged, the most paged first; fairness over the middle period."""
    where, now = zones(roster.directory), roster.now
    by_period = [load_of(pages, where, now - days * DAY_SECONDS, now) for days in PERIODS_DAYS]
    people = {person: None for schedule in roster.schedules.values() for person in schedule.people}
    people |= dict.fromkeys(person for loads in by_period for person in loads)
    middle = {person: by_period[1].get(person, Load()) for person in people}
    shares, total = fair_share(middle), sum(load.pages for load in middle.values())
    most = max((load.pages for load in middle.values()), default=0)
    rows: list[LoadRow] = []
    for person in sorted(people, key=lambda one: (-middle[one].pages, one)):
        loads = [loads.get(person, Load()) for loads in by_period]
        share = shares.get(person, 0.0)
        much = share >= _SHARE_NOTED and total >= _PAGES_NOTED
        known = roster.directory.people.get(person)
        rows.append(
            LoadRow(
                person=person if known else "",
                name=known.display_name if known else f"{person} (left)",
                periods=tuple((load.pages, load.night, load.weekend) for load in loads),
                share=f"{plain(100 * middle[person].pages / total, 0)}%" if total else "–",
                bar=f"{100 * middle[person].pages / most:.1f}%" if most else "0%",
                fair=f"{plain(share, 1)} × a fair share" if total else "nobody was paged",
                tone="warning" if much else "ok",
            )
        )
    return rows


def _swap_lines(roster: Roster) -> list[SwapLine]:
    lines: list[SwapLine] = []
    for one in roster.kept.swaps:
        schedule = roster.schedules.get(one.schedule)
        if one.state is SwapState.PENDING and schedule is not None:
            palette = palette_of(schedule, roster.directory.people)
            lines.append(SwapLine(one.schedule, swap_words(one, palette, ZoneClock(schedule.zone))))
    return lines
