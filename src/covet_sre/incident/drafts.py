"""Drafts of the three messages: what people have written, kept until it is sent.

A draft has a version; whoever saves or sends an older one is told what the newer one says, and nothing is lost.
"""

from dataclasses import dataclass

from covet_sre.incident.message_facts import FieldValues
from covet_sre.incident.templates import MessageKind

_KEPT_SECONDS = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A record: what people have written in one incident's message of one kind, and who did last."""

    incident: str
    kind: MessageKind
    version: int = 0
    fields: FieldValues = ()
    by: str = ""
    at: float = 0.0

    @property
    def identity(self) -> str:
        return draft_identity(self.incident, self.kind)

    @property
    def over_at(self) -> float | None:
        return self.at + _KEPT_SECONDS

    @property
    def due_at(self) -> float | None:
        return None


def draft_identity(incident: str, kind: MessageKind) -> str:
    return f"{incident}/{kind.value}"
