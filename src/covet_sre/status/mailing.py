"""News on their way to subscribers, a bounded batch at a time: a thousand of them must not delay a page."""

from dataclasses import dataclass

BATCH = 50
"""So many notifications to subscribers lie on the desk at once, of all mailings together."""

PAUSE_SECONDS = 1.0
"""How soon a mailing looks again whether there is room for its next batch."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """`after` is the identity of the last subscriber that was written to: they go by identity.

    `made_at` is when the news came: who subscribes later has read it. `due` is when the next batch may go.
    """

    identity: str
    subject: str
    text: str
    link: str
    components: tuple[str, ...]
    made_at: float
    due: float
    after: str = ""

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        return self.due
