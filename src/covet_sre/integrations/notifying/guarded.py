"""Notifiers as the engine is given them: none raises anything, and none tells a secret."""

from collections.abc import Sequence
from dataclasses import replace

from covet_sre.incident.outgoing import Message, Outcome, Receipt
from covet_sre.integrations.address import clipped
from covet_sre.integrations.notifying.tidy import tidied
from covet_sre.ports import Notifier

_DETAIL, _SHORTEST_SECRET = 500, 6


NO_HEARTBEATS = Receipt(Outcome.REFUSED, "a heartbeat would be an alert or a ticket here; send it to a webhook")
"""What targets answer that would make something of each heartbeat that somebody must close."""


NO_NOTICES = Receipt(Outcome.REFUSED, "text to people is none of its business; send it by e-mail, Slack or a webhook")
"""What targets answer that know nothing but alerts and tickets."""


NO_TICKET = "no ticket was made there, so that there is nothing to tell"


class Guarded:
    """A notifier that is given tidy messages, and whose receipts are fit to be kept and shown."""

    def __init__(self, inner: Notifier, secrets: Sequence[str]) -> None:
        self._inner = inner
        self.unroutable = inner.why if isinstance(inner, Closed) else ""
        """Why it can reach nobody; empty when it can."""
        # The longest first: one secret may be part of another. A short one is part of everything.
        self._secrets = sorted({one for one in secrets if len(one) >= _SHORTEST_SECRET}, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"Guarded({type(self._inner).__name__})"

    @property
    def place(self) -> tuple[str, int] | None:
        """The host and port that it connects to; None where it connects to nothing."""
        return getattr(self._inner, "place", None)

    def send(self, message: Message) -> Receipt:
        try:
            receipt = self._inner.send(tidied(message))
        except Exception as failure:  # noqa: BLE001 - what is wrong with one notification must not stop the others
            # Whether it left cannot be told: it is tried again with the same key, then at the next target.
            return Receipt(Outcome.UNKNOWN, f"an error of ours: {type(failure).__name__}; please report it")
        return replace(receipt, detail=self._quiet(receipt.detail), reference=self._quiet(receipt.reference))

    def close(self) -> None:
        self._inner.close()

    def _quiet(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return clipped(text, _DETAIL)


class Closed:
    """The notifier of a target that cannot be opened: it says why, and takes nothing."""

    def __init__(self, why: str) -> None:
        self.why = why

    def send(self, message: Message) -> Receipt:  # noqa: ARG002 - whatever it says
        return Receipt(Outcome.REFUSED, f"unroutable: {self.why}")

    def close(self) -> None: ...
