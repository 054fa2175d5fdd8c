"""Who acts, and whether they may: the one check that every door goes through."""

from dataclasses import dataclass
from enum import StrEnum

from covet_sre.access.permission import ROLES, Permission, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """A role: everywhere, or for one team's services and schedules, or for one service."""

    role: Role
    team: str = ""
    service: str = ""

    def covers(self, owner: "Owner") -> bool:
        if self.service:
            return owner.service == self.service
        return not self.team or owner.team == self.team

    def __str__(self) -> str:
        where = (
            f" for the service {self.service}" if self.service else f" for the team {self.team}" if self.team else ""
        )
        return f"{self.role}{where}"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a thing is: a service and its team, a team alone, or the installation's where both are empty."""

    service: str = ""
    team: str = ""

    def __str__(self) -> str:
        if self.service:
            return f"the service {self.service}"
        return f"the team {self.team}" if self.team else "the whole installation"


INSTALLATION = Owner()


class Kind(StrEnum):
    """How somebody is known. A link is signed for one person and one thing; a hook proves itself by its own secret."""

    NOBODY = "nobody"
    LOOPBACK = "loopback"
    USER = "user"
    TOKEN = "token"
    LINK = "link"
    HOOK = "hook"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody or some program that acts. `scopes` narrow what a token may do, None where nothing is narrowed.

    `person` is their name in the directory of people. `session` is the digest of the session, for pages.
    """

    name: str
    kind: Kind
    grants: tuple[Grant, ...] = ()
    scopes: frozenset[Permission] | None = None
    person: str = ""
    session: str = ""
    form_key: str = ""
    """What every form of this session must show: another website cannot know it."""

    @property
    def is_known(self) -> bool:
        """Whether it is more than somebody on this machine, so that their name stands for what they do."""
        return self.kind in (Kind.USER, Kind.TOKEN)

    def has(self, permission: Permission) -> bool:
        """Whether it may do this to anything at all."""
        return self._in_scope(permission) and any(permission in ROLES[grant.role] for grant in self.grants)

    def may(self, permission: Permission, owner: Owner = INSTALLATION) -> bool:
        """Whether it may do this to a thing. Who may look at anything may look at everything."""
        if permission is Permission.READ:
            return self.has(permission)
        return self._in_scope(permission) and any(
            permission in ROLES[grant.role] and grant.covers(owner) for grant in self.grants
        )

    def _in_scope(self, permission: Permission) -> bool:
        return self.scopes is None or permission in self.scopes


EVERYWHERE = (Grant(Role.ADMIN),)

NOBODY = Principal("nobody", Kind.NOBODY)

LOOPBACK = Principal("anonymous on loopback", Kind.LOOPBACK, EVERYWHERE)
"""Whoever uses this machine, until the first user or token is made."""
