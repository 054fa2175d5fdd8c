"""What the doors read about who is on call: one account of it, from which every page, answer and message is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from covet_sre.errors import Finding
from covet_sre.incident.outgoing import Delivery, Outgoing, Purpose
from covet_sre.incident.rules import Rules
from covet_sre.oncall.calendar_address import CalendarAddress
from covet_sre.oncall.contact_check import ContactCheck, check_identity
from covet_sre.oncall.contact_rules import ContactRules
from covet_sre.oncall.coverage import holes
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.effective import effective, stale
from covet_sre.oncall.hand_off import HandOffNote
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.load import PageTold
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.schedule_watch import ScheduleWatch
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.oncall.swap import Swap
from covet_sre.oncall.target import Channel, TargetKind

GAPS_AHEAD_SECONDS = 60 * 86400.0


@dataclass(frozen=True, slots=True)
class Kept:
    """The records around who is on call, as a store or a desk has them."""

    overrides: Sequence[ShiftOverride] = ()
    swaps: Sequence[Swap] = ()
    notes: Sequence[HandOffNote] = ()
    rules: Sequence[ContactRules] = ()
    checks: Sequence[ContactCheck] = ()
    tests: Sequence[ShiftTest] = ()
    watches: Sequence[ScheduleWatch] = ()
    calendars: Sequence[CalendarAddress] = ()
    latest: Sequence[Outgoing] = ()
    """The latest notifications, the newest first: which contacts work."""


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """Something that somebody should mend: `schedule` is the one that it is about, where it is about one."""

    title: str
    detail: str
    remedy: str
    schedule: str = ""
    person: str = ""
    is_red: bool = False


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on call, at any time. `directory` has the files and everything beside them: see `effective`."""

    now: float
    rules: Rules
    kept: Kept
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        directory = effective(self.rules.directory, self.kept.overrides, self.kept.rules)
        object.__setattr__(self, "directory", directory)

    @property
    def schedules(self) -> Mapping[str, LayeredSchedule]:
        """Those that have layers, by name."""
        known = self.directory.schedules.items()
        return {name: one for name, one in sorted(known) if isinstance(one, LayeredSchedule)}

    def note(self, schedule: str) -> HandOffNote | None:
        return next((one for one in self.kept.notes if one.schedule == schedule), None)

    def own_rules(self, person: str) -> ContactRules | None:
        return next((one for one in self.kept.rules if one.person == person), None)

    def check(self, person: str, target: str) -> ContactCheck | None:
        wanted = check_identity(person, target)
        return next((one for one in self.kept.checks if one.identity == wanted), None)

    def is_verified(self, person: str, target: str) -> bool:
        """Whether it is known that a contact reaches its person; our own pages always do."""
        if self.directory.targets[target].kind is TargetKind.INBOX:
            return True
        check = self.check(person, target)
        return check is not None and check.is_verified(self.directory.address(person, target))

    def sequence(self, schedule: str) -> tuple[int, float]:
        """How often a schedule has changed, and when it did last."""
        watch = next((one for one in self.kept.watches if one.schedule == schedule), None)
        return (watch.sequence, watch.changed_at) if watch else (0, 0.0)

    def test_of(self, schedule: str, person: str) -> ShiftTest | None:
        """The latest test page of a person on a schedule whose shift is not over."""
        found = [one for one in self.kept.tests if (one.schedule, one.person) == (schedule, person)]
        latest = max(found, key=lambda one: one.sent_at, default=None)
        return latest if latest and latest.end > self.now else None

    def unreachable(self, person: str) -> str:
        """Why it must be feared that a page does not reach a person, empty where nothing speaks for it."""
        tests = [one for one in self.kept.tests if one.person == person and one.end > self.now]
        latest = max(tests, key=lambda one: one.sent_at, default=None)
        if latest and latest.is_unreachable:
            return f"The test page of {latest.schedule} was not answered"
        # What was sent to wake them counts; a mail that came back does not.
        for outgoing in self.kept.latest:
            is_page = outgoing.channel is Channel.PAGE and outgoing.person == person
            if is_page and outgoing.delivery in (Delivery.DELIVERED, Delivery.FAILED):
                failed = outgoing.delivery is Delivery.FAILED
                return f"The last page reached none of their contacts: {outgoing.detail}" if failed else ""
        return ""

    def failure(self, person: str, target: str) -> str:
        """What went wrong when a contact was used last; empty where it was well, or was never used."""
        for outgoing in self.kept.latest:
            if outgoing.person != person or target not in outgoing.targets or outgoing.delivery is Delivery.CANCELLED:
                continue
            place = outgoing.targets.index(target)
            if place < outgoing.target or (place == outgoing.target and outgoing.delivery is Delivery.FAILED):
                return outgoing.detail or "it did not take it"
            if place == outgoing.target and outgoing.delivery is Delivery.DELIVERED:
                return ""
        return ""

    def gaps(self, schedule: str) -> list[tuple[float, float]]:
        """When nobody will be on call, within the next 60 days."""
        found = self.directory.schedules[schedule]
        return holes(found, self.now, self.now + GAPS_AHEAD_SECONDS)


