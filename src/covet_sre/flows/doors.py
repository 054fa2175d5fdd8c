"""Every address there is, and what one has to be allowed to use it. What does not stand here is no address.

The check here is whether somebody may do such a thing at all; whose incident or silence it is, is looked at when it is
known (`flows/permissions_of.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from covet_sre.access.permission import Permission


class Open(StrEnum):
    """Addresses that nobody needs a permission for."""

    PUBLIC = "public"
    """Anybody: what is meant for everybody, and how one signs in."""
    WORLD = "the world"
    """The status page: who is signed in makes no difference there, and nothing that tells it is looked at."""
    LINK = "link"
    """Whoever holds the link: it is signed or secret, for one thing, and expires or can be revoked."""
    HOOK = "hook"
    """Programs that prove themselves by a signature or a secret of their own, else by a token that may `ingest`."""
    SIGNED_IN = "signed in"
    """Everybody who is known, about themselves."""


Need = Permission | Open


@dataclass(frozen=True, slots=True)
class Door:
    """One method of one address; `{name}` stands for one part of it, `{name:path}` at its end for everything below."""

    method: str
    path: str
    need: Need


def _doors(need: Need, *named: str) -> Iterable[Door]:
    for one in named:
        method, path = one.split()
        yield Door(method, path, need)


DOORS: tuple[Door, ...] = (
    *_doors(
        Open.PUBLIC,
        "GET /healthz",
        "GET /readyz",
        "GET /-/ready",
        "GET /-/healthy",
        "GET /static/{name}",
        "GET /favicon.ico",
        "GET /sign-in",
        "POST /sign-in",
        "POST /sign-in/provider",
        "GET /sign-in/provider/return",
    ),
    *_doors(
        Open.WORLD,
        "GET /status",
        "GET /status/{path:path}",
        "GET /status/subscribe",
        "POST /status/subscribe",
        "GET /status/confirm/{identity}/{token}",
        "POST /status/confirm/{identity}/{token}",
        "GET /status/unsubscribe/{identity}/{key}",
        "POST /status/unsubscribe/{identity}/{key}",
    ),
    *_doors(
        Open.LINK,
        "GET /ack/{token}",
        "POST /ack/{token}",
        "GET /subscriptions/{subscription}/end",
        "POST /subscriptions/{subscription}/end",
        "GET /calendar/{token}.ics",
        "GET /oncall-test/{token}",
        "POST /oncall-test/{token}",
    ),
    *_doors(
        Open.HOOK,
        "POST /hooks/alertmanager",
        "POST /hooks/grafana",
        "POST /hooks/pagerduty/v2/enqueue",
        "POST /hooks/cloudevents",
        "POST /hooks/alerts",
        "POST /api/v2/alerts",
        "POST /hooks/slack/interactions",
        "POST /hooks/slack/commands",
        "POST /hooks/pagerduty/v3",
    ),
    *_doors(
        Open.SIGNED_IN,
        "POST /sign-out",
        "GET /account",
        "POST /account/password",
        "POST /account/sessions/end",
        "POST /account/tokens",
        "POST /account/tokens/{identity}/revoke",
        "GET /api/v1/me",
    ),
    *_doors(
        Permission.READ,
        "GET /",
        "GET /slos",
        "GET /slos/{name}",
        "GET /services",
        "GET /services/{name}",
        "GET /incidents",
        "GET /incidents/{identity}",
        "GET /alerts",
        "GET /silences",
        "GET /live",
        "GET /metrics",
        "GET /openapi.json",
        "GET /api/v1/services",
        "GET /api/v1/slos",
        "GET /api/v1/slos/{name}",
        "GET /api/v1/slos/{name}/history",
        "GET /api/v1/slos/{name}/minutes",
        "GET /api/v1/slos/{name}/adjustments",
        "GET /api/v1/alerts",
        "GET /api/v1/sources",
        "GET /api/v1/incidents",
        "GET /api/v1/incidents/{identity}",
        "GET /incidents/{identity}/communications/{kind}",
        "GET /api/v1/incidents/{identity}/roles",
        "GET /api/v1/incidents/{identity}/participants",
        "GET /api/v1/incidents/{identity}/communications",
        "GET /api/v1/incidents/{identity}/communications/draft",
        "GET /subscriptions",
        "POST /subscriptions",
        "GET /api/v1/subscriptions",
        "POST /api/v1/subscriptions",
        "DELETE /api/v1/subscriptions/{subscription}",
        "GET /api/v1/inbox",
        "GET /api/v1/oncall",
        "GET /api/v1/oncall/load",
        "GET /api/v1/oncall/schedules/{name}",
        "GET /api/v1/oncall/people/{name}",
        "GET /api/v1/oncall/calendars",
        "POST /api/v1/oncall/preview",
        "GET /oncall",
        "GET /oncall/{name}",
        "GET /oncall/people/{name}",
        "GET /oncall-preview",
        "POST /oncall-preview",
        "GET /api/v1/silences",
        "GET /api/v2/alerts",
        "GET /api/v2/alerts/groups",
        "GET /api/v2/silences",
        "GET /api/v2/silence/{identity}",
        "GET /api/v2/receivers",
        "GET /api/v2/status",
    ),
    *_doors(
        Permission.RESPOND,
        "POST /incidents",
        "POST /incidents/{identity}/{action}",
        "POST /api/v1/incidents",
        "POST /api/v1/incidents/{identity}/acknowledge",
        "POST /api/v1/incidents/{identity}/assign",
        "POST /api/v1/incidents/{identity}/notes",
        "POST /api/v1/incidents/{identity}/severity",
        "POST /api/v1/incidents/{identity}/mitigate",
        "POST /api/v1/incidents/{identity}/resolve",
        "POST /api/v1/incidents/{identity}/close",
        "POST /api/v1/incidents/{identity}/false-alarm",
        "POST /api/v1/incidents/{identity}/reopen",
        "POST /api/v1/incidents/{identity}/times",
        "POST /api/v1/incidents/{identity}/split",
        "POST /api/v1/incidents/{identity}/merge",
        "POST /api/v1/incidents/{identity}/roles",
        "POST /api/v1/incidents/{identity}/roles/ask",
        "POST /api/v1/incidents/{identity}/roles/answer",
        "POST /api/v1/incidents/{identity}/roles/withdraw",
        "POST /api/v1/incidents/{identity}/roles/hand-over",
        "POST /api/v1/incidents/{identity}/roles/lay-down",
        "POST /api/v1/incidents/{identity}/roles/duties",
        "POST /api/v1/incidents/{identity}/participants",
        "POST /api/v1/incidents/{identity}/participants/leave",
    ),
    *_doors(
        Permission.COMMUNICATE,
        "POST /incidents/{identity}/communications/{kind}",
        "POST /api/v1/incidents/{identity}/communications",
        "POST /api/v1/incidents/{identity}/communications/draft",
        "POST /api/v1/incidents/{identity}/communications/promise",
    ),
    *_doors(
        Permission.SILENCE,
        "POST /silences",
        "POST /silences/{identity}/expire",
        "POST /api/v1/silences",
        "DELETE /api/v1/silences/{identity}",
        "POST /api/v2/silences",
        "DELETE /api/v2/silence/{identity}",
    ),
    *_doors(
        Permission.READ,
        "GET /status-page",
        "GET /status-page/incidents/{identity}",
        "GET /status-page/maintenance/{identity}",
        "GET /api/v1/status-page",
        "GET /api/v1/status-page/files",
        "GET /api/v1/status-page/incidents/{identity}",
        "GET /api/v1/status-page/maintenances/{identity}",
    ),
    *_doors(
        Permission.COMMUNICATE,
        "POST /status-page/preview",
        "POST /status-page/incidents",
        "POST /status-page/incidents/{identity}/updates",
        "POST /status-page/incidents/{identity}/texts/{number}",
        "POST /status-page/maintenance",
        "POST /status-page/maintenance/{identity}/updates",
        "POST /status-page/components/{identity}",
        "POST /status-page/components/{identity}/clear",
        "GET /status-page/subscribers",
        "POST /status-page/subscribers/{identity}/remove",
        "POST /api/v1/status-page/check",
        "POST /api/v1/status-page/incidents",
        "POST /api/v1/status-page/incidents/{identity}/updates",
        "PUT /api/v1/status-page/incidents/{identity}/updates/{number}",
        "POST /api/v1/status-page/maintenances",
        "POST /api/v1/status-page/maintenances/{identity}/updates",
        "POST /api/v1/status-page/components/{identity}",
        "DELETE /api/v1/status-page/components/{identity}",
        "GET /api/v1/status-page/subscribers",
        "DELETE /api/v1/status-page/subscribers/{identity}",
    ),
    *_doors(
        Permission.ONCALL,
        "POST /oncall/{name}/{action}",
        "POST /oncall/people/{name}/{action}",
        "POST /oncall-calendars",
        "POST /oncall-calendars/{identity}/revoke",
        "POST /api/v1/oncall/schedules/{name}/overrides",
        "DELETE /api/v1/oncall/overrides/{identity}",
        "POST /api/v1/oncall/schedules/{name}/swaps",
        "POST /api/v1/oncall/swaps/{identity}/answer",
        "DELETE /api/v1/oncall/swaps/{identity}",
        "PUT /api/v1/oncall/schedules/{name}/handoff",
        "POST /api/v1/oncall/schedules/{name}/import",
        "PUT /api/v1/oncall/people/{name}/contacts",
        "POST /api/v1/oncall/people/{name}/contacts/{target}/code",
        "POST /api/v1/oncall/people/{name}/contacts/{target}/verify",
        "POST /api/v1/oncall/tests/{schedule}/{person}/{start}/answer",
        "POST /api/v1/oncall/calendars",
        "DELETE /api/v1/oncall/calendars/{identity}",
    ),
    *_doors(
        Permission.POLICY,
        "POST /slos/{name}/adjustments",
        "POST /api/v1/slos/{name}/adjustments",
        "DELETE /api/v1/slos/{name}/adjustments/{identity}",
    ),
    *_doors(Permission.TEST, "POST /api/v1/targets/{name}/test"),
    *_doors(
        Permission.OPERATE,
        "POST /demo/faults/{name}",
        "GET /api/v1/operating",
        "POST /api/v1/operating/backup",
        "POST /api/v1/operating/verify",
        "POST /api/v1/operating/reconciled",
    ),
    *_doors(Permission.AUDIT, "GET /settings/audit", "GET /api/v1/audit"),
    *_doors(
        Permission.ACCESS,
        "GET /settings/access",
        "POST /settings/users",
        "POST /settings/users/{name}",
        "POST /settings/tokens",
        "POST /settings/tokens/{identity}/revoke",
        "GET /api/v1/users",
        "POST /api/v1/users",
        "PATCH /api/v1/users/{name}",
        "GET /api/v1/tokens",
        "POST /api/v1/tokens",
        "DELETE /api/v1/tokens/{identity}",
    ),
)


class Doors:
    """Finds the door of a request. HEAD goes through the door of GET."""

    def __init__(self, doors: Sequence[Door] = DOORS) -> None:
        self._plain: dict[tuple[str, str], Door] = {}
        self._templates: dict[tuple[str, int], list[tuple[tuple[str, ...], Door]]] = {}
        self._below: list[tuple[str, Door]] = []
        for door in doors:
            if door.path.endswith(":path}"):
                self._below.append((door.path.rpartition("{")[0], door))
            elif "{" in door.path:
                parts = tuple("" if part.startswith("{") else part for part in door.path.split("/"))
                self._templates.setdefault((door.method, len(parts)), []).append((parts, door))
            else:
                self._plain[door.method, door.path] = door
        for listed in self._templates.values():
            # What is more particular counts first.
            listed.sort(key=lambda one: one[0][1:].count(""))

    def find(self, method: str, path: str) -> Door | None:
        method = "GET" if method == "HEAD" else method
        if (plain := self._plain.get((method, path))) is not None:
            return plain
        parts = path.split("/")
        for template, door in self._templates.get((method, len(parts)), ()):
            if all(wanted in ("", part) for wanted, part in zip(template, parts, strict=True)):
                return door
        below = (door for prefix, door in self._below if door.method == method and path.startswith(prefix))
        return next(below, None)

    def is_address(self, path: str) -> bool:
        """Whether any method has a door there."""
        return any(self.find(method, path) for method in ("GET", "POST", "DELETE", "PATCH", "PUT"))


def undeclared(routes: Iterable[tuple[str, str]], doors: Sequence[Door] = DOORS) -> tuple[list[str], list[str]]:
    """Of an application's (method, path): those that no door declares, and the doors that no route has."""
    served = {(method, _nameless(path)) for method, path in routes if method not in ("HEAD", "OPTIONS")}
    declared = {(door.method, _nameless(door.path)) for door in doors}
    named = {(method, _nameless(path)): f"{method} {path}" for method, path in routes}
    missing = sorted(named[one] for one in served - declared)
    idle = sorted(f"{door.method} {door.path}" for door in doors if (door.method, _nameless(door.path)) not in served)
    return missing, idle


def _nameless(path: str) -> str:
    """Two spellings of a parameter are one address."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
