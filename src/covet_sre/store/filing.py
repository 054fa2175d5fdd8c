"""Where each thing that a step changes is filed, and by what it is found."""

from collections.abc import Callable, Iterable

from sqlalchemy import TextClause
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.silence import Silence
from covet_sre.errors import StoreError
from covet_sre.incident.changes import Changes
from covet_sre.incident.events import Entry
from covet_sre.incident.identity import place_of
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Outgoing
from covet_sre.store import desk_statements as statements
from covet_sre.store.documents import Item, encode, fit, parts
from covet_sre.store.records import add_acts, put_records
from covet_sre.store.rows import Row, execute_rows


def write_changes(connection: Connection, changes: Changes, now: float) -> None:
    """Write all of it, inside a transaction. Raises StoreError where somebody else has written on a timeline."""
    try:
        _put(connection, statements.ADD_ENTRY, changes.entries, _entry_row)
    except IntegrityError as error:
        raise StoreError(
            "a timeline has an entry already where one was to be written",
            remedy="nothing of this step was written; the desk is laid out anew",
        ) from error
    _put(connection, statements.PUT_INCIDENT, changes.incidents.values(), lambda one: _incident_row(one, now))
    known = (alert for alert in changes.alerts.values() if alert is not None)
    _put(connection, statements.PUT_ALERT, known, lambda one: _alert_row(one, now))
    gone = (key for key, alert in changes.alerts.items() if alert is None)
    _put(connection, statements.FORGET_ALERT, gone, lambda key: {"key": fit(key)})
    _put(connection, statements.PUT_SILENCE, changes.silences.values(), _silence_row)
    _put(connection, statements.PUT_NOTIFICATION, changes.outgoing.values(), _notification_row)
    _put(connection, statements.PUT_NUMBER, changes.numbers.items(), lambda one: {"day": one[0], "number": one[1]})
    put_records(connection, changes.records)
    add_acts(connection, changes.acts)


def _put(connection: Connection, statement: TextClause, things: Iterable[Item], row: Callable[[Item], Row]) -> None:
    for part in parts(things):
        execute_rows(connection, statement, [row(thing) for thing in part])


def _entry_row(entry: Entry) -> Row:
    kind = type(entry.event)
    return {
        "incident": fit(entry.incident),
        "position": entry.position,
        "at": entry.at,
        "actor": fit(entry.actor),
        "kind": kind.__name__,
        "data": encode(kind, entry.event),
        "digest": entry.digest,
    }


def _incident_row(incident: Incident, now: float) -> Row:
    return {
        "identity": fit(incident.identity),
        "place": place_of(incident.identity),
        "service": fit(incident.service),
        "severity": incident.severity.value,
        "is_open": int(incident.state.is_open),
        "opened_at": incident.times.detected,
        "over_at": None if incident.state.is_open else now,
        "doc": encode(Incident, incident),
    }


def _alert_row(alert: Alert, now: float) -> Row:
    return {
        "key": fit(alert.key),
        "firing": int(alert.is_firing),
        "service": fit(alert.service),
        "incident": fit(alert.incident),
        "changed_at": now,
        "doc": encode(Alert, alert),
    }


def _silence_row(silence: Silence) -> Row:
    return {
        "identity": fit(silence.identity),
        "starts_at": silence.starts_at,
        "ends_at": silence.ends_at,
        "doc": encode(Silence, silence),
    }


def _notification_row(outgoing: Outgoing) -> Row:
    return {
        "key": fit(outgoing.key),
        "incident": fit(outgoing.incident),
        "target": fit(outgoing.current_target),
        "delivery": outgoing.delivery.value,
        "purpose": outgoing.purpose.value,
        "due_at": outgoing.due_at,
        "doc": encode(Outgoing, outgoing),
    }
