"""How many items wait in the service's queue: saturation, and what an autoscaler goes by."""

from collections.abc import Callable

from covet_sre_sdk.families import QUEUE_LENGTH
from covet_sre_sdk.registry import Metrics, metrics


class QueueLength:
    """The gauge custom_queue_length. It is not exposed before it is set: unknown is not 0.

    With a shared directory, numbers are each worker's own queue and are added up over the living workers; a callable
    reads a queue that all workers have in common, so the answer of the one that is scraped is the whole answer.
    """

    def __init__(self, registry: Metrics) -> None:
        self._metrics = registry

    def set(self, value: float | Callable[[], float]) -> None:
        """Set the number of waiting items, or a callable that is asked at each scrape."""
        self._metrics.set_gauge(QUEUE_LENGTH, value)


queue_length = QueueLength(metrics)
"""The queue of the process-wide registry."""
