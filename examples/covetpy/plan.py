"""Which requests the traffic sends, and when: a pure function of its seed."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

import normal_day

PAY_DELAY_ORDERS = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast requests come: the mean rate, and the virtual clock that gives the day's rhythm."""

    requests_per_second: float
    virtual_start_epoch_seconds: float
    speed: float

    def rate(self, elapsed_seconds: float) -> float:
        """Return the rate in real requests a second at this real time since the start."""
        virtual = self.virtual_start_epoch_seconds + self.speed * elapsed_seconds
        return self.requests_per_second * normal_day.rhythm(virtual)


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One request: the real seconds after the start at which it leaves, and what it says."""

    at_seconds: float
    method: str
    path: str
    body: bytes = b""


def planned_requests(seed: int, pace: Pace, newest_order: int) -> Iterator[PlannedRequest]:
    """Yield requests without end, in order: a Poisson process whose rate follows the day.

    Payments name the orders that the plan itself has created, counted on from `newest_order`.
    """
    dice = random.Random(seed)
    kinds = [visit.kind for visit in normal_day.VISITS]
    shares = [visit.share for visit in normal_day.VISITS]
    created, paid, at_seconds = newest_order, newest_order, 0.0
    while True:
        # The rate moves by the hour and the gaps are a fraction of a second: it is constant over one gap.
        at_seconds += dice.expovariate(pace.rate(at_seconds))
        kind = dice.choices(kinds, shares)[0]
        if kind == "create":
            valid = dice.random() >= normal_day.INVALID_ORDER_SHARE
            created += valid
            yield PlannedRequest(at_seconds, "POST", "/orders", _new_order(dice, valid))
        elif kind == "pay" and paid < created - PAY_DELAY_ORDERS:
            paid += 1
            yield PlannedRequest(at_seconds, "POST", f"/orders/{paid}/pay")
        elif kind == "stray":
            yield PlannedRequest(at_seconds, "GET", dice.choice(("/favicon.ico", "/robots.txt", "/wp-login.php")))
        elif kind == "list":
            yield PlannedRequest(at_seconds, "GET", "/orders")
        else:
            yield PlannedRequest(at_seconds, "GET", _some_order(dice, created))


def _new_order(dice: random.Random, valid: bool) -> bytes:
    order: dict[str, object] = {"customer": f"customer-{dice.randrange(97)}", "item": f"item-{dice.randrange(41)}"}
    if valid:
        order["amount_cents"] = dice.randrange(100, 50_000)
    return json.dumps(order).encode()


def _some_order(dice: random.Random, created: int) -> str:
    if dice.random() < normal_day.UNKNOWN_ORDER_SHARE:
        return f"/orders/{10**12 + dice.randrange(10**6)}"
    return f"/orders/{created - dice.randrange(min(400, max(created, 1)))}"
