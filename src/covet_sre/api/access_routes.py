"""The API's addresses for who one is, users, tokens and the audit record."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from covet_sre.access.audit import AuditEntry
from covet_sre.access.token import ApiToken
from covet_sre.access.user import User
from covet_sre.api import access_models as models
from covet_sre.api.models import Page
from covet_sre.api.problems import ProblemRoute, problems
from covet_sre.flows.access.accounts import Accounts, UserChange
from covet_sre.flows.access.grants import read_grant
from covet_sre.flows.acting import acting

Name = Annotated[str, Path(max_length=100, pattern=r"^[^\x00]*$")]
_REFUSED = problems(401, 403, 404, 422, 503)


def access_router(accounts: Accounts) -> APIRouter:
    """Everything about access, under /api/v1."""
    api = APIRouter(prefix="/api/v1", route_class=ProblemRoute, tags=["access"])
    _me(api)
    _users(api, accounts)
    _tokens(api, accounts)
    _audit(api, accounts)
    return api


def _me(api: APIRouter) -> None:
    @api.get("/me", responses=problems(401))
    def me() -> models.MeAnswer:
        """Who the server takes you for, and what you may do."""
        who = acting()
        scopes = None if who.scopes is None else sorted(who.scopes)
        return models.MeAnswer(
            name=who.name, kind=who.kind.value, grants=[str(grant) for grant in who.grants], scopes=scopes
        )


def _users(api: APIRouter, accounts: Accounts) -> None:
    @api.get("/users", responses=_REFUSED)
    def users() -> Page[models.UserItem]:
        """All users by name."""
        return Page(items=[_user(one) for one in accounts.users()], next=None)

    @api.post("/users", status_code=201, responses=_REFUSED)
    def add_user(body: models.UserBody) -> models.UserItem:
        """Add a user. The first must be an admin; from then on everybody signs in."""
        grants = [read_grant(each) for each in body.grants]
        return _user(
            accounts.add_user(
                body.name, grants, password=body.password, display_name=body.display_name, email=body.email
            )
        )

    @api.patch("/users/{name}", responses=_REFUSED)
    def change_user(name: Name, body: models.UserChangeBody) -> models.UserItem:
        """Change a user. A new password, `disabled` or `ends_sessions` ends every session and token from before."""
        grants = None if body.grants is None else tuple(read_grant(each) for each in body.grants)
        change = UserChange(
            body.revision, body.display_name, body.email, grants, body.disabled, body.password, body.ends_sessions
        )
        return _user(accounts.change_user(name, change))


def _tokens(api: APIRouter, accounts: Accounts) -> None:
    @api.get("/tokens", responses=_REFUSED)
    def tokens() -> Page[models.TokenItem]:
        """All tokens, those that are over included."""
        return Page(items=[_token(one) for one in accounts.tokens()], next=None)

    @api.post("/tokens", status_code=201, responses=_REFUSED)
    def make_token(body: models.TokenBody) -> models.MadeToken:
        """Make a token. It is shown this once."""
        grants = None if body.grants is None else [read_grant(each) for each in body.grants]
        text, kept = accounts.make_token(body.name, body.scopes, body.days, grants)
        return models.MadeToken(**_token(kept).model_dump(), token=text)

    @api.delete("/tokens/{identity}", responses=_REFUSED)
    def revoke_token(identity: Name) -> models.TokenItem:
        """Revoke a token. It counts no more, on any server, within two seconds."""
        return _token(accounts.revoke_token(identity))


def _audit(api: APIRouter, accounts: Accounts) -> None:
    @api.get("/audit", responses=_REFUSED)
    def audit(
        after: Annotated[int, Query(ge=0, le=2**53, description="The position of the last line seen.")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> Page[models.AuditItem]:
        """The audit record from a position on, in order. Each digest is checked by `covet-sre db verify`."""
        entries = accounts.audit(after, limit + 1)
        following = str(entries[limit - 1].position) if len(entries) > limit else None
        return Page(items=[_line(one) for one in entries[:limit]], next=following)


def _user(user: User) -> models.UserItem:
    return models.UserItem(
        name=user.identity,
        display_name=user.display_name,
        email=user.email,
        grants=[str(grant) for grant in user.grants],
        signs_in_by=[*(["password"] if user.password else []), *(["provider"] if user.proofs else [])],
        disabled=user.is_disabled,
        made_at=_time(user.made_at),
        revision=user.revision,
    )


def _token(token: ApiToken) -> models.TokenItem:
    return models.TokenItem(
        identity=token.short,
        name=token.name,
        owner=token.owner,
        author=token.author,
        grants=[str(grant) for grant in token.grants],
        scopes=[*token.scopes],
        made_at=_time(token.made_at),
        expires_at=None if token.expires_at is None else _time(token.expires_at),
        revoked_at=None if token.revoked_at is None else _time(token.revoked_at),
        used_at=None if token.used_at is None else _time(token.used_at),
    )


def _line(entry: AuditEntry) -> models.AuditItem:
    act = entry.act
    return models.AuditItem(
        position=entry.position,
        at=_time(act.at),
        actor=act.actor,
        kind=act.kind,
        subject=act.subject,
        data=act.data,
        digest=entry.digest,
    )


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
