"""One tree of errors: what happened, where, and what to do.

CovetSreError
├── InvalidFiles            reliability files that cannot be read as they are
│   └── InvalidConfiguration   the server's own settings, likewise
├── SourceError             a metric source did not give what was asked
│   ├── SourceUnreachable   no connection, a time-out, a refused request
│   ├── SourceMisanswered   an answer that is no metrics, is partial, or is too large
│   └── OutboundRefused     an address that requests may not go to
├── StoreError              the database did not take or give what was asked
│   ├── StoreBusy           another process has the database open
│   ├── StoreFull           no space, or read-only
│   └── StoreUnreadable     what is kept there cannot be understood here
├── OutputError             files that were asked for could not be written
├── Unavailable             it was kept, and nothing decides about it at the moment
├── NotSignedIn             nobody is known to be behind the request
│   └── SignInRefused       a sign-in did not prove who it is
├── NotAllowed              whoever it is may not do that
├── NotFound                no such thing
└── Refused                 a request that breaks a rule, with the rule
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is. Errors refuse the files, warnings are shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Location:
    """Where something is declared. Line and column count from 1; 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in the reliability files or between them and the metrics."""

    level: Level
    code: str
    location: Location
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.location}: {field}{self.problem}; {self.remedy}"


class CovetSreError(Exception):
    """The root. `code` is stable and explained in docs/errors.md."""

    code = "error"

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        self.problem, self.where, self.remedy = problem, where, remedy
        super().__init__(": ".join(part for part in (where, problem) if part) + (f"; {remedy}" if remedy else ""))


class InvalidFiles(CovetSreError):
    """Reliability files have errors; nothing of them was taken. Mend every finding that is listed."""

    code = "invalid-files"
    what = "the reliability files"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        errors = sum(finding.level is Level.ERROR for finding in findings)
        super().__init__(f"{errors} error{'s' if errors != 1 else ''} in {self.what}")


class InvalidConfiguration(InvalidFiles):
    """The settings cannot be as they are; nothing was started. Mend every finding that is listed."""

    code = "invalid-configuration"
    what = "the configuration"


class SourceError(CovetSreError):
    """A metric source did not give what was asked; what it would have told stays unknown."""

    code = "source"


class SourceUnreachable(SourceError):
    """No connection, a time-out or a refusal. Check the address and that the source runs."""

    code = "source-unreachable"


class SourceMisanswered(SourceError):
    """The source answered, but not with usable metrics. Nothing of that answer was counted."""

    code = "source-misanswered"


class OutboundRefused(SourceError):
    """An address leads where requests may not go: to this machine, a private network, a cloud's metadata.

    Nothing was sent. If it is meant, the operator allows it.
    """

    code = "outbound-refused"


class StoreError(CovetSreError):
    """The database did not take or give what was asked. Nothing was half-written."""

    code = "store"


class StoreBusy(StoreError):
    """Another process has the database open. Stop it, or give this one a database of its own."""

    code = "store-busy"


class StoreFull(StoreError):
    """The database cannot be written: no space, or read-only. Measuring goes on when it can be."""

    code = "store-full"


class StoreUnreadable(StoreError):
    """What is kept was written by a newer version, or is damaged. Install that version, or restore a backup."""

    code = "store-unreadable"


class OutputError(CovetSreError):
    """Files could not be written or read where they were asked for. None of them is half-written."""

    code = "output"


class Unavailable(CovetSreError):
    """What was asked is kept, and is carried out as soon as a server decides again. Nothing needs to be repeated."""

    code = "unavailable"


class NotSignedIn(CovetSreError):
    """Nobody is known to be behind the request. Sign in, or send a token: `Authorization: Bearer csre_...`."""

    code = "not-signed-in"


class SignInRefused(NotSignedIn):
    """Somebody did not prove who they are, or their identity provider did not. Nobody is signed in.

    `reason` is one word for the log; docs/sign-in-with-oidc.md explains each. Nothing of what was sent is quoted.
    """

    code = "sign-in-refused"

    def __init__(self, problem: str, *, where: str = "", remedy: str = "", reason: str = "") -> None:
        self.reason = reason
        super().__init__(problem, where=where, remedy=remedy)


class NotAllowed(CovetSreError):
    """Whoever it is may not do that. The message names the permission and where it is missing; admins grant it."""

    code = "not-allowed"


class NotFound(CovetSreError):
    """There is no such thing. Check the name against the list."""

    code = "not-found"


class Refused(CovetSreError):
    """The request breaks a rule. The message names the rule."""

    code = "refused"
