"""Records and the audit record in memory, with the semantics of the databases."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from covet_sre.access.audit import Act, AuditEntry, next_entry
from covet_sre.incident.records import Record
from covet_sre.ports import Kind


class MemoryRecords:
    """RecordStore without a database."""

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._records: dict[tuple[str, str], Record] = {}
        self._audit: list[AuditEntry] = []

    def find_record(self, kind: type[Kind], identity: str) -> Kind | None:
        with self._guard:
            return cast("Kind | None", self._records.get((kind.__name__, identity)))

    def records(self, kind: type[Kind], over_after: float | None = None) -> Sequence[Kind]:
        with self._guard:
            found = [one for (name, _), one in sorted(self._records.items()) if name == kind.__name__]
            matter = [one for one in found if over_after is None or one.over_at is None or one.over_at >= over_after]
            return cast("Sequence[Kind]", matter)

    def change_record(
        self, kind: type[Kind], identity: str, change: Callable[[Kind | None], Kind | None], act: Act | None
    ) -> Kind | None:
        with self._guard:
            changed = change(self.find_record(kind, identity))
            self._apply_records({(kind.__name__, identity): changed}, [act] if act else [])
            return changed

    def forget_records(self, kind: type[Kind], over_before: float) -> int:
        with self._guard:
            old = [
                key
                for key, one in self._records.items()
                if key[0] == kind.__name__ and one.over_at is not None and one.over_at < over_before
            ]
            for key in old:
                del self._records[key]
            return len(old)

    def audit(self, act: Act) -> None:
        with self._guard:
            self._apply_records({}, [act])

    def audit_entries(self, after: int, limit: int) -> Sequence[AuditEntry]:
        with self._guard:
            return self._audit[after : after + limit]

    def audit_head(self) -> AuditEntry | None:
        with self._guard:
            return self._audit[-1] if self._audit else None

    def _apply_records(self, records: Mapping[tuple[str, str], Record | None], acts: Iterable[Act]) -> None:
        for key, one in records.items():
            if one is None:
                self._records.pop(key, None)
            else:
                self._records[key] = one
        for act in acts:
            self._audit.append(next_entry(act, self.audit_head()))
