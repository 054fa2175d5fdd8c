"""Signing in and out: a password or a provider's proof becomes a session."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from covet_sre.access.audit import Act
from covet_sre.access.password import LONGEST_PASSWORD
from covet_sre.access.principal import Grant
from covet_sre.access.session import ID_BYTES, Session, SessionLimits
from covet_sre.access.token import digest
from covet_sre.access.user import User
from covet_sre.errors import SignInRefused
from covet_sre.flows.access.throttle import Throttle, TooMany
from covet_sre.ports import Clock, PasswordHasher, ProvenIdentity, RecordStore

log = structlog.get_logger(__name__)

Entropy = Callable[[int], bytes]

_NOBODYS_HASH = ""
_WRONG = "the name or the password is wrong"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Whom an identity provider may bring in, and with what: by the groups that it tells, else `otherwise`.

    With neither, a person is refused until an admin has given them a role. Where groups are mapped they decide alone,
    anew at each sign-in: who left a group has lost its role.
    """

    by_group: Mapping[str, tuple[Grant, ...]]
    otherwise: tuple[Grant, ...] = ()

    def grants(self, groups: Sequence[str]) -> tuple[Grant, ...]:
        found = [grant for group in groups for grant in self.by_group.get(group, ())]
        return tuple(dict.fromkeys(found)) or self.otherwise


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`cookie` is what the browser keeps, shown to nobody else."""

    cookie: str
    session: Session


class SigningIn:
    """May be used from any thread."""

    def __init__(
        self,
        store: RecordStore,
        hasher: PasswordHasher,
        clock: Clock,
        entropy: Entropy,
        limits: SessionLimits,
        arrivals: Arrivals,
    ) -> None:
        self._store, self._hasher, self._clock, self._entropy = store, hasher, clock, entropy
        self._limits, self._arrivals = limits, arrivals
        self._by_name_there = Throttle(clock, burst=5, every_seconds=30.0)
        self._by_name = Throttle(clock, burst=50, every_seconds=10.0)
        self._by_address = Throttle(clock, burst=20, every_seconds=6.0)

    def by_password(self, name: str, password: str, address: str, agent: str) -> SignedIn:
        """Raises SignInRefused, in the same words and as slowly whatever was wrong, and TooMany."""
        name = name.strip().lower()[:100]
        self._count_try(name, address)
        user = self._store.find_record(User, name)
        kept = user.password if user and not user.is_disabled else _NOBODYS_HASH
        fits = self._hasher.fits(kept, password[: LONGEST_PASSWORD + 1])
        if user is None or not fits:
            # What is no user's name may be a password in the wrong field.
            log.warning("sign-in failed", user=user.identity if user else "", via="password", address=address)
            raise SignInRefused(_WRONG, remedy="try again, or ask an admin to set a new password", reason="password")
        self._by_name_there.forgive(f"{name} {address}")
        self._by_name.forgive(name)
        log.info("signed in", user=user.identity, via="password", address=address)
        return self._begin(user, "password", agent)

    def _count_try(self, name: str, address: str) -> None:
        """Raises TooMany. From one address few tries for a name, so that guessing keeps out the guesser and not the
        user elsewhere; from all addresses together more of them, for who has many."""
        try:
            self._by_address.take(address, "signing in")
            self._by_name_there.take(f"{name} {address}", "signing in")
            self._by_name.take(name, "signing in")
        except TooMany:
            log.warning("sign-in slowed down", address=address)
            raise

    def by_proof(self, proven: ProvenIdentity, agent: str) -> SignedIn:
        """Raises SignInRefused for whom nobody has given a role."""
        proof = (proven.issuer, proven.subject)
        users = self._store.records(User)
        user = next((one for one in users if proof in one.proofs), None) or self._arrived(proven, users)
        if user.is_disabled:
            raise SignInRefused("this account is disabled", remedy="ask an admin")
        grants = self._arrivals.grants(proven.groups)
        if self._arrivals.by_group and grants != user.grants:
            user = self._regranted(user, grants)
        if not user.grants:
            raise SignInRefused(f"{user.identity} has no role here yet", remedy="ask an admin for one")
        return self._begin(user, "provider", agent)

    def out(self, session: str, actor: str) -> None:
        """End a session."""
        self._store.change_record(Session, session, lambda _: None, Act(self._clock(), actor, "SignOut"))

    def _arrived(self, proven: ProvenIdentity, users: Sequence[User]) -> User:
        """A person who was proven for the first time. An account that an admin made for that e-mail address is theirs,
        if the provider has verified the address; nobody takes over an account that has a password or another proof."""
        email = proven.email.strip().lower() if proven.email_verified else ""
        proof = (proven.issuer, proven.subject)
        waiting = [one for one in users if email and one.email.lower() == email and not one.proofs and not one.password]
        now = self._clock()
        if len(waiting) == 1:
            act = Act(now, waiting[0].identity, "LinkProvider", waiting[0].identity)
            linked = self._store.change_record(
                User,
                waiting[0].identity,
                lambda one: replace(one, proofs=(*one.proofs, proof), revision=one.revision + 1) if one else None,
                act,
            )
            assert linked is not None
            return linked
        grants = self._arrivals.grants(proven.groups)
        if not grants:
            who = email or proven.name or proven.subject
            raise SignInRefused(f"{who[:100]} has no role here yet", remedy="ask an admin for one")
        name = _free_name(proven, {one.identity for one in users})
        user = User(name, proven.name[:200], email[:200], grants, proofs=(proof,), made_at=now)
        act = Act(now, name, "ArriveByProvider", name, _granted(grants))
        self._store.change_record(User, name, lambda _: user, act)
        return user

    def _regranted(self, user: User, grants: tuple[Grant, ...]) -> User:
        """The provider's groups decide anew at each sign-in."""
        act = Act(self._clock(), user.identity, "RegrantByProvider", user.identity, _granted(grants))
        changed = self._store.change_record(
            User,
            user.identity,
            lambda one: replace(one, grants=grants, revision=one.revision + 1) if one else None,
            act,
        )
        assert changed is not None
        return changed

    def _begin(self, user: User, via: str, agent: str) -> SignedIn:
        now = self._clock()
        cookie = base64.urlsafe_b64encode(self._entropy(ID_BYTES)).decode().rstrip("=")
        ends_at = now + self._limits.absolute_seconds
        session = Session(digest(cookie), user.identity, via, now, now, ends_at, agent[:200])
        act = Act(now, user.identity, "SignIn", user.identity, f'{{"via": "{via}"}}')
        self._store.change_record(Session, session.identity, lambda _: session, act)
        self._store.forget_records(Session, now - 86400.0)
        return SignedIn(cookie, session)


def _free_name(proven: ProvenIdentity, taken: set[str]) -> str:
    wanted = (proven.email if proven.email_verified else "") or proven.name or "user"
    kept = "".join(one for one in wanted.lower() if one.isascii() and (one.isalnum() or one in "._@+-"))
    base = kept.lstrip("._@+-")[:80] or "user"
    number, name = 1, base
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _granted(grants: Sequence[Grant]) -> str:
    return json.dumps({"grants": [str(grant) for grant in grants]})
