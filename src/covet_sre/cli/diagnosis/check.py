"""One thing that was looked at: what was found, and the remedy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from covet_sre.errors import CovetSreError, Finding, Level, SourceError


class Outcome(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """`group` is the part of the installation, `told` one line. `is_upstream` marks what could not be reached."""

    group: str
    subject: str
    outcome: Outcome
    told: str
    remedy: str = ""
    is_upstream: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Makes the checks of one part of an installation."""

    name: str

    def ok(self, subject: str, told: str) -> Check:
        return Check(self.name, subject, Outcome.OK, told)

    def warning(self, subject: str, told: str, remedy: str) -> Check:
        return Check(self.name, subject, Outcome.WARNING, told, remedy)

    def problem(self, subject: str, told: str, remedy: str) -> Check:
        return Check(self.name, subject, Outcome.PROBLEM, told, remedy)

    def not_checked(self, subject: str, why: str) -> Check:
        return Check(self.name, subject, Outcome.NOT_CHECKED, why)

    def failed(self, subject: str, error: CovetSreError) -> Check:
        """An expected error, as its own words tell it."""
        is_upstream = isinstance(error, SourceError)
        where = f"{error.where}: " if error.where else ""
        return Check(self.name, subject, Outcome.PROBLEM, f"{where}{error.problem}", error.remedy, is_upstream)

    def of_findings(self, findings: Sequence[Finding]) -> Iterator[Check]:
        """Each finding as a check: errors are problems."""
        for finding in findings:
            outcome = Outcome.PROBLEM if finding.level is Level.ERROR else Outcome.WARNING
            field = f"{finding.field}: " if finding.field else ""
            told = f"{finding.location}: {field}{finding.problem}"
            yield Check(self.name, finding.code, outcome, told, finding.remedy)
