"""What may go wrong. Each seed enables some of it: a world in which everything fails shows less than one with a few
faults and a lot of work (swarm testing; Groce et al., 2012)."""

import random
from enum import StrEnum


class Fault(StrEnum):
    CRASH = "an engine dies between two turns"
    CRASH_IN_WRITE = "an engine dies just before or after a commit"
    CRASH_IN_SEND = "an engine dies just before or after it begins an attempt"
    PAUSE = "an engine is stopped in the middle of a turn, past its lease"
    COMMIT_UNKNOWN = "a commit fails, and nobody knows whether it was applied"
    STORE_DOWN = "the store does not answer for a while"
    FLAKES = "the store fails once"
    LOST_ANSWER = "an accepted delivery is not answered: its sender repeats it"
    SLOW_COMMIT = "an arrival commits later than one with a greater number"
    OUTAGE = "no engine runs for minutes or hours"
    LOST_ACK = "a target takes a notification, and its answer is lost"
    FAILED = "a target fails"
    BUSY = "a target is busy"
    REFUSED = "a target refuses"
    SLOW = "a target's answer comes back after the claim has expired"
    NEVER = "a target's answer never comes back"
    REPEATED = "deliveries are repeated"
    REORDERED = "deliveries overtake each other"
    LATE = "deliveries come hours late"
    POISON = "deliveries of which nothing can be made"
    CLOCK = "a clock is set, back or forth"


PROVIDER = (Fault.LOST_ACK, Fault.FAILED, Fault.BUSY, Fault.REFUSED, Fault.SLOW, Fault.NEVER)


def some_faults(chance: random.Random) -> frozenset[Fault]:
    """Those that one world has."""
    share = chance.choice((0.0, 0.15, 0.3, 0.5))
    enabled = frozenset(fault for fault in Fault if chance.random() < share)
    # A clock that is set makes every promise about time weaker: most worlds are judged without.
    return enabled - {Fault.CLOCK} if chance.random() < 0.7 else enabled
