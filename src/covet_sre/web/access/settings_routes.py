"""The addresses of one's own account, and of users, tokens and the audit record."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from covet_sre.access.permission import Permission
from covet_sre.errors import CovetSreError, Refused
from covet_sre.flows.access.accounts import UserChange
from covet_sre.flows.reading import Reliability
from covet_sre.web.access.access_page import access_page
from covet_sre.web.access.account_page import account_page
from covet_sre.web.access.audit_page import audit_page
from covet_sre.web.access.doors import AccessDoors
from covet_sre.web.access.grants_text import grants_of
from covet_sre.web.forms import NO_NUL, form_fields
from covet_sre.web.incidents.trouble import Trouble, trouble_of
from covet_sre.web.rendering import Renderer

Name = Annotated[str, Path(max_length=100, pattern=NO_NUL)]
Fields = dict[str, str]
Act = Callable[[Fields], str]
"""What a form asks for; a token that is to be shown, or nothing."""


def settings_pages(router: APIRouter, reliability: Reliability, doors: AccessDoors, renderer: Renderer) -> None:
    _account(router, reliability, doors, renderer)
    _access(router, reliability, doors, renderer)


def _account(router: APIRouter, reliability: Reliability, doors: AccessDoors, renderer: Renderer) -> None:
    accounts = doors.accounts

    def shown(made: str = "", trouble: Trouble | None = None) -> Response:
        view = account_page(reliability, doors, made=made, trouble=trouble)
        return renderer.page("account.html", view, trouble.status if trouble else 200)

    def done(act: Act, fields: Fields) -> Response:
        try:
            made = act(fields)
        except CovetSreError as error:
            return shown(trouble=trouble_of(error))
        return shown(made) if made else RedirectResponse("/account", 303)

    @router.get("/account")
    def account() -> Response:
        return shown()

    def new_password(fields: Fields) -> str:
        if fields.get("new", "") != fields.get("again", ""):
            raise Refused("the two new passwords differ", remedy="write it twice")
        accounts.set_own_password(fields.get("old", ""), fields.get("new", ""))
        return ""

    @router.post("/account/password")
    async def password(request: Request) -> Response:
        return await to_thread.run_sync(partial(done, new_password, await form_fields(request)))

    def end_others(_fields: Fields) -> str:
        accounts.end_other_sessions()
        return ""

    @router.post("/account/sessions/end")
    async def end_sessions(request: Request) -> Response:
        return await to_thread.run_sync(partial(done, end_others, await form_fields(request)))

    def own_token(fields: Fields) -> str:
        return accounts.make_token(fields.get("token_name", ""), _scopes(fields), _days(fields))[0]

    @router.post("/account/tokens")
    async def make_token(request: Request) -> Response:
        return await to_thread.run_sync(partial(done, own_token, await form_fields(request)))

    @router.post("/account/tokens/{identity}/revoke")
    async def revoke(identity: Name, request: Request) -> Response:
        def act(_fields: Fields) -> str:
            accounts.revoke_token(identity)
            return ""

        return await to_thread.run_sync(partial(done, act, await form_fields(request)))


def _access(router: APIRouter, reliability: Reliability, doors: AccessDoors, renderer: Renderer) -> None:
    accounts = doors.accounts

    def done(act: Act, fields: Fields) -> Response:
        """What was asked for, or the page again with what somebody wrote."""
        trouble, made = None, ""
        try:
            made = act(fields)
        except CovetSreError as error:
            trouble = trouble_of(error)
        if trouble is None and not made:
            return RedirectResponse("/settings/access", 303)
        view = access_page(reliability, doors, form=fields if trouble else None, made=made, trouble=trouble)
        return renderer.page("access.html", view, trouble.status if trouble else 200)

    @router.get("/settings/access")
    def access() -> Response:
        return renderer.page("access.html", access_page(reliability, doors))

    @router.get("/settings/audit")
    def audit(before: Annotated[int | None, Query(ge=1, le=2**53)] = None) -> Response:
        return renderer.page("audit.html", audit_page(reliability, doors, before))

    def add_user(fields: Fields) -> str:
        accounts.add_user(
            fields.get("name", ""),
            grants_of(fields.get("grants", "")),
            password=fields.get("password", ""),
            display_name=fields.get("display_name", ""),
            email=fields.get("email", ""),
        )
        return ""

    @router.post("/settings/users")
    async def add(request: Request) -> Response:
        return await to_thread.run_sync(partial(done, add_user, await form_fields(request)))

    @router.post("/settings/users/{name}")
    async def change(name: Name, request: Request) -> Response:
        def act(fields: Fields) -> str:
            accounts.change_user(name, _user_change(fields))
            return ""

        return await to_thread.run_sync(partial(done, act, await form_fields(request)))

    def program_token(fields: Fields) -> str:
        grants = grants_of(fields.get("token_grants", ""))
        return accounts.make_token(fields.get("token_name", ""), _scopes(fields), _days(fields), grants)[0]

    @router.post("/settings/tokens")
    async def make(request: Request) -> Response:
        return await to_thread.run_sync(partial(done, program_token, await form_fields(request)))

    @router.post("/settings/tokens/{identity}/revoke")
    async def revoke(identity: Name, request: Request) -> Response:
        def act(_fields: Fields) -> str:
            accounts.revoke_token(identity)
            return ""

        return await to_thread.run_sync(partial(done, act, await form_fields(request)))


def _user_change(fields: Fields) -> UserChange:
    revision = fields.get("revision", "")
    return UserChange(
        int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else None,
        fields.get("display_name"),
        fields.get("email"),
        grants_of(fields["grants"]) if "grants" in fields else None,
        fields["disabled"] == "1" if "disabled" in fields else None,
        fields.get("password") or None,
        fields.get("ends_sessions") == "1",
    )


def _scopes(fields: Fields) -> list[Permission]:
    return [one for one in Permission if fields.get(f"scope-{one.value}")]


def _days(fields: Fields) -> float:
    try:
        return float(fields.get("days") or "90")
    except ValueError as error:
        raise Refused("the days are no number", remedy="write a number of days") from error
