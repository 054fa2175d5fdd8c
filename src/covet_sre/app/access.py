"""Sign-in and everything around it, put together for one server."""

import os
from collections.abc import Callable, Sequence

from starlette.responses import Response
from starlette.types import ASGIApp

from covet_sre.access.permission import Role
from covet_sre.access.principal import Grant, Owner
from covet_sre.access.session import SessionLimits
from covet_sre.access.user import User
from covet_sre.api.gate import Gate, GateSettings
from covet_sre.app.binding import LOOPBACK_ADDRESSES, check_bind
from covet_sre.app.offline import AT_THE_MACHINE
from covet_sre.app.password_rules import password_rules
from covet_sre.app.secret_files import secret_file
from covet_sre.app.settings import Settings
from covet_sre.engine.answers import Answers
from covet_sre.engine.incidents import Desks
from covet_sre.flows.access.accounts import Accounts
from covet_sre.flows.access.gatekeeper import Gatekeeper
from covet_sre.flows.access.grants import read_grant
from covet_sre.flows.access.provider import ProviderSignIn
from covet_sre.flows.access.signing_in import Arrivals, SigningIn
from covet_sre.flows.acting import acting_as
from covet_sre.flows.guarding import GuardedIncidents, GuardedReliability
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.permissions_of import Facts
from covet_sre.flows.reading import Reliability
from covet_sre.integrations.oidc import OpenIdProvider, settings_from
from covet_sre.integrations.outbound import ALLOWED, PORTS, policy_from
from covet_sre.integrations.passwords import Argon2
from covet_sre.integrations.secrets import secret_of
from covet_sre.ports import IdentityProvider, Store
from covet_sre.status.maintenance import Maintenance
from covet_sre.status.public_incident import PublicIncident
from covet_sre.web import AccessDoors

_GROUPS, _DEFAULT_ROLE = "COVET_SRE_OIDC_GROUPS", "COVET_SRE_OIDC_DEFAULT_ROLE"


class AccessWorks:
    """Built once per server."""

    def __init__(self, store: Store, settings: Settings) -> None:
        limits = SessionLimits(settings.session_idle_seconds, settings.session_seconds)
        hasher = Argon2()
        oidc = settings_from(os.environ, secret_file)
        provider: IdentityProvider | None = (
            None
            if oidc is None
            else OpenIdProvider(oidc, policy_from(os.environ.get(ALLOWED, ""), os.environ.get(PORTS, "")))
        )
        self._store, self._settings = store, settings
        is_local = settings.host in LOOPBACK_ADDRESSES
        self.gatekeeper = Gatekeeper(
            store, settings.clock, limits, opens_to_all=is_local, has_provider=provider is not None
        )
        self.accounts = Accounts(
            store, hasher, settings.clock, os.urandom, self.gatekeeper.forget, password_rules(settings.address)
        )
        arrivals = arrivals_of(os.environ.get(_GROUPS, ""), os.environ.get(_DEFAULT_ROLE, ""))
        signing_in = SigningIn(store, hasher, settings.clock, os.urandom, limits, arrivals)
        self.sign_in = ProviderSignIn(
            signing_in,
            provider,
            store,
            settings.clock,
            os.urandom,
            settings.address,
            f"Sign in with {oidc.name}" if oidc else "",
        )
        self._is_secure = settings.address.startswith("https://")
        self._cookie = "__Host-covet_sre_session" if self._is_secure else "covet_sre_session"
        self._first_admin()
        check_bind(settings, self.gatekeeper.has_accounts())

    def doors(self) -> AccessDoors:
        """What the pages stand on."""
        return AccessDoors(
            self.sign_in, self.accounts, self.gatekeeper, self._cookie, self._is_secure, self._settings.clock
        )

    def gate(
        self, app: ASGIApp, hook_proves: Callable[[str], bool], refuse_page: Callable[[int, str, str], Response]
    ) -> Gate:
        return Gate(app, self.gatekeeper, GateSettings(self._cookie, hook_proves, refuse_page))

    def _first_admin(self) -> None:
        """The first user out of the environment, where there is none yet: for machines that nobody types on."""
        name = os.environ.get("COVET_SRE_FIRST_ADMIN", "")
        if name and not self._store.records(User):
            password = secret_of(os.environ, "COVET_SRE_FIRST_ADMIN_PASSWORD", secret_file)
            if password:
                with acting_as(AT_THE_MACHINE):
                    self.accounts.add_user(name, [Grant(Role.ADMIN)], password=password)


def arrivals_of(groups: str, default_role: str) -> Arrivals:
    """`sre=admin, payments=responder team:payments` by group; the role of everybody else. Raises Refused."""
    by_group: dict[str, tuple[Grant, ...]] = {}
    for part in groups.split(","):
        if part.strip():
            group, _, role = part.partition("=")
            by_group[group.strip()] = (*by_group.get(group.strip(), ()), read_grant(role))
    return Arrivals(by_group, (read_grant(default_role),) if default_role.strip() else ())


def guarded_incidents(desks: Desks, store: Store) -> Incidents:
    """`Incidents` for the doors."""

    def service_of_incident(identity: str) -> str | None:
        found = store.find_incident(identity)
        return found.service if found else None

    def told_of(identity: str) -> Sequence[str]:
        found = store.find_record(PublicIncident, identity) or store.find_record(Maintenance, identity)
        return found.components if found else ()

    def known() -> Facts:
        silences = {one.identity: one for one in desks.silences()}
        return Facts(
            desks.rules(), service_of_incident, desks.incident_of_alert, silences.get, told_of, store.find_record
        )

    return GuardedIncidents(desks, known)  # type: ignore[return-value] - what it does not guard goes straight through


def guarded_reliability(answers: Answers, store: Store, desks: Desks) -> Reliability:
    """`Reliability` for the doors."""

    def owner_of_slo(slo: str) -> Owner:
        service = next((one.service for one in answers.declaration().objectives if one.slo == slo), "")
        team = desks.rules().team_of(service)
        return Owner(service, team.name if team else "")

    def slo_of(identity: int) -> str:
        return next((one.slo for one in store.adjustments() if one.identity == identity), "")

    return GuardedReliability(answers, owner_of_slo, slo_of)  # type: ignore[return-value] - likewise
