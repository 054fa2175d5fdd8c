"""A timeline's chain: no line of it can be changed, dropped or moved without the chain telling (see `chain`)."""

from collections.abc import Iterable
from dataclasses import asdict, replace

from covet_sre.chain import digest_of
from covet_sre.incident.events import Entry


def sealed(entry: Entry, digest_before: str) -> Entry:
    """The entry with its digest."""
    return replace(entry, digest=_digest(entry, digest_before))


def broken_at(entries: Iterable[Entry]) -> int | None:
    """The position of the first entry that does not follow from those before it; None for a whole chain."""
    before = ""
    for position, entry in enumerate(entries, start=1):
        if entry.position != position or entry.digest != _digest(entry, before):
            return position
        before = entry.digest
    return None


def _digest(entry: Entry, digest_before: str) -> str:
    said = [entry.incident, entry.position, entry.at, entry.actor, type(entry.event).__name__, asdict(entry.event)]
    return digest_of(said, digest_before)
