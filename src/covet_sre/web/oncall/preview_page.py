"""A schedule tried before it is saved: its grid over any period, and what would change. Nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from covet_sre.errors import CovetSreError, Finding, Level, Refused
from covet_sre.flows.oncall import OnCall, Roster, tried
from covet_sre.flows.reading import Reliability
from covet_sre.oncall.comparing import differences
from covet_sre.oncall.coverage import holes
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.web.incidents.trouble import Trouble, trouble_of
from covet_sre.web.oncall.grid import Grid, Painter, palette_of, weeks_grid
from covet_sre.web.oncall.words import span_words
from covet_sre.web.oncall.zone_clock import ZoneClock, monday_of
from covet_sre.web.shell import Shell, shell

MOST_WEEKS = 53
_MOST_LISTED = 50
_LONGEST_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class ChangeRow:
    when: str
    before: str
    after: str
    tone: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One schedule of the text. `is_new`: there is none of that name yet."""

    name: str
    zone: str
    is_new: bool
    grid: Grid
    changes: tuple[ChangeRow, ...]
    more_changes: int
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    place: str
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class PreviewPage:
    shell: Shell
    text: str
    first: str
    last: str
    findings: tuple[FindingRow, ...]
    tried: tuple[Tried, ...]
    trouble: Trouble | None


def preview_page(reliability: Reliability, on_call: OnCall, fields: Mapping[str, str]) -> PreviewPage:
    """`fields` are `text`, and `from` and `to`: days."""
    frame = shell(reliability, "Try a schedule", "oncall")
    roster = on_call.roster()
    today = ZoneClock("UTC").day(roster.now)
    text = fields.get("text", "")
    first, last = fields.get("from") or today.isoformat(), fields.get("to") or (today + timedelta(27)).isoformat()
    rows: list[Tried] = []
    findings: tuple[Finding, ...] = ()
    trouble: Trouble | None = None
    try:
        since, until = period(first, last)
        if len(text) > _LONGEST_TEXT:
            raise Refused("the text is too long", remedy="paste the schedule alone")
        if text.strip():
            draft = on_call.draft(text)
            findings = draft.findings
            roster = on_call.roster(ZoneClock("UTC").begins(since) - 7 * 86400.0)
            rows = [_tried(roster, one, since, until) for one in tried(roster, draft).values()]
            if not draft.schedules and not findings:
                raise Refused("there is no document of kind Schedule in it", remedy="paste one")
    except CovetSreError as error:
        trouble = trouble_of(error)
    found = tuple(_finding_row(one) for one in findings)
    return PreviewPage(frame, text, first, last, found, tuple(rows), trouble)


def period(first: str, last: str) -> tuple[date, date]:
    """Two days, the last one included. Raises Refused."""
    try:
        since, until = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise Refused("the period is no pair of days", remedy="write them like 2026-11-23") from error
    if until < since:
        raise Refused("the period ends before it begins", remedy="give a later end")
    if until - since > timedelta(weeks=MOST_WEEKS):
        raise Refused("the period is longer than a year", remedy="look at a shorter one")
    if not 1970 < since.year < 2200:
        raise Refused("the period is not of these years", remedy="look at another one")
    return since, until


def _tried(roster: Roster, schedule: LayeredSchedule, since: date, until: date) -> Tried:
    clock = ZoneClock(schedule.zone)
    start, end = clock.begins(since), clock.begins(until + timedelta(days=1))
    palette = palette_of(schedule, roster.directory.people)
    present = roster.directory.schedules.get(schedule.name)
    found = differences(present, schedule, start, end)
    rows = [
        ChangeRow(
            span_words(clock, one.start, one.end),
            ", ".join(palette.name(person) for person in one.before) or "nobody",
            ", ".join(palette.name(person) for person in one.after) or "nobody",
            "ok" if one.after else "warning",
        )
        for one in found[:_MOST_LISTED]
    ]
    painter = Painter(clock, palette, roster.now)
    return Tried(
        name=schedule.name,
        zone=schedule.zone,
        is_new=present is None,
        grid=weeks_grid(schedule, painter, monday_of(since), until + timedelta(days=1)),
        changes=tuple(rows),
        more_changes=max(len(found) - _MOST_LISTED, 0),
        gaps=tuple(span_words(clock, *gap) for gap in holes(schedule, start, end)[:20]),
    )


def _finding_row(finding: Finding) -> FindingRow:
    field = f"{finding.field}: " if finding.field else ""
    tone = "critical" if finding.level is Level.ERROR else "warning"
    return FindingRow(str(finding.location), f"{field}{finding.problem}; {finding.remedy}", tone)
