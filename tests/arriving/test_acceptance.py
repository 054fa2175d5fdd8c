"""Between the event loop and the writer's thread: nobody is answered before the commit, and many are woken at once."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from starlette.types import Message

from covet_sre.api.hooks import Acceptance
from covet_sre.api.hooks.trouble import Trouble
from covet_sre.errors import StoreError
from covet_sre.ports import Arrival
from tests.arriving.house import Answered, DeskInMemory, application

ARRIVAL = Arrival("plain", b'{"name": "A"}', 1.0)


class HeldInbox:
    """Keeps what it is given until the test commits it, from a thread as the writer does."""

    def __init__(self) -> None:
        self.waiting: list[Answered] = []

    def accept_soon(self, arrival: Arrival, answered: Answered) -> None:
        self.waiting.append(answered)

    def commit(self, error: Exception | None = None) -> None:
        waiting, self.waiting = self.waiting, []

        def tell() -> None:
            for number, answered in enumerate(waiting, 1):
                answered(None if error else number, error)

        thread = threading.Thread(target=tell)
        thread.start()
        thread.join()


async def begun(acceptance: Acceptance, count: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(acceptance.accept(ARRIVAL)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


def test_what_was_committed_together_wakes_the_loop_and_the_desk_once() -> None:
    async def story() -> None:
        woken = 0

        def wake() -> None:
            nonlocal woken
            woken += 1

        inbox = HeldInbox()
        acceptance = Acceptance(inbox, wake)
        tasks = await begun(acceptance, 100)
        inbox.commit()
        assert woken == 0  # Only the loop itself tells of it.
        assert await asyncio.gather(*tasks) == list(range(1, 101))
        assert woken == 1
        assert acceptance.latest == 100
        more = await begun(acceptance, 3)
        inbox.commit()
        await asyncio.gather(*more)
        assert woken == 2
        assert acceptance.latest == 100

    asyncio.run(story())


def test_an_error_of_the_commit_reaches_everybody_who_waits() -> None:
    async def story() -> None:
        inbox = HeldInbox()
        tasks = await begun(Acceptance(inbox), 5)
        inbox.commit(StoreError("broken"))
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(outcome, Trouble)
            assert outcome.status == 503

    asyncio.run(story())


def test_who_gave_up_waiting_keeps_no_other_from_being_told() -> None:
    async def story() -> None:
        inbox = HeldInbox()
        impatient, patient = await begun(Acceptance(inbox), 2)
        impatient.cancel()
        await asyncio.sleep(0)
        inbox.commit()
        assert await patient == 2

    asyncio.run(story())


def test_a_commit_after_the_loop_has_ended_harms_nobody() -> None:
    inbox = HeldInbox()
    acceptance = Acceptance(inbox)

    async def left() -> None:
        (task,) = await begun(acceptance, 1)
        task.cancel()

    async def comes_later() -> int:
        (task,) = await begun(acceptance, 1)
        inbox.commit()
        return await task

    asyncio.run(left())
    inbox.commit()
    assert asyncio.run(comes_later()) == 1


@pytest.mark.parametrize("path", ["/hooks/alerts", "/api/v2/alerts", "/hooks/alertmanager"])
def test_nothing_is_answered_before_the_commit(path: str) -> None:
    body = b'[{"labels": {"alertname": "A"}}]'
    if path == "/hooks/alertmanager":
        body = b'{"alerts": [{"status": "firing", "labels": {"alertname": "A"}}]}'
    elif path == "/hooks/alerts":
        body = ARRIVAL.body
    inbox = HeldInbox()
    desk = DeskInMemory()
    desk.accept_soon = inbox.accept_soon  # type: ignore[method-assign]
    app: Callable[..., object] = application(desk)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def story() -> None:
        scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b"", "root_path": ""}
        request = asyncio.ensure_future(app(scope, receive, send))  # type: ignore[arg-type]
        while not inbox.waiting:
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        assert sent == []
        inbox.commit()
        await request
        assert sent[0]["status"] == 200

    asyncio.run(story())