def problems(roster: Roster) -> list[RosterProblem]:
    """People who cannot be reached, gaps, and what the files have left behind; the worst first."""
    found: list[RosterProblem] = []
    for name, schedule in roster.schedules.items():
        for person in schedule.on_call(roster.now):
            if why := roster.unreachable(person):
                known = roster.directory.people.get(person)
                remedy = "Call them, or have somebody else take the shift"
                title = f"{known.display_name if known else person} is on call for {name} and may not be reached"
                found.append(RosterProblem(title, why, remedy, name, person, is_red=True))
    for name in roster.schedules:
        gaps = roster.gaps(name)
        if gaps:
            detail = f"{len(gaps)} times in the next 60 days" if len(gaps) > 1 else "Once in the next 60 days"
            remedy = "Make an override, or add a layer beneath the others in the files"
            found.append(RosterProblem(f"Nobody is on call at times on {name}", detail, remedy, name))
    kept = roster.kept
    left = stale(roster.rules.directory, kept.overrides, kept.swaps, kept.rules, roster.now)
    return [*found, *(RosterProblem(one.what, one.why, one.remedy) for one in left)]


def pages_told(delivered: Sequence[Outgoing]) -> list[PageTold]:
    """The pages among notifications that were delivered: one for each step of an incident and person."""
    found: dict[tuple[object, ...], PageTold] = {}
    for outgoing in delivered:
        is_page = outgoing.channel is Channel.PAGE and outgoing.purpose is Purpose.TRIGGER
        if is_page and outgoing.person and outgoing.delivery is Delivery.DELIVERED:
            key = outgoing.incident, outgoing.episode, outgoing.step, outgoing.person
            at = min(outgoing.due_at, found[key].at) if key in found else outgoing.due_at
            found[key] = PageTold(outgoing.person, at)
    return list(found.values())


def zones(directory: Directory) -> dict[str, str]:
    """Where each person lives: as the files say, else where their first schedule is."""
    found = {name: person.zone for name, person in directory.people.items() if person.zone}
    for _, schedule in sorted(directory.schedules.items()):
        if isinstance(schedule, LayeredSchedule):
            for person in schedule.people:
                found.setdefault(person, schedule.zone)
    return found


@dataclass(frozen=True, slots=True)
class Draft:
    """Schedules as a text would declare them, with what is wrong in it; nothing of it is kept."""

    schedules: Mapping[str, LayeredSchedule]
    findings: tuple[Finding, ...]


def tried(roster: Roster, draft: Draft) -> dict[str, LayeredSchedule]:
    """The schedules of a draft as they would be: with what people decided beside the files."""
    files = replace(roster.rules.directory, schedules=dict(draft.schedules))
    found = effective(files, roster.kept.overrides).schedules
    return {name: one for name, one in found.items() if isinstance(one, LayeredSchedule)}


@dataclass(frozen=True, slots=True)
class CalendarTime:
    """One event of a calendar: `title`, from `start` until just before `end`, and the people it may be about.

    `line` is where it begins in the text.
    """

    title: str
    start: float
    end: float
    people: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class ReadCalendar:
    """What was understood of a calendar, and what was not: (line, why)."""

    times: tuple[CalendarTime, ...]
    put_aside: tuple[tuple[int, str], ...]


class OnCall(Protocol):
    """Everything about who is on call that a person or a program may read here; what they decide is a command."""

    def roster(self, since: float | None = None) -> Roster:
        """As it is now, with what people decided that was not over at `since` (by default now)."""
        ...

    def pages(self, since: float) -> Sequence[PageTold]:
        """The pages that reached people since a time."""
        ...

    def draft(self, text: str) -> Draft:
        """Schedules in a text, among the people and targets that there are. Nothing is kept."""
        ...

    def calendar(self, content: bytes, zone: str, start: float, end: float) -> ReadCalendar:
        """The events of a calendar between two times. Raises Refused for what is no calendar, or too large.

        `zone` is that of events that name none.
        """
        ...

    def new_code(self) -> tuple[str, str]:
        """What a code is worked out from, and its digest: the code itself is worked out when it leaves."""
        ...

    def code_digest(self, code: str, nonce: str) -> str:
        """The digest of what somebody typed."""
        ...

    def new_token(self) -> str:
        """256 bits of chance, fit for an address."""
        ...

    def test_page(self, token: str) -> tuple[str, str]:
        """(identity of the ShiftTest, person) that a link of ours says. Raises Refused for any other."""
        ...
