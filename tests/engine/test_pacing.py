"""While alerts pour in, the desk takes little at once and rests; what waits too long is decided about all the same."""

from covet_sre.alerting.alert import Disposition, Verdict
from covet_sre.engine.pacing import LATE_SECONDS, MOST_ALERTS, MOST_ARRIVALS, Pace
from covet_sre.ports import Arrival, Disposed, Waiting

NOW = 1_795_000_000.0


def turn(pace: Pace, arrivals: int, alerts_each: int, received_at: float = NOW) -> None:
    waiting = [Waiting(number, Arrival("plain", b"", received_at), 0) for number in range(arrivals)]
    made = [("key", Disposition(Verdict.ATTACHED, "it fires"))] * alerts_each
    pace.took(waiting, [Disposed(one.number, made) for one in waiting])


def test_a_turn_takes_as_many_alerts_however_they_are_packed() -> None:
    pace = Pace()
    assert pace.arrivals == MOST_ARRIVALS
    turn(pace, 500, 100)
    assert pace.arrivals == MOST_ALERTS // 100
    turn(pace, 10, 10_000)
    assert pace.arrivals == 1
    turn(pace, 1, 1)
    assert pace.arrivals == MOST_ARRIVALS
    turn(pace, 0, 0)
    assert pace.arrivals >= 1


def test_after_no_arrivals_it_is_ready_for_many() -> None:
    pace = Pace()
    turn(pace, 10, 10_000)
    turn(pace, 0, 0)
    assert pace.arrivals == MOST_ARRIVALS


def test_it_rests_longer_than_it_worked_and_not_for_long() -> None:
    pace = Pace()
    turn(pace, 500, 1)
    assert 0.02 < pace.rest_seconds(0.02, NOW) < 0.2
    assert pace.rest_seconds(10.0, NOW) < 1.0


def test_what_has_waited_for_long_is_not_kept_waiting() -> None:
    pace = Pace()
    turn(pace, 500, 1, NOW - LATE_SECONDS - 1)
    assert pace.rest_seconds(0.02, NOW) == 0.0
