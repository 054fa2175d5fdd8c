"""Commands as arrivals: what people decide is kept before it is answered, like every alert."""

import json
from dataclasses import fields
from typing import Any, get_args

from pydantic import TypeAdapter

from covet_sre.access.audit import Act
from covet_sre.errors import CovetSreError, NotFound, Refused
from covet_sre.incident.facts import Command
from covet_sre.ports import Arrival

SOURCE = "command"

_KINDS: dict[str, Any] = {kind.__name__: kind for kind in get_args(Command)}
_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def as_arrival(command: Command, received_at: float) -> Arrival:
    """The command, to be kept."""
    name = type(command).__name__
    body = json.dumps({"kind": name, "command": _adapter(name).dump_python(command, mode="json")})
    return Arrival(SOURCE, body.encode(), received_at, note=name)


def as_act(command: Command, subject: str, at: float) -> Act:
    """The command that was carried out, for the audit record. `subject` is what it made or changed."""
    name = type(command).__name__
    said = _adapter(name).dump_python(command, mode="json")
    # The record is kept for ever, and shown: addresses of strangers and tokens are none of its business.
    said |= {one.name: "…" for one in fields(command) if one.metadata.get("private")}
    actor = getattr(command, "actor", "") or getattr(getattr(command, "silence", None), "author", "")
    return Act(at, actor, name, subject, json.dumps(said, sort_keys=True))


def command_in(body: bytes) -> Command:
    """The command that was kept. Raises ValueError for what none of ours wrote."""
    said = json.loads(body)
    return _adapter(said["kind"]).validate_python(said["command"])


def refusal_text(error: CovetSreError) -> str:
    """A refusal, to be kept with the arrival."""
    return json.dumps({"code": error.code, "problem": error.problem, "remedy": error.remedy})


def refusal_in(text: str) -> CovetSreError:
    """The refusal that was kept, to be raised."""
    said = json.loads(text)
    kind = NotFound if said["code"] == NotFound.code else Refused
    return kind(said["problem"], remedy=said["remedy"])


def _adapter(name: str) -> TypeAdapter[Any]:
    if name not in _ADAPTERS:
        _ADAPTERS[name] = TypeAdapter(_KINDS[name])
    return _ADAPTERS[name]
