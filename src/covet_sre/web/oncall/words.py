"""Duties, overrides and swaps as pages write them."""

from dataclasses import dataclass

from covet_sre.flows.narration import span
from covet_sre.oncall.duty import Duty
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.swap import Swap, SwapState
from covet_sre.web.incidents.words import Badge
from covet_sre.web.oncall.grid import Palette
from covet_sre.web.oncall.zone_clock import ZoneClock

SWAP_BADGES = {
    SwapState.PENDING: Badge("Pending", "warning"),
    SwapState.ACCEPTED: Badge("Accepted", "ok"),
    SwapState.DECLINED: Badge("Declined", "unknown"),
    SwapState.CANCELLED: Badge("Cancelled", "unknown"),
    SwapState.EXPIRED: Badge("Expired", "unknown"),
}


@dataclass(frozen=True, slots=True)
class DutyCard:
    """Who is on call now and who comes next, in a schedule's own time. `person` is empty in a gap."""

    person: str
    name: str
    style: str
    initials: str
    until: str
    left: str
    then: str
    then_name: str
    also: tuple[str, ...]


def duty_card(duty: Duty, palette: Palette, clock: ZoneClock, now: float) -> DutyCard:
    return DutyCard(
        person=duty.person,
        name=palette.name(duty.person) if duty.person else "Nobody",
        style=palette.style(duty.person) if duty.person else "gap",
        initials=palette.initials(duty.person) if duty.person else "–",
        until=clock.words(duty.until) if duty.until is not None else "",
        left=span(duty.until - now) if duty.until is not None else "",
        then=duty.then,
        then_name=palette.name(duty.then) if duty.then else "",
        also=tuple(palette.name(one) for one in duty.people[1:]),
    )


def override_words(override: ShiftOverride, palette: Palette) -> str:
    """Ben instead of Ann; Ben as well; not Ann."""
    if override.adds and override.removes:
        return f"{palette.name(override.adds)} instead of {palette.name(override.removes)}"
    return f"{palette.name(override.adds)} as well" if override.adds else f"not {palette.name(override.removes)}"


def span_words(clock: ZoneClock, start: float, end: float) -> str:
    return f"{clock.words(start)} to {clock.words(end)}"


def swap_words(swap: Swap, palette: Palette, clock: ZoneClock) -> str:
    """What a swap would come to, in one sentence."""
    asker, asked = palette.name(swap.asker), palette.name(swap.asked)
    said = f"{asked} takes over from {asker}: {span_words(clock, swap.start, swap.end)}"
    if swap.back_start is None or swap.back_end is None:
        return said
    return f"{said}; in return {asker} takes over from {asked}: {span_words(clock, swap.back_start, swap.back_end)}"
