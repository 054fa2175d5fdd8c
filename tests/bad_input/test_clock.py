"""A clock that jumps, seen from outside: the server goes on where the clock is, and loses nothing that it knew."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from covet_sre.integrations.fakes import LyingServer
from tests.bad_input.installation import BAD_A_MINUTE, GOOD_A_MINUTE, Installation, prometheus, scrape, slo

A_MINUTE = BAD_A_MINUTE + GOOD_A_MINUTE


@pytest.mark.parametrize("kind", ["prometheus", "scrape"])
@pytest.mark.parametrize("jump_minutes", [-3, -90, -100_000, 90, 100_000, 6_000_000])
def test_a_jump_of_the_clock_is_survived(install: Callable[..., Installation], kind: str, jump_minutes: int) -> None:
    document = prometheus if kind == "prometheus" else scrape
    with LyingServer(content_type="application/json" if kind == "prometheus" else "text/plain") as server:
        house = install(document("shop", server.url) + slo("shop", "shop"))
        # The requests go on as ever; only our clock, and with it the sources' time, is another.
        shift = [0]
        counted = house.counted
        house.counted = lambda code, at: counted(code, at - shift[0])  # type: ignore[method-assign]
        server.body = house.api_answer if kind == "prometheus" else house.exposition
        house.minutes(10)
        before = house.counts("shop")
        shift[0] = jump_minutes * 60
        house.seconds += jump_minutes * 60
        with capture_logs() as logs:
            house.minutes(12)
        if abs(jump_minutes) > 360 or jump_minutes < -5:
            assert any(entry["event"] == "the clock jumped" for entry in logs)
        assert house.server.engine.trouble is None
        assert house.slos()["shop"]["state"] == "warning"
        assert house.server.answers.status("shop").at == int((house.seconds - 5) // 60)
        five = next(w for w in house.server.answers.status("shop").windows if w.minutes == 5)
        assert five.counts == (BAD_A_MINUTE * 5, A_MINUTE * 5)
        # Set right again: what was counted before the jump is still known.
        shift[0] = 0
        house.seconds -= jump_minutes * 60
        house.minutes(12)
        assert house.slos()["shop"]["state"] == "warning"
        assert house.counts("shop")[1] >= before[1]
        assert house.counts("shop")[0] * 15 == house.counts("shop")[1]
