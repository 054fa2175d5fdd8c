"""Live updates over server-sent events."""

import asyncio
import threading

from tests.web.sample import SampleReliability

from covet_sre.web.live import Live


def test_every_open_page_hears_of_each_version_through_one_waiting_thread():
    sample = SampleReliability()
    calls: list[int] = []
    wait = sample.wait_for_change

    def counted(version: int, timeout_seconds: float) -> int:
        calls.append(threading.get_ident())
        return wait(version, timeout_seconds)

    sample.wait_for_change = counted  # type: ignore[method-assign]

    async def story() -> list[list[str]]:
        live = Live(sample)
        streams = [live.events() for _ in range(20)]
        heard: list[list[str]] = [[await anext(stream), await anext(stream)] for stream in streams]
        for _ in range(2):
            following = [asyncio.ensure_future(anext(stream)) for stream in streams]
            await asyncio.sleep(0.05)
            await asyncio.to_thread(sample.advance)
            for told, event in zip(heard, following, strict=True):
                told.append(await asyncio.wait_for(event, 5))
        await asyncio.to_thread(sample.stop)
        for stream in streams:
            await stream.aclose()
        return heard

    heard = asyncio.run(story())
    assert heard == [["retry: 1000\n\n", "data: 1\n\n", "data: 2\n\n", "data: 3\n\n"]] * 20
    assert len(calls) <= 6


def test_the_stream_ends_when_the_server_stops():
    sample = SampleReliability()

    async def story() -> list[str]:
        heard: list[str] = []
        async for event in Live(sample).events():
            heard.append(event)
            if event.startswith("data"):
                await asyncio.to_thread(sample.stop)
        return heard

    assert asyncio.run(asyncio.wait_for(story(), 10)) == ["retry: 1000\n\n", "data: 1\n\n"]


def test_the_watching_ends_with_the_last_listener():
    sample = SampleReliability()

    async def story() -> bool:
        live = Live(sample)
        stream = live.events()
        await anext(stream)
        await stream.aclose()
        await asyncio.sleep(0)
        sample.advance()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait_for(asyncio.gather(*others), 5)
        return True

    assert asyncio.run(story())
