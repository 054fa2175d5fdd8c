"""A timeline's chain: each entry's digest covers the entry and the digest before it, so that no line can be changed,
dropped or moved without the chain telling (a hash chain; Haber and Stornetta, 1991)."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, replace

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
    """Over JSON in which every number is a float, since a store may give 60.0 back for 60, and all is ASCII."""
    said = [
        digest_before,
        entry.incident,
        entry.position,
        entry.at,
        entry.actor,
        type(entry.event).__name__,
        asdict(entry.event),
    ]
    plain = json.loads(json.dumps(said), parse_int=float)
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
