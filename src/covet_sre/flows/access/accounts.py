"""Looking after users and tokens: every change in one transaction with its line in the audit record, under a name."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from covet_sre.access.audit import Act, AuditEntry
from covet_sre.access.password import PasswordRules
from covet_sre.access.permission import ROLES, Permission, Role
from covet_sre.access.principal import Grant, Kind
from covet_sre.access.session import Session
from covet_sre.access.token import SECRET_BYTES, ApiToken, digest, token_text
from covet_sre.access.user import User, user_name
from covet_sre.errors import NotAllowed, NotFound, Refused
from covet_sre.flows.access.signing_in import Entropy
from covet_sre.flows.access.throttle import Throttle
from covet_sre.flows.acting import acting
from covet_sre.flows.guarding import require
from covet_sre.ports import Clock, PasswordHasher, RecordStore

LONGEST_TOKEN_DAYS = 366
_DAY_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to be different; None leaves it as it is. `revision` is that of the user it was decided about."""

    revision: int | None = None
    display_name: str | None = None
    email: str | None = None
    grants: tuple[Grant, ...] | None = None
    is_disabled: bool | None = None
    password: str | None = None
    ends_sessions: bool = False


class Accounts:
    """May be used from any thread. `changed` is called when what the gatekeeper knows may be wrong."""

    def __init__(
        self,
        store: RecordStore,
        hasher: PasswordHasher,
        clock: Clock,
        entropy: Entropy,
        changed: Callable[[], None],
        passwords: PasswordRules | None = None,
    ) -> None:
        self._store, self._hasher, self._clock, self._entropy = store, hasher, clock, entropy
        self._changed, self._passwords = changed, passwords or PasswordRules()
        self._old_password = Throttle(clock, burst=5, every_seconds=30.0)

    # ------------------------------------------------------------ users

    def users(self) -> Sequence[User]:
        require(Permission.ACCESS)
        return self._store.records(User)

    def add_user(
        self, name: str, grants: Sequence[Grant], *, password: str = "", display_name: str = "", email: str = ""
    ) -> User:
        """Raises Refused for a name that is taken or none, and a password that is none. The first user is an admin."""
        require(Permission.ACCESS)
        known = user_name(name)
        if not self._store.records(User) and Grant(Role.ADMIN) not in grants:
            raise Refused("the first user must be an admin", remedy="give the role admin, everywhere")
        if password:
            self._passwords.check(password, known, display_name, email)
        user = User(
            known,
            _line(display_name, "the display name"),
            _line(email, "the e-mail address"),
            tuple(dict.fromkeys(grants)),
            self._hasher.hashed(password) if password else "",
            made_at=self._clock(),
        )

        def added(found: User | None) -> User:
            if found is not None:
                raise Refused(f"there is a user {known} already", remedy="change that one, or choose another name")
            return user

        self._change_user(known, added, "AddUser", {"grants": [str(one) for one in user.grants]})
        return user

    def change_user(self, name: str, change: UserChange) -> User:
        """Raises NotFound, and Refused for a user that somebody else has changed meanwhile, or the last admin."""
        require(Permission.ACCESS)
        known = user_name(name)
        if change.password:
            self._passwords.check(change.password, known)
        hashed = self._hasher.hashed(change.password) if change.password else None
        others = [one for one in self._store.records(User) if one.identity != known]
        now = self._clock()

        def changed(found: User | None) -> User:
            if found is None:
                raise NotFound(f"there is no user {known}", remedy="see the list of users")
            if change.revision is not None and change.revision != found.revision:
                raise Refused(f"somebody else has changed {known} meanwhile", remedy="look at it again, then change it")
            user = replace(found, **_wanted(change, hashed), revision=found.revision + 1)
            if user.is_disabled or hashed is not None or change.ends_sessions:
                # What was signed in before counts no more.
                user = replace(user, void_before=now)
            if _is_admin(found) and not _is_admin(user) and not any(map(_is_admin, others)):
                raise Refused(f"{known} is the last admin", remedy="make somebody else an admin first")
            return user

        return self._change_user(known, changed, "ChangeUser", _told(change))

    def has_password(self) -> bool:
        """Whether whoever acts signs in with a password."""
        user = self._store.find_record(User, acting().person)
        return user is not None and bool(user.password)

    def set_own_password(self, old: str, new: str) -> None:
        """Raises Refused and TooMany. Every other session of the user ends.

        Who signs in at a provider gives themselves no second way in, past whatever the provider asks for.
        """
        name = acting().person
        user = self._store.find_record(User, name)
        if acting().kind is not Kind.USER or user is None:
            raise Refused("only somebody who signed in has a password", remedy="sign in")
        if not user.password:
            raise Refused("this account signs in at the identity provider", remedy="ask an admin to set a password")
        self._old_password.take(name, "the old password")
        if not self._hasher.fits(user.password, old):
            raise Refused("the old password is wrong", remedy="try again")
        self._old_password.forgive(name)
        self._passwords.check(new, name, user.display_name, user.email)
        hashed = self._hasher.hashed(new)
        self._change_user(name, lambda one: replace(one, password=hashed) if one else None, "SetOwnPassword", {})
        self.end_other_sessions()

    def _change_user(
        self, name: str, change: Callable[[User | None], User | None], kind: str, said: dict[str, object]
    ) -> User:
        act = Act(self._clock(), acting().name, kind, name, json.dumps(said, sort_keys=True))
        user = self._store.change_record(User, name, change, act)
        self._changed()
        if user is None:
            raise NotFound(f"there is no user {name}", remedy="see the list of users")
        return user

    # ------------------------------------------------------------ sessions

    def own_sessions(self) -> Sequence[Session]:
        name, now = acting().person, self._clock()
        return [one for one in self._store.records(Session, now) if one.user == name]

    def end_other_sessions(self) -> int:
        """End every session of whoever acts but the present one; how many."""
        principal = acting()
        others = [one for one in self.own_sessions() if one.identity != principal.session]
        for session in others:
            act = Act(self._clock(), principal.name, "EndSession", session.user)
            self._store.change_record(Session, session.identity, lambda _: None, act)
        self._changed()
        return len(others)

    # ------------------------------------------------------------ tokens

    def tokens(self) -> Sequence[ApiToken]:
        """All of them for those who look after access, one's own for everybody else."""
        principal = acting()
        found = self._store.records(ApiToken)
        return found if principal.may(Permission.ACCESS) else [one for one in found if _is_own(one)]

    def make_token(
        self, name: str, scopes: Sequence[Permission], days: float, grants: Sequence[Grant] | None = None
    ) -> tuple[str, ApiToken]:
        """The token, to be shown once, and what is kept of it.

        With `grants` it is a program's own; without, it acts for the user who makes it, within the scopes.
        Raises Refused for no scope, no name, or a time that is too long.
        """
        principal = acting()
        if grants is not None:
            require(Permission.ACCESS)
        elif principal.kind is not Kind.USER:
            raise Refused(
                "a token for oneself needs a user", remedy="sign in, or say what the token may do: its grants"
            )
        if not name.strip() or not scopes:
            raise Refused("a token needs a name and at least one scope", remedy="say what it is for and what it may do")
        if not 0 < days <= LONGEST_TOKEN_DAYS:
            raise Refused(f"a token lives at most {LONGEST_TOKEN_DAYS} days", remedy="make another one in time")
        if grants is not None and not any(set(scopes) & ROLES[grant.role] for grant in grants):
            raise Refused("its roles allow nothing of its scopes", remedy="give it a role that has them")
        now, text = self._clock(), token_text(self._entropy(SECRET_BYTES))
        owner = "" if grants is not None else principal.person
        kept = ApiToken(
            digest(text),
            _line(name, "the name"),
            principal.name,
            owner,
            tuple(grants or ()),
            tuple(dict.fromkeys(scopes)),
            now,
            now + days * _DAY_SECONDS,
        )
        said = {"name": kept.name, "scopes": [*kept.scopes], "grants": [str(one) for one in kept.grants], "days": days}
        act = Act(now, principal.name, "MakeToken", kept.short, json.dumps(said, sort_keys=True))
        self._store.change_record(ApiToken, kept.identity, lambda _: kept, act)
        self._changed()
        return text, kept

    def revoke_token(self, short: str) -> ApiToken:
        """By what it is called in lists. Raises NotFound, Refused, NotAllowed."""
        found = [one for one in self._store.records(ApiToken) if one.short == short]
        if len(found) != 1:
            raise NotFound(f"there is no token {short[:20]}", remedy="see the list of tokens")
        if not _is_own(found[0]):
            if not acting().may(Permission.ACCESS):
                raise NotAllowed("that token is somebody else's", remedy="ask an admin")
            require(Permission.ACCESS)
        now = self._clock()

        def revoked(token: ApiToken | None) -> ApiToken | None:
            if token is None or token.revoked_at is not None:
                raise Refused(f"{short} is revoked already")
            return replace(token, revoked_at=now)

        act = Act(now, acting().name, "RevokeToken", short)
        token = self._store.change_record(ApiToken, found[0].identity, revoked, act)
        self._changed()
        assert token is not None
        return token

    # ------------------------------------------------------------ the record

    def audit(self, after: int, limit: int) -> Sequence[AuditEntry]:
        """Entries behind a position, in order."""
        require(Permission.AUDIT)
        return self._store.audit_entries(after, limit)

    def audit_head(self) -> AuditEntry | None:
        require(Permission.AUDIT)
        return self._store.audit_head()


def _is_own(token: ApiToken) -> bool:
    return bool(token.owner) and token.owner == acting().person


def _is_admin(user: User) -> bool:
    return Grant(Role.ADMIN) in user.grants and not user.is_disabled


def _wanted(change: UserChange, hashed: str | None) -> dict[str, object]:
    wanted: dict[str, object] = {
        "display_name": None if change.display_name is None else _line(change.display_name, "the display name"),
        "email": None if change.email is None else _line(change.email, "the e-mail address"),
        "grants": change.grants,
        "is_disabled": change.is_disabled,
        "password": hashed,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _told(change: UserChange) -> dict[str, object]:
    """A change for the audit record: never the password."""
    said: dict[str, object] = {
        "display_name": change.display_name,
        "email": change.email,
        "grants": None if change.grants is None else [str(one) for one in change.grants],
        "is_disabled": change.is_disabled,
        "password": "changed" if change.password else None,
        "sessions": "ended" if change.ends_sessions else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _line(text: str, what: str) -> str:
    text = text.strip()
    if len(text) > 200 or any(ord(one) < 32 or ord(one) == 127 for one in text):
        raise Refused(f"{what} must be one line of at most 200 characters", remedy="shorten it")
    return text
