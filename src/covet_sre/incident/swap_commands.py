"""Swaps: asked for, answered, taken back; and over when the first of their times begins."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from covet_sre.errors import NotFound, Refused
from covet_sre.incident import oncall_facts as facts
from covet_sre.incident.checking import check_length
from covet_sre.incident.desk import Desk
from covet_sre.incident.notices import write_to_person
from covet_sre.incident.outgoing import Notice
from covet_sre.incident.override_commands import check_times, covers, last_place, schedule_of
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.swap import Swap, SwapState

MOST_PENDING = 200
"""Of all schedules together."""


def ask_swap(desk: Desk, command: facts.AskSwap, now: float) -> str:
    """Ask; nothing changes yet. Both must hold what they would give."""
    schedule = schedule_of(desk, command.schedule)
    _check_pair(desk, command)
    _check_is(desk.directory, command.actor, command.asker, "ask to give a shift of theirs away")
    check_length(command.reason, "the reason", 500)
    if sum(one.state is SwapState.PENDING for one in desk.records(Swap).values()) >= MOST_PENDING:
        raise Refused(f"{MOST_PENDING} swaps wait for an answer", remedy="answer or cancel some of them")
    times = (command.start, command.end), (command.back_start, command.back_end)
    for start, end in times:
        if start is not None and end is not None and start <= now:
            raise Refused("that time has begun", remedy="make an override: for what is now, nobody need be asked")
        if start is not None and end is not None:
            check_times(start, end, now)
    swap = Swap(
        identity=command.identity,
        schedule=command.schedule,
        asker=command.asker,
        asked=command.asked,
        start=command.start,
        end=command.end,
        back_start=command.back_start,
        back_end=command.back_end,
        reason=command.reason.strip(),
        made_at=now,
    )
    _check_holds(schedule, swap)
    desk.put_record(swap)
    link = swap_path(swap)
    text = f"{_said(schedule, swap)}\n{swap.reason}".strip() + "\n\nNothing changes unless you accept."
    write_to_person(
        desk, swap.asked, Notice(f"{swap.asker} asks you to swap", text, link), f"swap/{swap.identity}/ask", now
    )
    return swap.identity


def answer_swap(desk: Desk, command: facts.AnswerSwap, now: float) -> str:
    """Accept or decline. What was agreed on becomes overrides at once, if both still hold what they give."""
    swap = pending(desk, command.identity)
    _check_is(desk.directory, command.actor, swap.asked, "answer")
    check_length(command.answer, "the answer", 500)
    if now >= swap.begins_at:
        raise Refused("it has begun: it is too late to agree", remedy="make an override")
    schedule = schedule_of(desk, swap.schedule)
    if command.accepts:
        _check_holds(schedule, swap)
        for override in swap.overrides(now, last_place(desk)):
            desk.put_record(override)
    state = SwapState.ACCEPTED if command.accepts else SwapState.DECLINED
    desk.put_record(replace(swap, state=state, decided_at=now, answer=command.answer.strip()))
    word = "accepts" if command.accepts else "declines"
    text = f"{_said(schedule, swap)}\n{command.answer.strip()}".strip()
    notice = Notice(f"{swap.asked} {word} the swap", text, swap_path(swap))
    write_to_person(desk, swap.asker, notice, f"swap/{swap.identity}/answer", now)
    return swap.identity


def cancel_swap(desk: Desk, command: facts.CancelSwap, now: float) -> str:
    """Whoever asked does not ask any more."""
    swap = pending(desk, command.identity)
    # One whom the files do not know any more cannot cancel it: then anybody may.
    if swap.asker in desk.directory.people and swap.asked in desk.directory.people:
        _check_is(desk.directory, command.actor, swap.asker, "cancel it")
    desk.put_record(replace(swap, state=SwapState.CANCELLED, decided_at=now))
    return swap.identity


def expire_swap(desk: Desk, swap: Swap, now: float) -> None:
    """Its time begins, and nobody has answered: everything stays as it is, and whoever asked is told."""
    desk.put_record(replace(swap, state=SwapState.EXPIRED, decided_at=now))
    text = f"{swap.asked} did not answer, and the time has begun. {swap.asker} keeps it."
    notice = Notice("A swap was not answered in time", text, swap_path(swap))
    write_to_person(desk, swap.asker, notice, f"swap/{swap.identity}/expired", now)


def pending(desk: Desk, identity: str) -> Swap:
    """Raises NotFound, and Refused for one that is decided."""
    swap = desk.records(Swap).get(identity)
    if swap is None:
        raise NotFound(f"there is no swap {identity}", remedy="see the swaps of the schedule")
    if swap.state is not SwapState.PENDING:
        raise Refused(f"it is {swap.state.value} already", remedy="ask for another one")
    return swap


def swap_path(swap: Swap) -> str:
    """Where it is answered."""
    return f"/oncall/{swap.schedule}#swaps"


def _check_is(directory: Directory, actor: str, name: str, does: str) -> None:
    if not directory.is_person(actor, name):
        raise Refused(f"only {name} can {does}, and you are {actor}", remedy=f"do it as {name}, or make an override")


def _check_pair(desk: Desk, command: facts.AskSwap) -> None:
    for name in (command.asker, command.asked):
        if name not in desk.directory.people:
            raise Refused(f"nobody in any team is called {name}", remedy="name a member of a team")
    if command.asker == command.asked:
        raise Refused("nobody swaps with themselves", remedy="name somebody else")
    if (command.back_start is None) is not (command.back_end is None):
        raise Refused("what is taken in return has only one end", remedy="give both, or neither")
    if command.back_start is not None and command.back_end is not None:
        overlap = max(command.start, command.back_start) < min(command.end, command.back_end)
        if overlap:
            raise Refused("the two times overlap", remedy="trade times that lie apart")


def _check_holds(schedule: LayeredSchedule, swap: Swap) -> None:
    """Raises Refused unless both are on call, from one end to the other, when they give."""
    gives = [(swap.asker, swap.asked, swap.start, swap.end)]
    if swap.back_start is not None and swap.back_end is not None:
        gives.append((swap.asked, swap.asker, swap.back_start, swap.back_end))
    for giver, taker, start, end in gives:
        if not covers(schedule, giver, start, end):
            when = _span(schedule, start, end)
            raise Refused(f"{giver} is not on call all the time {when}", remedy="swap a shift, or a part of one")
        if any(shift.person == taker for shift in schedule.shifts(start, end)):
            raise Refused(f"{taker} is on call {_span(schedule, start, end)} already", remedy="ask somebody else")


def _said(schedule: LayeredSchedule, swap: Swap) -> str:
    gives = f"{swap.asked} takes over from {swap.asker} on {swap.schedule} {_span(schedule, swap.start, swap.end)}"
    if swap.back_start is None or swap.back_end is None:
        return f"{gives}."
    back = _span(schedule, swap.back_start, swap.back_end)
    return f"{gives}; in return {swap.asker} takes over from {swap.asked} {back}."


def _span(schedule: LayeredSchedule, start: float, end: float) -> str:
    return f"from {shown(schedule, start)} to {shown(schedule, end)} ({schedule.zone})"


def shown(schedule: LayeredSchedule, at: float) -> str:
    """A time as the schedule's own clock shows it: `Mon 2026-01-05 09:00`."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(schedule.zone)):%a %Y-%m-%d %H:%M}"
