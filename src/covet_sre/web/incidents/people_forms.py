"""What the forms about roles, participants and promises ask for, read without trusting them."""

from collections.abc import Callable, Mapping

from covet_sre.errors import Refused
from covet_sre.flows.acting import own_name
from covet_sre.incident.facts import Command
from covet_sre.incident.message_facts import PromiseUpdate
from covet_sre.incident.role_facts import (
    AnswerRoleRequest,
    AskForRole,
    AssignRole,
    HandOverRole,
    JoinIncident,
    LayDownRole,
    LeaveIncident,
    TickDuty,
    WithdrawRoleRequest,
)
from covet_sre.incident.roles import Role

Fields = Mapping[str, str]


def _text(fields: Fields, name: str) -> str:
    return fields.get(name, "").strip()


def _role(fields: Fields) -> Role:
    value = fields.get("role", "")
    if value not in set(Role):
        raise Refused(f"no such role: {value!r}", remedy=f"choose {', '.join(Role)}")
    return Role(value)


def _number(fields: Fields) -> int:
    value = fields.get("request", "")
    if not (value.isascii() and value.isdecimal() and len(value) < 8):
        raise Refused("the form does not say which request it answers", remedy="open the incident again")
    return int(value)


PEOPLE_COMMANDS: Mapping[str, Callable[[str, str, Fields], Command]] = {
    "role-take": lambda incident, actor, fields: AssignRole(
        incident, actor, _role(fields), _text(fields, "person") or own_name(actor), _text(fields, "domain")
    ),
    "role-ask": lambda incident, actor, fields: AskForRole(
        incident,
        actor,
        _role(fields),
        _text(fields, "person"),
        "" if _text(fields, "person") else _text(fields, "schedule"),
        _text(fields, "domain"),
        _text(fields, "note"),
    ),
    "role-answer": lambda incident, actor, fields: AnswerRoleRequest(
        incident, actor, _number(fields), fields.get("accepts") == "1", _text(fields, "why"), _text(fields, "person")
    ),
    "role-withdraw": lambda incident, actor, fields: WithdrawRoleRequest(
        incident, actor, _number(fields), _text(fields, "why")
    ),
    "role-hand-over": lambda incident, actor, fields: HandOverRole(
        incident, actor, _role(fields), _text(fields, "person"), _text(fields, "to"), _text(fields, "note")
    ),
    "role-lay-down": lambda incident, actor, fields: LayDownRole(
        incident, actor, _role(fields), _text(fields, "person"), _text(fields, "why")
    ),
    "duty": lambda incident, actor, fields: TickDuty(
        incident, actor, _role(fields), fields.get("duty", ""), done=fields.get("done") == "1"
    ),
    "join": lambda incident, actor, _: JoinIncident(incident, actor, own_name(actor)),
    "leave": lambda incident, actor, _: LeaveIncident(incident, actor, own_name(actor)),
    "promise": lambda incident, actor, fields: PromiseUpdate(
        incident, actor, _text(fields, "at"), _text(fields, "why")
    ),
}
"""By the last part of the address. What changed meanwhile is told by the desk itself: it knows who holds what."""
