"""What the API says about users, tokens and the audit record, and what it takes. No answer holds a secret, but for the
one that makes a token."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from covet_sre.access.permission import Permission
from covet_sre.api.models import Model

Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Password = Annotated[str, StringConstraints(max_length=256)]
GrantText = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")]


class MeAnswer(Model):
    """Who sends these requests, as the server knows them. `kind` is loopback, user or token."""

    name: str
    kind: str
    grants: list[str]
    scopes: list[Permission] | None = Field(description="What a token is narrowed to; null for everything.")


class UserItem(Model):
    """`signs_in_by` is password, provider, both or neither."""

    name: str
    display_name: str
    email: str
    grants: list[str]
    signs_in_by: list[str]
    disabled: bool
    made_at: datetime
    revision: int


class Asked(Model):
    """What is sent to be done: a field that is not known is refused, and not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class UserBody(Asked):
    """A new user. `grants` are roles: `admin`, `responder team:payments`, `service-owner service:api`."""

    name: Line
    grants: list[GrantText] = Field(max_length=100)
    password: Password = ""
    display_name: Line = ""
    email: Line = ""


class UserChangeBody(Asked):
    """What is to be different; what is left out stays. With `revision`, a user whom somebody else has changed meanwhile
    is refused."""

    revision: int | None = None
    grants: list[GrantText] | None = Field(default=None, max_length=100)
    password: Password | None = None
    display_name: Line | None = None
    email: Line | None = None
    disabled: bool | None = None
    ends_sessions: bool = Field(default=False, description="End every session and token of theirs from before.")


class TokenItem(Model):
    """`identity` names it in addresses. One with an `owner` may do what that user may, within its scopes."""

    identity: str
    name: str
    owner: str
    author: str
    grants: list[str]
    scopes: list[Permission]
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


class TokenBody(Asked):
    """A token of a program, with roles of its own; or, without `grants`, one that acts for the user who makes it."""

    name: Line
    scopes: list[Permission] = Field(min_length=1, max_length=50)
    days: float = Field(default=90, gt=0, le=366)
    grants: list[GrantText] | None = Field(default=None, max_length=100)


class MadeToken(TokenItem):
    """`token` is shown this once, and kept as a hash."""

    token: str


class AuditItem(Model):
    """One line of the audit record. `data` is what was asked for, as JSON; `digest` chains it to all lines before."""

    position: int
    at: datetime
    actor: str
    kind: str
    subject: str
    data: str
    digest: str
