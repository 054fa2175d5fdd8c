"""What is kept is disposed of in time: beyond what the desk can decide about, nothing more is kept."""

import asyncio

import pytest

from covet_sre.api.hooks.acceptance import MOST_BEHIND_SECONDS, Acceptance
from covet_sre.api.hooks.trouble import Trouble
from covet_sre.engine.workload import Workload
from covet_sre.ports import Arrival
from covet_sre.store.memory import MemoryStore


class Desk:
    def __init__(self) -> None:
        self.workload = Workload()

    def behind_seconds(self) -> float:
        return self.workload.seconds()


def test_a_desk_is_as_far_behind_as_what_waits_takes_it():
    workload = Workload()
    for _ in range(50):
        workload.came(1_000_000)
        workload.decided(1_000_000, 0.5)
    assert workload.seconds() == 0
    workload.came(10_000_000)
    assert workload.seconds() == pytest.approx(5, rel=0.01)
    workload.decided(12_000_000, 6)
    assert workload.seconds() == 0


def test_more_than_can_be_decided_about_in_time_is_refused_before_it_is_kept_and_taken_again_later():
    async def story() -> None:
        store, desk = MemoryStore(), Desk()
        acceptance = Acceptance(store, desk=desk)
        body = bytes(1_000_000)
        kept = 0
        with pytest.raises(Trouble) as refused:
            for kept in range(1000):  # noqa: B007 - how many there were is asked afterwards
                await acceptance.accept(Arrival("plain", body, 0.0))
        assert refused.value.status == 503
        assert refused.value.retry_after_seconds == 5
        assert store.waiting_count() == kept
        assert 0 < desk.behind_seconds() - MOST_BEHIND_SECONDS < 1
        desk.workload.decided(10_000_000, 1.0)
        await acceptance.accept(Arrival("plain", body, 0.0))
        assert store.waiting_count() == kept + 1

    asyncio.run(story())
