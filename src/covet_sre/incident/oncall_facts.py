"""What people decide about who is on call: overrides, swaps, hand-offs, contacts, calendars."""

from dataclasses import dataclass

from covet_sre.oncall.calendar_address import CalendarSubject
from covet_sre.oncall.contact_rules import ContactStep


@dataclass(frozen=True, slots=True)
class SetOverride:
    """Somebody is on call for a time who would not be, or is not who would. `identity` names the new override."""

    identity: str
    actor: str
    schedule: str
    start: float
    end: float
    removes: str
    adds: str
    reason: str


@dataclass(frozen=True, slots=True)
class RemoveOverride:
    identity: str
    actor: str


@dataclass(frozen=True, slots=True)
class TakeTimes:
    """One after another, people are on call alone for a time: what an imported calendar says. All of it, or nothing.

    `times` are (person, start, end). `identity` is what the overrides' names begin with.
    """

    identity: str
    actor: str
    schedule: str
    times: tuple[tuple[str, float, float], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class AskSwap:
    """`asker` would like `asked` to take a time, and takes another in return where one is given."""

    identity: str
    actor: str
    schedule: str
    asker: str
    asked: str
    start: float
    end: float
    back_start: float | None
    back_end: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerSwap:
    identity: str
    actor: str
    accepts: bool
    answer: str = ""


@dataclass(frozen=True, slots=True)
class CancelSwap:
    identity: str
    actor: str


@dataclass(frozen=True, slots=True)
class WriteHandOff:
    """`seen` is the revision of the note that its author had before them, 0 for none."""

    schedule: str
    actor: str
    text: str
    seen: int


@dataclass(frozen=True, slots=True)
class MakeCalendar:
    """`identity` is the digest of the secret part of its address."""

    identity: str
    actor: str
    subject: CalendarSubject
    name: str


@dataclass(frozen=True, slots=True)
class RevokeCalendar:
    identity: str
    actor: str


@dataclass(frozen=True, slots=True)
class SetContactRules:
    """A person's own rules as a whole. `seen` is the revision that was changed, 0 for none."""

    person: str
    actor: str
    page: tuple[ContactStep, ...]
    low: tuple[ContactStep, ...]
    email: str
    slack: str
    seen: int


@dataclass(frozen=True, slots=True)
class SendCode:
    """A code goes to a contact. Only its digest stands here; `nonce` is what the code is worked out from."""

    person: str
    actor: str
    target: str
    nonce: str
    code_hash: str


@dataclass(frozen=True, slots=True)
class EnterCode:
    """`code_hash` is the digest of what somebody typed."""

    person: str
    actor: str
    target: str
    code_hash: str


@dataclass(frozen=True, slots=True)
class AnswerTestPage:
    identity: str
    actor: str
    via: str


OnCallCommand = (
    SetOverride
    | RemoveOverride
    | TakeTimes
    | AskSwap
    | AnswerSwap
    | CancelSwap
    | WriteHandOff
    | MakeCalendar
    | RevokeCalendar
    | SetContactRules
    | SendCode
    | EnterCode
    | AnswerTestPage
)
