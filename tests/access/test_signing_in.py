"""Signing in: what proves somebody, how slowly it may be guessed, and how a session ends."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest

from covet_sre.access.permission import Permission, Role
from covet_sre.access.principal import EVERYWHERE, Grant, Kind, Principal
from covet_sre.access.session import Session, SessionLimits
from covet_sre.access.token import ApiToken, digest
from covet_sre.access.user import User
from covet_sre.errors import NotAllowed, NotFound, Refused, SignInRefused, StoreError, StoreFull
from covet_sre.flows.access.accounts import Accounts, UserChange
from covet_sre.flows.access.gatekeeper import KNOWN_SECONDS, Gatekeeper
from covet_sre.flows.access.provider import ProviderSignIn
from covet_sre.flows.access.signing_in import Arrivals, SigningIn
from covet_sre.flows.access.throttle import Throttle, TooMany
from covet_sre.flows.acting import acting_as
from covet_sre.integrations.passwords import Argon2
from covet_sre.ports import ProvenIdentity, SignInRequest
from covet_sre.store.memory import MemoryStore

PASSWORD = "several unrelated words"
ROOT = Principal("root", Kind.LOOPBACK, EVERYWHERE)
DAY = 86400.0


class World:
    """Accounts, sign-in and gate over one store, on a clock that is set by hand."""

    def __init__(self, arrivals: Arrivals | None = None) -> None:
        self.now = 1_795_608_000.0
        self.store, self.hasher = MemoryStore(), Argon2(memory_kib=64, passes=1)
        self.limits = SessionLimits(idle_seconds=3600, absolute_seconds=DAY)
        clock: Callable[[], float] = lambda: self.now  # noqa: E731 - a clock is a function
        numbers = count(1)

        def entropy(size: int) -> bytes:
            return next(numbers).to_bytes(size, "big")

        self.gatekeeper = Gatekeeper(self.store, clock, self.limits, opens_to_all=True, has_provider=False)
        self.accounts = Accounts(self.store, self.hasher, clock, entropy, self.gatekeeper.forget)
        self.signing_in = SigningIn(self.store, self.hasher, clock, entropy, self.limits, arrivals or Arrivals({}))
        self.provider = FakeProvider()
        self.sign_in = ProviderSignIn(
            self.signing_in, self.provider, self.store, clock, entropy, "https://sre.example.org", "Company"
        )

    def add(self, name: str, *grants: Grant, password: str = PASSWORD, **fields: str) -> User:
        with acting_as(ROOT):
            return self.accounts.add_user(name, grants or (Grant(Role.ADMIN),), password=password, **fields)

    def enter(self, name: str = "ada", password: str = PASSWORD, address: str = "192.0.2.1") -> str:
        return self.signing_in.by_password(name, password, address, "a browser").cookie

    def who(self, cookie: str) -> Principal | None:
        self.now += KNOWN_SECONDS
        return self.gatekeeper.by_cookie(cookie)

    def as_user(self, name: str) -> Principal:
        found = self.gatekeeper.by_cookie(self.enter(name))
        assert found is not None
        return found


class FakeProvider:
    """An identity provider that proves whoever it was told to."""

    def __init__(self) -> None:
        self.proven = ProvenIdentity("https://id.example.org", "7", "Bo", "bo@example.org", True, ())
        self.states = count(1)

    def begin(self, redirect_address: str, entropy: Callable[[int], bytes]) -> SignInRequest:
        state = f"state-{next(self.states)}"
        return SignInRequest(f"https://id.example.org/authorize?state={state}", state, "nonce", "verifier")

    def finish(self, request: SignInRequest, redirect_address: str, parameters: object, now: float) -> ProvenIdentity:
        return self.proven


@pytest.fixture
def world() -> Iterator[World]:
    yield World()


# ---------------------------------------------------------------- passwords


def test_the_first_user_ends_the_time_of_nobody(world: World) -> None:
    assert world.gatekeeper.anonymous() is not None
    world.add("ada")
    assert world.gatekeeper.anonymous() is None


def test_the_first_user_must_be_an_admin(world: World) -> None:
    with pytest.raises(Refused, match="the first user must be an admin"):
        world.add("bo", Grant(Role.VIEWER))
    assert world.gatekeeper.anonymous() is not None


def test_a_password_becomes_a_session_of_its_user(world: World) -> None:
    world.add("ada")
    found = world.who(world.enter(" ADA "))
    assert found is not None
    assert (found.name, found.kind, found.person) == ("ada", Kind.USER, "ada")
    assert found.may(Permission.ACCESS)


def test_neither_passwords_nor_sessions_nor_tokens_are_kept_in_clear(world: World) -> None:
    world.add("ada")
    cookie = world.enter()
    with acting_as(world.as_user("ada")):
        token, _ = world.accounts.make_token("ci", [Permission.READ], 1)
    kept = repr(world.store.records(User)) + repr(world.store.records(Session)) + repr(world.store.records(ApiToken))
    kept += repr(world.store.audit_entries(0, 100))
    for secret in (PASSWORD, cookie, token, token.removeprefix("csre_")):
        assert secret not in kept
    assert "$argon2id$" in kept


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("ada", ""), ("", ""), ("ada", PASSWORD * 20)]
)
def test_what_is_wrong_is_not_told(world: World, name: str, password: str) -> None:
    world.add("ada")
    with pytest.raises(SignInRefused, match="the name or the password is wrong"):
        world.enter(name, password)


def test_a_disabled_user_does_not_get_in_and_is_out_at_once(world: World) -> None:
    world.add("ada")
    world.add("bo", Grant(Role.RESPONDER))
    cookie = world.enter("bo")
    with acting_as(ROOT):
        world.accounts.change_user("bo", UserChange(is_disabled=True))
    assert world.who(cookie) is None
    with pytest.raises(SignInRefused):
        world.enter("bo")
    with acting_as(ROOT):
        world.accounts.change_user("bo", UserChange(is_disabled=False))
    assert world.who(cookie) is None, "a session from before does not come back"
    assert world.who(world.enter("bo")) is not None


def test_an_admin_ends_every_session_and_token_of_somebody(world: World) -> None:
    world.add("ada")
    world.add("bo", Grant(Role.RESPONDER))
    cookie = world.enter("bo")
    with acting_as(world.as_user("bo")):
        token, _ = world.accounts.make_token("ci", [Permission.READ], 1)
    with acting_as(ROOT):
        world.accounts.change_user("bo", UserChange(ends_sessions=True))
    assert world.who(cookie) is None
    assert world.gatekeeper.by_token(token) is None
    assert world.who(world.enter("bo")) is not None


def test_who_signs_in_at_a_provider_gives_themselves_no_password(world: World) -> None:
    """It would be a way in past whatever the provider asks for."""
    world.add("ada")
    world.add("bo", Grant(Role.RESPONDER), password="", email="bo@example.org")
    bo = _returned(world, email_verified=True)
    assert bo is not None
    with acting_as(bo), pytest.raises(Refused, match="signs in at the identity provider"):
        world.accounts.set_own_password("", "quite another set of words")


def test_a_password_that_an_admin_sets_ends_every_session(world: World) -> None:
    world.add("ada")
    world.add("bo", Grant(Role.RESPONDER))
    cookies = [world.enter("bo"), world.enter("bo")]
    with acting_as(ROOT):
        world.accounts.change_user("bo", UserChange(password="quite another set of words"))
    assert [world.who(cookie) for cookie in cookies] == [None, None]
    with pytest.raises(SignInRefused):
        world.enter("bo")
    assert world.who(world.enter("bo", "quite another set of words")) is not None


def test_a_password_stays_good_for_years(world: World) -> None:
    world.add("ada")
    for _ in range(5):
        world.now += 365 * DAY
        assert world.who(world.enter()) is not None


def test_guessing_the_old_password_is_slow_too(world: World) -> None:
    world.add("ada")
    with acting_as(world.as_user("ada")):
        for _ in range(5):
            with pytest.raises(Refused, match="the old password is wrong"):
                world.accounts.set_own_password("wrong", "quite another set of words")
        with pytest.raises(TooMany):
            world.accounts.set_own_password(PASSWORD, "quite another set of words")


def test_guessing_from_elsewhere_keeps_nobody_out(world: World) -> None:
    world.add("ada")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            world.enter("ada", "wrong", address="198.51.100.9")
    with pytest.raises(TooMany):
        world.enter("ada", address="198.51.100.9")
    assert world.enter("ada", address="192.0.2.1")


def test_guessing_from_many_addresses_is_slowed_by_the_name(world: World) -> None:
    world.add("ada")
    tries = 0
    with pytest.raises(TooMany):
        for number in range(60):
            tries = number
            with pytest.raises(SignInRefused):
                world.enter("ada", "wrong", address=f"198.51.100.{number}")
    assert tries == 50


def test_guessing_a_password_is_slow_and_the_right_one_forgives(world: World) -> None:
    world.add("ada")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            world.enter("ada", "wrong")
    with pytest.raises(TooMany) as refused:
        world.enter("ada")
    assert 0 < refused.value.retry_after_seconds <= 30
    world.now += refused.value.retry_after_seconds
    world.enter("ada")
    for _ in range(4):
        with pytest.raises(SignInRefused):
            world.enter("ada", "wrong")


def test_an_address_that_tries_many_names_is_slowed_too(world: World) -> None:
    for number in range(20):
        with pytest.raises(SignInRefused):
            world.enter(f"user-{number}", "wrong")
    with pytest.raises(TooMany):
        world.enter("user-20", "wrong")
    with pytest.raises(SignInRefused):
        world.enter("user-20", "wrong", address="192.0.2.2")


def test_the_throttle_lets_through_exactly_what_it_says() -> None:
    now = 0.0
    throttle = Throttle(lambda: now, burst=3, every_seconds=10.0)
    passed = 0
    for tenth in range(6000):
        now = tenth / 10
        try:
            throttle.take("key", "trying")
        except TooMany:
            continue
        passed += 1
    assert passed == 3 + 59


@pytest.mark.parametrize(
    "password", ["short", "passwordpassword", "aaaaaaaaaaaaaaa", "adaadaadaada", "ada1234567", "x" * 257]
)
def test_passwords_that_are_easily_guessed_are_refused(world: World, password: str) -> None:
    with pytest.raises(Refused):
        world.add("ada", password=password)
    assert world.store.records(User) == []


@pytest.mark.parametrize("name", ["", "a b", "-a", "ä", "a" * 101, "a\nb", "../x", "<b>"])
def test_names_that_are_none_are_refused(world: World, name: str) -> None:
    with pytest.raises(Refused):
        world.add(name)


# ---------------------------------------------------------------- sessions


def test_a_session_ends_after_its_idle_time_and_after_its_absolute_time(world: World) -> None:
    world.add("ada")
    idle = world.enter()
    world.now += 3601
    assert world.who(idle) is None
    used = world.enter()
    for _ in range(24):
        assert world.who(used) is not None
        world.now += 3500
    world.now += 3600
    assert world.who(used) is None


def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(world: World) -> None:
    world.add("ada")
    cookie = world.enter()
    found = world.who(cookie)
    assert found is not None
    world.sign_in.out(found.session, "ada")
    assert world.who(cookie) is None


def test_signing_in_never_takes_over_a_session_that_was_there_before(world: World) -> None:
    world.add("ada")
    cookies = {world.enter() for _ in range(5)}
    assert len(cookies) == 5


def test_a_new_password_ends_every_other_session(world: World) -> None:
    world.add("ada")
    other, here = world.enter(), world.enter()
    principal = world.who(here)
    assert principal is not None
    with acting_as(principal):
        with pytest.raises(Refused, match="the old password is wrong"):
            world.accounts.set_own_password("wrong", "quite another set of words")
        world.accounts.set_own_password(PASSWORD, "quite another set of words")
    assert world.who(other) is None
    assert world.who(here) is not None
    with pytest.raises(SignInRefused):
        world.enter()
    world.enter(password="quite another set of words")


@pytest.mark.parametrize("forged", ["", "x", "A" * 43, "\x00", "é", "a" * 100_000])
def test_a_forged_cookie_is_nobody(world: World, forged: str) -> None:
    world.add("ada")
    cookie = world.enter()
    assert world.who(forged) is None
    session = world.who(cookie)
    assert session is not None
    assert world.who(session.session) is None, "what the database holds opens nothing"
    assert world.who(cookie[:-1]) is None


# ---------------------------------------------------------------- tokens


def test_a_token_of_ones_own_may_what_its_user_may_within_its_scopes(world: World) -> None:
    world.add("ada")
    world.add("bo", Grant(Role.RESPONDER, team="core"))
    with acting_as(world.as_user("bo")):
        text, kept = world.accounts.make_token("ci", [Permission.READ, Permission.RESPOND, Permission.ACCESS], 10)
    found = world.gatekeeper.by_token(text)
    assert found is not None
    assert (found.name, found.person) == ("bo (token ci)", "bo")
    assert found.has(Permission.RESPOND)
    assert not found.may(Permission.RESPOND)
    assert not found.has(Permission.ACCESS)
    assert not found.has(Permission.SILENCE)
    with acting_as(ROOT):
        world.accounts.change_user("bo", UserChange(grants=(Grant(Role.VIEWER),)))
    world.now += KNOWN_SECONDS
    lesser = world.gatekeeper.by_token(text)
    assert lesser is not None
    assert not lesser.has(Permission.RESPOND)
    world.now += 10 * DAY
    assert world.gatekeeper.by_token(text) is None
    assert digest(text) == kept.identity


def test_a_revoked_token_counts_no_more_within_two_seconds_on_another_server(world: World) -> None:
    world.add("ada")
    with acting_as(world.as_user("ada")):
        text, kept = world.accounts.make_token("ci", [Permission.READ], 10)
    elsewhere = Gatekeeper(world.store, lambda: world.now, world.limits, opens_to_all=False, has_provider=False)
    assert elsewhere.by_token(text) is not None
    with acting_as(ROOT):
        world.accounts.revoke_token(kept.short)
        with pytest.raises(Refused, match="revoked already"):
            world.accounts.revoke_token(kept.short)
    assert world.gatekeeper.by_token(text) is None
    world.now += KNOWN_SECONDS
    assert elsewhere.by_token(text) is None


def test_nobody_revokes_somebody_elses_token(world: World) -> None:
    world.add("ada")
    world.add("bo", Grant(Role.SERVICE_OWNER))
    with acting_as(world.as_user("ada")):
        _, kept = world.accounts.make_token("ci", [Permission.READ], 10)
    bo = world.as_user("bo")
    with acting_as(bo):
        assert world.accounts.tokens() == []
        with pytest.raises(NotAllowed):
            world.accounts.revoke_token(kept.short)
        with pytest.raises(NotAllowed):
            world.accounts.make_token("robot", [Permission.READ], 10, [Grant(Role.ADMIN)])
        with pytest.raises(NotFound):
            world.accounts.revoke_token("nothing")


# ---------------------------------------------------------------- users


def test_the_last_admin_stays_one(world: World) -> None:
    world.add("ada")
    with acting_as(ROOT):
        for change in (UserChange(is_disabled=True), UserChange(grants=(Grant(Role.RESPONDER),))):
            with pytest.raises(Refused, match="the last admin"):
                world.accounts.change_user("ada", change)
        world.add("bo")
        world.accounts.change_user("ada", UserChange(is_disabled=True))


def test_of_two_who_change_one_user_the_second_is_told(world: World) -> None:
    user = world.add("ada")
    with acting_as(ROOT):
        world.accounts.change_user("ada", UserChange(user.revision, display_name="Ada L."))
        with pytest.raises(Refused, match="somebody else has changed ada meanwhile"):
            world.accounts.change_user("ada", UserChange(user.revision, email="ada@example.org"))
    assert world.store.records(User)[0].display_name == "Ada L."


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RESPONDER, Role.SERVICE_OWNER])
def test_only_an_admin_of_the_whole_installation_looks_after_users(world: World, role: Role) -> None:
    world.add("ada")
    world.add("bo", Grant(role), Grant(Role.ADMIN, team="core"))
    with acting_as(world.as_user("bo")):
        for act in (
            world.accounts.users,
            lambda: world.accounts.add_user("eve", [Grant(Role.ADMIN)]),
            lambda: world.accounts.change_user("ada", UserChange(is_disabled=True)),
            lambda: world.accounts.audit(0, 10),
        ):
            with pytest.raises(NotAllowed):
                act()
    assert [one.identity for one in world.store.records(User)] == ["ada", "bo"]


def test_every_change_stands_in_the_audit_record_and_no_secret_does(world: World) -> None:
    world.add("ada")
    world.enter()
    with acting_as(ROOT):
        world.accounts.change_user("ada", UserChange(password="quite another set of words"))
    kinds = [entry.act.kind for entry in world.store.audit_entries(0, 100)]
    assert kinds == ["AddUser", "SignIn", "ChangeUser"]
    assert "words" not in repr(world.store.audit_entries(0, 100))


# ---------------------------------------------------------------- the provider


def _returned(world: World, **changed: object) -> Principal | None:
    world.provider.proven = replace(world.provider.proven, **changed)  # type: ignore[arg-type]
    address, cookie = world.sign_in.begin("/incidents", "192.0.2.1")
    found, wanted = world.sign_in.finish({"state": address.partition("state=")[2], "code": "c"}, cookie, "a browser")
    assert wanted == "/incidents"
    return world.gatekeeper.by_cookie(found.cookie)


def test_who_is_proven_and_has_no_role_is_refused(world: World) -> None:
    world.add("ada")
    with pytest.raises(SignInRefused, match=r"bo@example.org has no role here yet"):
        _returned(world)
    assert len(world.store.records(User)) == 1


def test_groups_of_the_provider_give_roles_anew_at_each_sign_in() -> None:
    world = World(Arrivals({"sre": (Grant(Role.ADMIN),), "core": (Grant(Role.RESPONDER, team="core"),)}))
    found = _returned(world, groups=("sre", "others"))
    assert found is not None
    assert (found.name, found.grants) == ("bo@example.org", (Grant(Role.ADMIN),))
    again = _returned(world, groups=("core",))
    assert again is not None
    assert again.grants == (Grant(Role.RESPONDER, team="core"),)
    with pytest.raises(SignInRefused):
        _returned(world, groups=())
    assert len(world.store.records(User)) == 1


def test_an_account_that_was_made_for_a_verified_address_is_found_and_no_other_is_taken_over(world: World) -> None:
    world.add("ada", email="ada@example.org")
    world.add("bo", Grant(Role.RESPONDER), password="", email="bo@example.org")
    with pytest.raises(SignInRefused):
        _returned(world, email_verified=False)
    found = _returned(world, email_verified=True)
    assert found is not None
    assert found.name == "bo"
    with pytest.raises(SignInRefused):
        _returned(world, subject="8"), "another subject with the same address"
    with pytest.raises(SignInRefused):
        _returned(world, subject="9", email="ada@example.org")


def test_a_return_counts_once_in_the_browser_that_left_within_ten_minutes() -> None:
    world = World(Arrivals({}, (Grant(Role.VIEWER),)))
    address, cookie = world.sign_in.begin("/", "192.0.2.1")
    state = address.partition("state=")[2]
    with pytest.raises(SignInRefused):
        world.sign_in.finish({"state": "state-999", "code": "c"}, cookie, "")
    _, stolen = world.sign_in.begin("/", "192.0.2.1")
    with pytest.raises(SignInRefused):
        world.sign_in.finish({"state": state, "code": "c"}, stolen, "")
    with pytest.raises(SignInRefused):
        world.sign_in.finish({"state": state, "code": "c"}, cookie, ""), "the state was used up"
    address, cookie = world.sign_in.begin("/", "192.0.2.1")
    world.now += 601
    with pytest.raises(SignInRefused):
        world.sign_in.finish({"state": address.partition("state=")[2]}, cookie, "")


def test_nobody_fills_the_house_with_sign_ins_that_never_come_back(world: World) -> None:
    for _ in range(10):
        world.sign_in.begin("/", "192.0.2.1")
    with pytest.raises(TooMany):
        world.sign_in.begin("/", "192.0.2.1")
    world.sign_in.begin("/", "192.0.2.2")


def test_while_the_store_is_away_what_was_so_a_moment_ago_still_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.gatekeeper.anonymous() is not None

    def away(*_: object) -> None:
        raise StoreError("the database does not answer")

    monkeypatch.setattr(world.store, "records", away)
    world.now += KNOWN_SECONDS
    assert world.gatekeeper.anonymous() is not None
    never_asked = Gatekeeper(world.store, lambda: world.now, world.limits, opens_to_all=True, has_provider=False)
    with pytest.raises(StoreError):
        never_asked.anonymous()


def test_on_a_full_disk_nobody_is_kept_out_because_their_visit_cannot_be_noted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add("ada")
    cookie = world.enter()
    with acting_as(world.as_user("ada")):
        token, _ = world.accounts.make_token("ci", [Permission.READ], 1)

    def full(*_: object) -> None:
        raise StoreFull("no space")

    monkeypatch.setattr(world.store, "change_record", full)
    world.now += 120
    assert world.who(cookie) is not None
    assert world.gatekeeper.by_token(token) is not None
