"""What the forms of a schedule and of a person ask for, read without trusting it."""

from collections.abc import Callable, Mapping

from covet_sre.errors import NotFound, Refused
from covet_sre.flows.oncall import OnCall
from covet_sre.incident.facts import Command
from covet_sre.incident.oncall_facts import (
    AnswerSwap,
    AnswerTestPage,
    AskSwap,
    CancelSwap,
    EnterCode,
    RemoveOverride,
    SendCode,
    SetContactRules,
    SetOverride,
    WriteHandOff,
)
from covet_sre.oncall.contact_rules import ContactStep
from covet_sre.web.oncall.zone_clock import ZoneClock

Fields = Mapping[str, str]
NewIdentity = Callable[[], str]

_MOST_STEPS = 20


def schedule_command(
    action: str, schedule: str, actor: str, fields: Fields, clock: ZoneClock, new_identity: NewIdentity
) -> Command:
    """Raises NotFound for an action that there is not, and Refused with what is missing or wrong."""
    match action:
        case "override":
            start, end = _times(fields, clock, "start", "end")
            removes, adds = fields.get("removes", ""), fields.get("adds", "")
            return SetOverride(new_identity(), actor, schedule, start, end, removes, adds, fields.get("reason", ""))
        case "remove":
            return RemoveOverride(fields.get("identity", ""), actor)
        case "swap":
            return _swap(schedule, actor, fields, clock, new_identity)
        case "answer":
            accepts = fields.get("accepts") == "1"
            return AnswerSwap(fields.get("identity", ""), actor, accepts, fields.get("answer", ""))
        case "cancel":
            return CancelSwap(fields.get("identity", ""), actor)
        case "handoff":
            return WriteHandOff(schedule, actor, fields.get("note", "").replace("\r\n", "\n"), _whole(fields, "seen"))
        case "test":
            return AnswerTestPage(fields.get("identity", ""), actor, "page")
        case _:
            raise NotFound(f"nothing is called {action!r} here", remedy="use the forms of the schedule's page")


def _swap(schedule: str, actor: str, fields: Fields, clock: ZoneClock, new_identity: NewIdentity) -> AskSwap:
    start, end = _times(fields, clock, "start", "end")
    back_start = back_end = None
    if fields.get("back_start") or fields.get("back_end"):
        back_start, back_end = _times(fields, clock, "back_start", "back_end")
    return AskSwap(
        identity=new_identity(),
        actor=actor,
        schedule=schedule,
        asker=fields.get("asker", ""),
        asked=fields.get("asked", ""),
        start=start,
        end=end,
        back_start=back_start,
        back_end=back_end,
        reason=fields.get("reason", ""),
    )


def person_command(action: str, person: str, actor: str, fields: Fields, on_call: OnCall) -> Command:
    """Raises NotFound and Refused likewise."""
    match action:
        case "contacts":
            return SetContactRules(
                person,
                actor,
                steps_of(fields, "page"),
                steps_of(fields, "low"),
                fields.get("email", "").strip(),
                fields.get("slack", "").strip(),
                _whole(fields, "seen"),
            )
        case "code":
            nonce, digest = on_call.new_code()
            return SendCode(person, actor, fields.get("target", ""), nonce, digest)
        case "verify":
            target = fields.get("target", "")
            check = on_call.roster().check(person, target)
            digest = on_call.code_digest(fields.get("code", ""), check.nonce if check else "")
            return EnterCode(person, actor, target, digest)
        case _:
            raise NotFound(f"nothing is called {action!r} here", remedy="use the forms of the person's page")


def steps_of(fields: Fields, urgency: str) -> tuple[ContactStep, ...]:
    """`page-1`, `page-1-after` (minutes) and so on, in order. A row without a target is no step."""
    steps: list[ContactStep] = []
    for number in range(1, _MOST_STEPS + 1):
        target = fields.get(f"{urgency}-{number}", "")
        if target:
            steps.append(ContactStep(target, _minutes(fields.get(f"{urgency}-{number}-after", "")) * 60.0))
    return tuple(sorted(steps, key=lambda step: step.after_seconds))


def _minutes(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError as error:
        raise Refused(f"{text[:20]!r} is no number of minutes", remedy="write 0 for at once, or 2") from error


def _times(fields: Fields, clock: ZoneClock, first: str, last: str) -> tuple[float, float]:
    return clock.read(fields.get(first, ""), "the beginning"), clock.read(fields.get(last, ""), "the end")


def _whole(fields: Fields, name: str) -> int:
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
