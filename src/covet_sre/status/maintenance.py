"""Planned work that the public is told of: announced, begun and ended by the clock, or by hand."""

from dataclasses import dataclass, replace
from enum import StrEnum

from covet_sre.status.states import ComponentState

AFTERWARDS_SECONDS = 90 * 86400.0


class MaintenanceStatus(StrEnum):
    """Statuspage's words."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"

    @property
    def is_running(self) -> bool:
        return self in (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)


@dataclass(frozen=True, slots=True)
class MaintenanceUpdate:
    """One public text. `author` and `confirmed` are internal."""

    at: float
    status: MaintenanceStatus
    text: str
    author: str = ""
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """From `starts_at` until `ends_at`, seconds since the epoch. `silence` is the silence that it set, empty for none.

    Subscribers are reminded `remind_seconds` before it starts, 0 for never; `reminded` says that they were.
    """

    identity: str
    title: str
    components: tuple[str, ...]
    starts_at: float
    ends_at: float
    updates: tuple[MaintenanceUpdate, ...]
    remind_seconds: float = 0.0
    reminded: bool = False
    silence: str = ""
    version: int = 1
    changed_by: str = ""
    changed_at: float = 0.0

    @property
    def status(self) -> MaintenanceStatus:
        return self.updates[-1].status

    @property
    def began_at(self) -> float | None:
        """When it really began, None where it has not."""
        return next((one.at for one in self.updates if one.status.is_running), None)

    @property
    def completed_at(self) -> float | None:
        return self.updates[-1].at if self.status is MaintenanceStatus.COMPLETED else None

    @property
    def over_at(self) -> float | None:
        completed_at = self.completed_at
        return None if completed_at is None else completed_at + AFTERWARDS_SECONDS

    @property
    def due_at(self) -> float | None:
        """When the clock has something to do about it: remind, begin, end."""
        match self.status:
            case MaintenanceStatus.SCHEDULED:
                return self.starts_at if not self.wants_reminder else self.starts_at - self.remind_seconds
            case MaintenanceStatus.IN_PROGRESS | MaintenanceStatus.VERIFYING:
                return self.ends_at
            case MaintenanceStatus.COMPLETED:
                return None

    @property
    def wants_reminder(self) -> bool:
        return self.remind_seconds > 0 and not self.reminded

    def spans(self, component: str, until: float) -> list[tuple[float, float, ComponentState]]:
        """When the component was under maintenance, up to its end or `until`: none or one."""
        began_at = self.began_at
        if began_at is None or component not in self.components:
            return []
        end = self.completed_at or until
        return [(began_at, end, ComponentState.UNDER_MAINTENANCE)] if end > began_at else []


def told(maintenance: Maintenance, update: MaintenanceUpdate) -> Maintenance:
    """The maintenance after one more update."""
    return replace(
        maintenance,
        updates=(*maintenance.updates, update),
        version=maintenance.version + 1,
        changed_by=update.author,
        changed_at=update.at,
    )
