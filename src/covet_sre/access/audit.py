"""The audit record: every change that somebody made, in one hash chain."""

from collections.abc import Iterable
from dataclasses import dataclass

from covet_sre.chain import digest_of


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did: `kind` in CamelCase (`SetSilence`), `subject` the identity of what it was done to.

    `data` is a JSON document with the rest; secrets never stand in it.
    """

    at: float
    actor: str
    kind: str
    subject: str = ""
    data: str = "{}"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act in its place. Positions count from 1, without holes; `digest` chains it to all before it."""

    position: int
    act: Act
    digest: str = ""


def next_entry(act: Act, before: AuditEntry | None) -> AuditEntry:
    """The act with its place behind the last one, None for the first."""
    position, digest = (before.position + 1, before.digest) if before else (1, "")
    return AuditEntry(position, act, _digest(position, act, digest))


def broken_at(entries: Iterable[AuditEntry], before: AuditEntry | None = None) -> int | None:
    """The position of the first entry that does not follow from those before it; None for a whole chain.

    Raises nothing. `before` is the entry ahead of the first one, None at the chain's beginning. A cut at the end shows
    only against a head that was noted elsewhere.
    """
    for entry in entries:
        expected = next_entry(entry.act, before)
        if entry != expected:
            return expected.position
        before = entry
    return None


def _digest(position: int, act: Act, digest_before: str) -> str:
    return digest_of([position, act.at, act.actor, act.kind, act.subject, act.data], digest_before)
