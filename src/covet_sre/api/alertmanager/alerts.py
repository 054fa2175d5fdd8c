"""GET of alerts: in pages, or all of them as a stream, so that neither time to the first nor memory grows with them."""

import json
from collections.abc import Iterator
from typing import Any

from covet_sre.api.alertmanager.filters import AlertFilter
from covet_sre.api.alertmanager.view import View
from covet_sre.flows.incidents import Incidents

_PAGE = 1000
MOST_AT_ONCE = 10_000


def view_of(incidents: Incidents) -> View:
    """As it is now."""
    return View(incidents.rules(), incidents.silences(), incidents.now())


def alerts_after(
    incidents: Incidents, wanted: AlertFilter, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """At most so many of those that are wanted behind a key, and the key behind which there are more."""
    view = view_of(incidents)
    found: list[dict[str, Any]] = []
    while True:
        size = min(limit - len(found), _PAGE)
        alerts = incidents.alerts(firing=True, after=after, limit=size)
        found += (item for alert in alerts if (item := view.alert(alert, wanted)) is not None)
        if len(alerts) < size:
            return found, None
        after = alerts[-1].key
        if len(found) >= limit:
            return found, after


def pages_of_all(incidents: Incidents, wanted: AlertFilter) -> Iterator[bytes]:
    """A JSON array of all that are wanted, a piece at a time."""
    after: str | None = None
    before = b"["
    while True:
        items, after = alerts_after(incidents, wanted, after, _PAGE)
        piece = ",".join(json.dumps(item, separators=(",", ":")) for item in items).encode()
        if piece:
            yield before + piece
            before = b","
        if after is None:
            yield b"[]" if before == b"[" else b"]"
            return


def groups_of(incidents: Incidents, wanted: AlertFilter) -> list[dict[str, Any]]:
    """All that are wanted by team and service, which is how they are told of here."""
    view = view_of(incidents)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    after: str | None = None
    while True:
        alerts = incidents.alerts(firing=True, after=after, limit=_PAGE)
        for alert in alerts:
            if (item := view.alert(alert, wanted)) is not None:
                groups.setdefault((view.receiver(alert.service), alert.service), []).append(item)
        if len(alerts) < _PAGE:
            return [
                {"alerts": items, "labels": {"service": service}, "receiver": {"name": receiver}}
                for (receiver, service), items in sorted(groups.items())
            ]
        after = alerts[-1].key
