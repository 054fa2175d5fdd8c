"""Idempotency keys: the same request, sent again with the same key, happens once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from covet_sre.api.problems import Conflict

_MOST_KEYS = 10_000

Answer = TypeVar("Answer")


class OncePerKey(Generic[Answer]):
    """Remembers the last answers of this process, by key. A restart forgets them."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, tuple[object, Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def do(self, key: str | None, request: object, act: Callable[[], Answer]) -> tuple[Answer, bool]:
        """The answer, and whether it is an earlier one. Raises Conflict when the key meant something else before.

        One at a time: two equal requests at once must not both act. An act that raises leaves no trace.
        """
        if key is None:
            return act(), False
        with self._lock:
            if key in self._answers:
                earlier, answer = self._answers[key]
                if earlier != request:
                    raise Conflict(
                        "this Idempotency-Key was used for another request",
                        remedy="use a new key for each thing that is to happen",
                    )
                return answer, True
            answer = act()
            self._answers[key] = (request, answer)
            if len(self._answers) > _MOST_KEYS:
                self._answers.popitem(last=False)
            return answer, False
