"""Known incidents: what an alert policy should have paged for."""

from dataclasses import dataclass

from covet_sre.slo.objective import Objective


@dataclass(frozen=True, slots=True)
class Incident:
    """Minutes start <= m < end. One that names a service concerns its objectives alone."""

    start: int
    end: int
    title: str
    service: str = ""

    def concerns(self, objective: Objective) -> bool:
        return self.service in ("", objective.service)

    def overlaps(self, start: int, end: int) -> bool:
        """Whether some minute of start <= m < end lies in it."""
        return self.start < end and start < self.end
