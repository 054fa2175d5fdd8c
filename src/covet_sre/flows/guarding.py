"""The guard between the doors and what they change: may they, and under whose name."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import structlog

from covet_sre.access.permission import Permission
from covet_sre.access.principal import INSTALLATION, NOBODY, Owner
from covet_sre.budget.adjustment import Adjustment
from covet_sre.errors import NotAllowed, NotSignedIn
from covet_sre.flows.acting import acting
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.permissions_of import Facts, permission_of
from covet_sre.flows.reading import AdjustmentRequest, Reliability
from covet_sre.incident import facts
from covet_sre.incident.oncall_facts import OnCallCommand

log = structlog.get_logger(__name__)


def require(permission: Permission, owner: Owner = INSTALLATION) -> None:
    """Raises NotSignedIn and NotAllowed where whoever acts may not do this."""
    principal = acting()
    if principal.may(permission, owner):
        return
    if principal is NOBODY:
        raise NotSignedIn("nobody is known to be behind this request", remedy="sign in, or send a token")
    log.warning("refused", who=principal.name, may_not=permission.value, owner=str(owner))
    raise NotAllowed(
        f"{principal.name} may not {permission} for {owner}",
        remedy=f"ask an admin for a role that may {permission} there",
    )


class GuardedIncidents:
    """`Incidents` for the doors: what somebody may not do is refused before it is kept, and their name is put to it."""

    def __init__(self, inner: Incidents, known: Callable[[], Facts]) -> None:
        self._inner, self._known = inner, known

    def __getattr__(self, name: str) -> Any:
        """Reading goes straight through: the door of the address has asked."""
        return getattr(self._inner, name)

    def decide(self, command: facts.Command) -> str:
        permission, owners = permission_of(command, self._known())
        for owner in owners:
            require(permission, owner)
        return self._inner.decide(named(command))

    def test_target(self, target: str, actor: str) -> str:
        principal = acting()
        return self._inner.test_target(target, principal.name if principal.is_known else actor)


class GuardedReliability:
    """`Reliability` for the doors, likewise."""

    def __init__(self, inner: Reliability, owner_of_slo: Callable[[str], Owner], slo_of: Callable[[int], str]) -> None:
        self._inner, self._owner_of_slo, self._slo_of = inner, owner_of_slo, slo_of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def adjust(self, request: AdjustmentRequest) -> Adjustment:
        require(Permission.POLICY, self._owner_of_slo(request.slo))
        principal = acting()
        return self._inner.adjust(replace(request, author=principal.name) if principal.is_known else request)

    def revoke(self, identity: int, author: str, reason: str) -> Adjustment:
        require(Permission.POLICY, self._owner_of_slo(self._slo_of(identity)))
        principal = acting()
        return self._inner.revoke(identity, principal.name if principal.is_known else author, reason)


def named(command: facts.Command) -> facts.Command:
    """The command under the name of whoever acts, where that is known; else under the name that was typed."""
    principal = acting()
    if not principal.is_known:
        return command
    if isinstance(command, facts.SetSilence):
        return replace(command, silence=replace(command.silence, author=principal.name))
    if isinstance(command, OnCallCommand):
        # Here it is people of the files who act.
        return replace(command, actor=principal.person or principal.name)
    if any(one.name == "actor" for one in fields(command)):
        return replace(command, actor=principal.name)
    return command
