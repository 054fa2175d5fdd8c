"""The HTTP server as a process that ends in order: open pages are told first, and the store is closed after it."""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import uvicorn


class OrderlyServer(uvicorn.Server):
    """Ends in order on SIGINT and SIGTERM, and tells somebody first.

    uvicorn's own way raises the signal again when it is done, which would end us before the store is closed.
    """

    def __init__(self, config: uvicorn.Config, before_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._before_stop = before_stop

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        earlier = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._before_stop()
        self.handle_exit(number, frame)
