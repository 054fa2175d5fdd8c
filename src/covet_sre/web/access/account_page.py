"""One's own account: what one may do, where one is signed in, one's tokens."""

from dataclasses import dataclass

from covet_sre.access.permission import Permission
from covet_sre.access.principal import Kind
from covet_sre.access.token import ApiToken
from covet_sre.flows.access.accounts import LONGEST_TOKEN_DAYS
from covet_sre.flows.acting import acting
from covet_sre.flows.reading import Reliability
from covet_sre.web.access.doors import AccessDoors
from covet_sre.web.incidents import words
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.shell import Shell, shell


@dataclass(frozen=True, slots=True)
class SessionRow:
    agent: str
    via: str
    made: str
    seen: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    short: str
    name: str
    for_whom: str
    scopes: str
    grants: str
    ends: str
    used: str
    is_good: bool


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    value: str
    checked: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """`made` is a token that was just made: it is shown this once."""

    shell: Shell
    name: str
    is_user: bool
    has_password: bool
    grants: tuple[str, ...]
    sessions: tuple[SessionRow, ...]
    tokens: tuple[TokenRow, ...]
    scopes: tuple[ScopeChoice, ...]
    most_days: int
    made: str
    trouble: Trouble | None


def account_page(
    reliability: Reliability, doors: AccessDoors, *, made: str = "", trouble: Trouble | None = None
) -> AccountPage:
    principal, now = acting(), doors.now()
    tokens = [one for one in doors.accounts.tokens() if one.owner and one.owner == principal.person]
    return AccountPage(
        shell(reliability, "Account", ""),
        principal.name,
        principal.kind is Kind.USER,
        doors.accounts.has_password(),
        tuple(str(grant) for grant in principal.grants),
        tuple(
            SessionRow(
                one.agent or "an unknown browser",
                one.via,
                words.moment(one.made_at),
                words.ago(one.seen_at, now),
                one.identity == principal.session,
            )
            for one in doors.accounts.own_sessions()
        ),
        tuple(token_row(one, now) for one in tokens),
        scope_choices(),
        LONGEST_TOKEN_DAYS,
        made,
        trouble,
    )


def scope_choices() -> tuple[ScopeChoice, ...]:
    return tuple(ScopeChoice(one.value, one is Permission.READ) for one in Permission)


def token_row(token: ApiToken, now: float) -> TokenRow:
    return TokenRow(
        token.short,
        token.name,
        token.owner or "a program",
        ", ".join(token.scopes),
        "; ".join(map(str, token.grants)),
        _ends(token, now),
        "never" if token.used_at is None else words.ago(token.used_at, now),
        token.is_good(now),
    )


def _ends(token: ApiToken, now: float) -> str:
    if token.revoked_at is not None:
        return f"revoked {words.ago(token.revoked_at, now)}"
    if token.expires_at is None:
        return "never"
    return f"expired {words.ago(token.expires_at, now)}" if token.expires_at <= now else words.moment(token.expires_at)
