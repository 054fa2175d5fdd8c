"""The frame around every page: where one is, the server's clock, and the version that live updates compare."""

from dataclasses import dataclass

from covet_sre.flows.reading import Reliability
from covet_sre.web.words import machine_time, moment, plain


@dataclass(frozen=True, slots=True)
class Shell:
    """`section` is the entry of the navigation that is marked as the present one."""

    title: str
    section: str
    version: int
    now: str
    now_machine: str
    speed: str
    simulated_until: str


def shell(reliability: Reliability, title: str, section: str) -> Shell:
    """Read the clock and the version before anything else of the page, so that nothing newer is missed."""
    clock = reliability.clock()
    until = clock.simulated_until_minute
    return Shell(
        title,
        section,
        reliability.version(),
        moment(clock.now_minute),
        machine_time(clock.now_minute),
        "" if clock.speed == 1 else f"{plain(clock.speed, 1)}×",
        "" if until is None else moment(until),
    )
