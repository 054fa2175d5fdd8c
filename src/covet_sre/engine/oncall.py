"""What the doors are given about who is on call: read from the store, worked out in one place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from covet_sre.flows.oncall import Draft, Kept, OnCall, ReadCalendar, Roster, pages_told
from covet_sre.incident.rules import Rules
from covet_sre.oncall.calendar_address import CalendarAddress
from covet_sre.oncall.contact_check import ContactCheck
from covet_sre.oncall.contact_rules import ContactRules
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.hand_off import HandOffNote
from covet_sre.oncall.load import PageTold
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.schedule_watch import ScheduleWatch
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.oncall.swap import Swap
from covet_sre.ports import Clock, DeskStore, RecordStore

_MOST_PAGES = 50_000
_LATEST_LOOKED_AT = 500
_DECIDED_SHOWN_SECONDS = 14 * 86400.0


class OnCallStore(DeskStore, RecordStore, Protocol):
    """What is asked of a store."""


@dataclass(frozen=True, slots=True)
class Codes:
    """Everything that needs chance or a secret: see the methods of `OnCall` of the same names."""

    new_code: Callable[[], tuple[str, str]]
    code_digest: Callable[[str, str], str]
    new_token: Callable[[], str]
    test_page: Callable[[str], tuple[str, str]]


class Rosters(OnCall):
    """`OnCall` over a store. `draft_of` reads schedules, `calendar_of` calendars."""

    def __init__(
        self,
        store: OnCallStore,
        clock: Clock,
        codes: Codes,
        draft_of: Callable[[str, Directory], Draft],
        calendar_of: Callable[[bytes, str, float, float, Directory], ReadCalendar],
    ) -> None:
        self._store, self._clock, self._codes = store, clock, codes
        self._draft_of, self._calendar_of = draft_of, calendar_of
        self._rules = Rules()

    def take_up(self, rules: Rules) -> None:
        """Answer by other files from now on."""
        self._rules = rules

    def roster(self, since: float | None = None) -> Roster:
        now, store = self._clock(), self._store
        start = now if since is None else min(since, now)
        kept = Kept(
            overrides=store.records(ShiftOverride, start),
            swaps=store.records(Swap, now - _DECIDED_SHOWN_SECONDS),
            notes=store.records(HandOffNote),
            rules=store.records(ContactRules),
            checks=store.records(ContactCheck),
            tests=store.records(ShiftTest, now),
            watches=store.records(ScheduleWatch),
            calendars=store.records(CalendarAddress, now),
            latest=store.notifications(None, None, _LATEST_LOOKED_AT),
        )
        return Roster(now, self._rules, kept)

    def pages(self, since: float) -> Sequence[PageTold]:
        return pages_told(self._store.delivered(since, _MOST_PAGES))

    def draft(self, text: str) -> Draft:
        return self._draft_of(text, self._rules.directory)

    def calendar(self, content: bytes, zone: str, start: float, end: float) -> ReadCalendar:
        return self._calendar_of(content, zone, start, end, self._rules.directory)

    def new_code(self) -> tuple[str, str]:
        return self._codes.new_code()

    def code_digest(self, code: str, nonce: str) -> str:
        return self._codes.code_digest(code, nonce)

    def new_token(self) -> str:
        return self._codes.new_token()

    def test_page(self, token: str) -> tuple[str, str]:
        return self._codes.test_page(token)
