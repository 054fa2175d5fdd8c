"""Who may do what: users with their roles, and the tokens of programs."""

from dataclasses import dataclass

from covet_sre.access.permission import ROLES, Permission, Role
from covet_sre.access.user import User
from covet_sre.flows.access.accounts import LONGEST_TOKEN_DAYS
from covet_sre.flows.reading import Reliability
from covet_sre.web.access.account_page import ScopeChoice, TokenRow, scope_choices, token_row
from covet_sre.web.access.doors import AccessDoors
from covet_sre.web.access.grants_text import ROLE_WORDS, written
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.shell import Shell, shell


@dataclass(frozen=True, slots=True)
class UserRow:
    name: str
    display_name: str
    email: str
    grants: tuple[str, ...]
    grants_text: str
    signs_in: str
    is_disabled: bool
    revision: int


@dataclass(frozen=True, slots=True)
class RoleRow:
    name: str
    words: str
    has: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class AccessPage:
    """`form` is what somebody wrote that could not be done; `made` a token, shown this once."""

    shell: Shell
    users: tuple[UserRow, ...]
    tokens: tuple[TokenRow, ...]
    scopes: tuple[ScopeChoice, ...]
    permissions: tuple[str, ...]
    roles: tuple[RoleRow, ...]
    most_days: int
    form: dict[str, str]
    made: str
    is_first: bool
    trouble: Trouble | None


_FIELDS = ("name", "display_name", "email", "grants", "token_name", "token_grants", "days")


def access_page(
    reliability: Reliability,
    doors: AccessDoors,
    *,
    form: dict[str, str] | None = None,
    made: str = "",
    trouble: Trouble | None = None,
) -> AccessPage:
    now = doors.now()
    users = doors.accounts.users()
    empty = dict.fromkeys(_FIELDS, "") | {"grants": "responder" if users else "admin", "days": "90"}
    return AccessPage(
        shell(reliability, "Access", "access"),
        tuple(_user_row(one) for one in users),
        tuple(token_row(one, now) for one in doors.accounts.tokens()),
        scope_choices(),
        tuple(Permission),
        tuple(RoleRow(role.value, ROLE_WORDS[role], tuple(one in ROLES[role] for one in Permission)) for role in Role),
        LONGEST_TOKEN_DAYS,
        empty | {name: value for name, value in (form or {}).items() if name in _FIELDS},
        made,
        not users,
        trouble,
    )


def _user_row(user: User) -> UserRow:
    ways = [*(["password"] if user.password else []), *(["provider"] if user.proofs else [])]
    return UserRow(
        user.identity,
        user.display_name,
        user.email,
        tuple(map(str, user.grants)),
        written(user.grants),
        " and ".join(ways) or "not yet: by the provider, with this e-mail address",
        user.is_disabled,
        user.revision,
    )
