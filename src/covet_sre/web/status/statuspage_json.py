"""The JSON that Atlassian Statuspage answers under /api/v2/, so that what reads its pages reads ours.

The shape is that of its public documentation ("Status API", every page of theirs has it at /api): field for field, with
the same types; docs/status-page.md says where ours has nothing to tell.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from covet_sre.status.maintenance import Maintenance, MaintenanceStatus
from covet_sre.status.public_incident import PublicIncident, PublicStatus
from covet_sre.status.standing import ComponentStanding, Standing
from covet_sre.status.states import DESCRIPTIONS, ComponentState

MOST = 50
"""Of incidents and of maintenance: the latest."""

Document = dict[str, Any]


def documents(standing: Standing) -> Mapping[str, bytes]:
    """Every answer, by its path below /api/v2/."""
    shape = _Shape(standing)
    upcoming = [one for one in standing.maintenances if one.status is MaintenanceStatus.SCHEDULED]
    active = [one for one in standing.maintenances if one.status.is_running]
    unresolved = {"incidents": [shape.incident(one) for one in standing.unresolved]}
    components = {"components": shape.components()}
    status = {"status": shape.status()}
    answers: Mapping[str, Document] = {
        "summary": {**components, **unresolved, **shape.maintenances([*active, *upcoming]), **status},
        "status": status,
        "components": components,
        "incidents": {"incidents": [shape.incident(one) for one in standing.incidents[:MOST]]},
        "incidents/unresolved": unresolved,
        "scheduled-maintenances": shape.maintenances([*standing.maintenances[:MOST]]),
        "scheduled-maintenances/upcoming": shape.maintenances(upcoming),
        "scheduled-maintenances/active": shape.maintenances(active),
    }
    return {f"{path}.json": _bytes({"page": shape.page(), **answer}) for path, answer in answers.items()}


class _Shape:
    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._page_id = standing.page.name
        self._zone = ZoneInfo(standing.page.time_zone)
        self._components = {
            one.component.identity: self._component(one, number)
            for number, one in enumerate(standing.components, start=1)
        }

    def page(self) -> Document:
        page = self._standing.page
        return {
            "id": self._page_id,
            "name": page.title,
            "url": page.address,
            "time_zone": page.time_zone,
            "updated_at": _time(self._standing.changed_at or self._standing.at),
        }

    def status(self) -> Document:
        return {"indicator": self._standing.indicator.value, "description": DESCRIPTIONS[self._standing.worst]}

    def components(self) -> list[Document]:
        """The components, and their groups, which Statuspage counts among them."""
        found: list[Document] = []
        groups: dict[str, list[ComponentStanding]] = {}
        for one in self._standing.components:
            if one.component.group:
                groups.setdefault(one.component.group, []).append(one)
            found.append(self._components[one.component.identity])
        return found + [self._group(name, members) for name, members in groups.items()]

    def incident(self, incident: PublicIncident) -> Document:
        monitoring = [update.at for update in incident.updates if update.status is PublicStatus.MONITORING]
        updates = [self._update(incident, number) for number in range(len(incident.updates), 0, -1)]
        return {
            "id": incident.identity,
            "name": incident.title,
            "status": incident.status.value,
            "created_at": _time(incident.began_at),
            "updated_at": _time(incident.changed_at),
            "monitoring_at": _time(monitoring[-1]) if monitoring else None,
            "resolved_at": None if incident.resolved_at is None else _time(incident.resolved_at),
            "impact": incident.impact.value,
            "shortlink": f"{self._standing.page.address}/incidents/{incident.identity}.html",
            "started_at": _time(incident.began_at),
            "page_id": self._page_id,
            "incident_updates": updates,
            "components": self._known(incident.components),
        }

    def maintenances(self, maintenances: list[Maintenance]) -> Document:
        return {"scheduled_maintenances": [self._maintenance(one) for one in maintenances]}

    def _maintenance(self, one: Maintenance) -> Document:
        updates = [
            _update_item(f"{one.identity}/{number}", one.identity, update.status.value, update.text, update.at, None)
            for number, update in enumerate(one.updates, start=1)
        ]
        return {
            "id": one.identity,
            "name": one.title,
            "status": one.status.value,
            "created_at": _time(one.updates[0].at),
            "updated_at": _time(one.changed_at),
            "monitoring_at": None,
            "resolved_at": None if one.completed_at is None else _time(one.completed_at),
            "impact": "maintenance",
            "shortlink": f"{self._standing.page.address}/maintenance/{one.identity}.html",
            "started_at": _time(one.began_at or one.starts_at),
            "page_id": self._page_id,
            "incident_updates": updates[::-1],
            "components": self._known(one.components),
            "scheduled_for": _time(one.starts_at),
            "scheduled_until": _time(one.ends_at),
        }

    def _update(self, incident: PublicIncident, number: int) -> Document:
        update = incident.updates[number - 1]
        before, names = dict(incident.states_after(number - 1)), self._components
        affected = [
            {
                "code": component,
                "name": names[component]["name"],
                "old_status": before.get(component, ComponentState.OPERATIONAL).value,
                "new_status": state.value,
            }
            for component, state in update.states
            if component in names
        ]
        identity = f"{incident.identity}/{number}"
        return _update_item(identity, incident.identity, update.status.value, update.text, update.at, affected or None)

    def _known(self, identities: tuple[str, ...]) -> list[Document]:
        return [self._components[one] for one in identities if one in self._components]

    def _component(self, one: ComponentStanding, position: int) -> Document:
        component = one.component
        first = next((day.day for day in one.uptime.days if day.known > 0), one.uptime.days[0].day)
        since = component.since or first
        began = datetime(since.year, since.month, since.day, tzinfo=self._zone).timestamp()
        return {
            "id": component.identity,
            "name": component.name,
            "status": one.state.value,
            "created_at": _time(began),
            "updated_at": _time(max(one.changed_at or began, began)),
            "position": position,
            "description": component.description or None,
            "showcase": True,
            "start_date": component.since.isoformat() if component.since else None,
            "group_id": _identity(f"group/{component.group}") if component.group else None,
            "page_id": self._page_id,
            "group": False,
            "only_show_if_degraded": False,
        }

    def _group(self, name: str, members: list[ComponentStanding]) -> Document:
        items = [self._components[one.component.identity] for one in members]
        worst = max((one.state for one in members), key=lambda state: state.rank)
        return {
            "id": _identity(f"group/{name}"),
            "name": name,
            "status": worst.value,
            "created_at": min(item["created_at"] for item in items),
            "updated_at": max(item["updated_at"] for item in items),
            "position": items[0]["position"],
            "description": None,
            "showcase": False,
            "start_date": None,
            "group_id": None,
            "page_id": self._page_id,
            "group": True,
            "only_show_if_degraded": False,
            "components": [item["id"] for item in items],
        }


def _update_item(
    identity: str, incident: str, status: str, text: str, at: float, affected: list[Document] | None
) -> Document:
    when = _time(at)
    return {
        "id": _identity(identity),
        "status": status,
        "body": text,
        "incident_id": incident,
        "created_at": when,
        "updated_at": when,
        "display_at": when,
        "affected_components": affected,
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _identity(text: str) -> str:
    """Twelve characters, as Statuspage has them."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def _time(at: float) -> str:
    """As Statuspage writes it, in UTC: 2026-11-26T18:40:00.000Z."""
    return f"{datetime.fromtimestamp(round(at, 3), UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def _bytes(document: Document) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
