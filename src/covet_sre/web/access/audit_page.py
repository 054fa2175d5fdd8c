"""The audit record, the newest first."""

import json
from dataclasses import dataclass

from covet_sre.access.audit import AuditEntry
from covet_sre.flows.reading import Reliability
from covet_sre.web.access.doors import AccessDoors
from covet_sre.web.incidents import words
from covet_sre.web.shell import Shell, shell

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class AuditRow:
    position: int
    when: str
    machine: str
    actor: str
    kind: str
    subject: str
    said: str
    digest: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """`older` is the position before which the next page ends, None at the beginning."""

    shell: Shell
    rows: tuple[AuditRow, ...]
    number: int
    older: int | None


def audit_page(reliability: Reliability, doors: AccessDoors, before: int | None) -> AuditPage:
    head = doors.accounts.audit_head()
    last = head.position if head else 0
    end = last if before is None else min(max(before - 1, 0), last)
    first = max(end - _SHOWN, 0)
    entries = doors.accounts.audit(first, end - first)
    return AuditPage(
        shell(reliability, "Audit record", "access"),
        tuple(_row(entry) for entry in reversed(entries)),
        last,
        first + 1 if first else None,
    )


def _row(entry: AuditEntry) -> AuditRow:
    act = entry.act
    return AuditRow(
        entry.position,
        words.moment(act.at),
        words.machine(act.at),
        act.actor,
        _apart(act.kind),
        act.subject,
        _said(act.data),
        entry.digest[:12],
    )


def _apart(kind: str) -> str:
    """`AddUser` as `add user`."""
    return "".join(f" {each.lower()}" if each.isupper() else each for each in kind).strip()


def _said(data: str) -> str:
    try:
        said = json.loads(data)
    except ValueError:
        return data
    if not isinstance(said, dict):
        return data
    kept = {name: value for name, value in said.items() if value not in ("", None, [], {}) and name != "actor"}
    return "; ".join(f"{name}: {_plain(value)}" for name, value in kept.items())[:600]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
