"""When the channel of an incident is archived."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelEnd:
    """A record: when an incident's channel is archived."""

    incident: str
    target: str
    channel: str
    at: float

    @property
    def identity(self) -> str:
        return self.incident

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        return self.at
