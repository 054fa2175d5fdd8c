"""Who is behind a request: by a token, by a session, or anybody on loopback while nobody has an account."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock
from typing import TypeVar

from covet_sre.access.principal import LOOPBACK, Kind, Principal
from covet_sre.access.session import Session, SessionLimits, form_key
from covet_sre.access.token import PREFIX, ApiToken, digest
from covet_sre.access.user import User
from covet_sre.errors import StoreError
from covet_sre.ports import Clock, RecordStore

Shown = TypeVar("Shown", ApiToken, Session)

KNOWN_SECONDS = 2.0
"""For so long an answer is believed: another server may have revoked it meanwhile, and that counts within seconds."""

_KNOWN_AT_MOST = 10_000
_NOTED_EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal | None
    until: float


class Gatekeeper:
    """May be asked from any thread. `opens_to_all`: on loopback, nobody signs in until the first account is made.

    `has_provider`: an identity provider is configured, so that somebody can sign in.
    """

    def __init__(
        self, store: RecordStore, clock: Clock, limits: SessionLimits, *, opens_to_all: bool, has_provider: bool
    ) -> None:
        self._store, self._clock, self.limits = store, clock, limits
        self._opens_to_all, self.has_provider = opens_to_all, has_provider
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._guard = Lock()
        self._has_accounts: tuple[bool, float] = (False, 0.0)

    def has_accounts(self) -> bool:
        """Whether anybody could sign in or show a token. Once it is so it stays so: users are disabled, not deleted."""
        has, until = self._has_accounts
        if not has and self._clock() >= until:
            try:
                has = self.has_provider or bool(self._store.records(User)) or bool(self._store.records(ApiToken))
            except StoreError:
                # While the store is away nobody makes an account: what was so a moment ago still is.
                if until == 0.0:
                    raise
            self._has_accounts = has, self._clock() + KNOWN_SECONDS
        return has

    def anonymous(self) -> Principal | None:
        """Who acts without having said who they are; None where one has to sign in."""
        return LOOPBACK if self._opens_to_all and not self.has_accounts() else None

    def known(self, shown: str) -> tuple[bool, Principal | None]:
        """Whether the answer for a token or a cookie is at hand, and the answer. Never asks the store."""
        found = self._known.get(digest(shown))
        if found is None or self._clock() >= found.until:
            return False, None
        return True, found.principal

    def by_token(self, text: str) -> Principal | None:
        """Whose token it is; None for one that is none, or counts no more."""
        if not text.startswith(PREFIX):
            return None
        return self._asked(text, self._token)

    def by_cookie(self, text: str) -> Principal | None:
        """Whose session it is; None for one that is none, or is over."""
        return self._asked(text, self._session)

    def by_person(self, name: str) -> Principal | None:
        """The user of a person whom somebody else has proven, a chat program perhaps; None where they have no account.

        A disabled user may do nothing, whoever says that it is them.
        """
        user = self._store.find_record(User, name)
        if user is None:
            return None
        return Principal(user.identity, Kind.USER, () if user.is_disabled else user.grants, person=user.identity)

    def forget(self) -> None:
        """Something has changed: nothing that was known is believed any more."""
        with self._guard:
            self._known.clear()
            self._has_accounts = (False, 0.0)

    def _asked(self, text: str, ask: Callable[[str, str, float], Principal | None]) -> Principal | None:
        is_known, principal = self.known(text)
        if is_known:
            return principal
        now, key = self._clock(), digest(text)
        principal = ask(text, key, now)
        with self._guard:
            self._known[key] = _Known(principal, now + KNOWN_SECONDS)
            while len(self._known) > _KNOWN_AT_MOST:
                self._known.popitem(last=False)
        return principal

    def _token(self, _text: str, key: str, now: float) -> Principal | None:
        token = self._store.find_record(ApiToken, key)
        if token is None or not token.is_good(now):
            return None
        owner = self._store.find_record(User, token.owner) if token.owner else None
        if token.owner and (owner is None or owner.is_disabled or token.made_at <= owner.void_before):
            return None
        if token.used_at is None or now - token.used_at >= _NOTED_EVERY_SECONDS:
            self._note(ApiToken, key, lambda one: replace(one, used_at=now))
        return token.principal(owner)

    def _session(self, text: str, key: str, now: float) -> Principal | None:
        session = self._store.find_record(Session, key)
        if session is None or not session.is_good(now, self.limits):
            return None
        user = self._store.find_record(User, session.user)
        if user is None or user.is_disabled or session.made_at <= user.void_before:
            return None
        if now - session.seen_at >= _NOTED_EVERY_SECONDS:
            self._note(Session, key, lambda one: replace(one, seen_at=now))
        return Principal(
            user.identity, Kind.USER, user.grants, person=user.identity, session=key, form_key=form_key(text)
        )

    def _note(self, kind: type[Shown], key: str, noted: Callable[[Shown], Shown]) -> None:
        """Write down when it was used. On a full disk nobody is kept out because of that."""
        with suppress(StoreError):
            self._store.change_record(kind, key, lambda one: noted(one) if one else None, None)
