"""Alerts and silences as Alertmanager shows them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import isinf
from typing import Any

from covet_sre.alerting.alert import Alert, Cause
from covet_sre.alerting.identity import REPLICA_LABELS
from covet_sre.alerting.labels import Labels, fingerprint
from covet_sre.alerting.silence import Silence, SilenceState
from covet_sre.api.alertmanager.filters import AlertFilter
from covet_sre.incident.rules import Rules

NOBODY = "covet-sre"
"""The receiver of services that belong to no team."""

_LATEST = 253402300799.0


class View:
    """What holds at one instant, for as many alerts as are asked for."""

    def __init__(self, rules: Rules, silences: Sequence[Silence], now: float) -> None:
        self._rules, self._now = rules, now
        active = [silence for silence in silences if silence.state(now) is SilenceState.ACTIVE]
        self._silences = sorted(active, key=lambda silence: silence.identity)
        self._receivers: dict[str, str] = {}

    def alert(self, alert: Alert, wanted: AlertFilter) -> dict[str, Any] | None:
        """An alert as it is shown, None when it is not among those that are wanted."""
        if not alert.fires_at(self._now) or not wanted.wants(alert.labels):
            return None
        silenced_by, inhibited_by = self._silenced_by(alert.labels), _inhibited_by(alert)
        receiver = self.receiver(alert.service)
        if not wanted.wants_state(silenced=bool(silenced_by), inhibited=bool(inhibited_by)):
            return None
        if not wanted.wants_receiver(receiver):
            return None
        shown = {
            "annotations": dict(alert.annotations),
            "endsAt": time_of(self._ends_at(alert)),
            "fingerprint": _fingerprint(alert),
            "receivers": [{"name": receiver}],
            "startsAt": time_of(alert.starts_at),
            "status": {
                "inhibitedBy": inhibited_by,
                "mutedBy": [],
                "silencedBy": silenced_by,
                "state": "suppressed" if silenced_by or inhibited_by else "active",
            },
            "updatedAt": time_of(alert.heard_at),
            "labels": dict(alert.labels),
        }
        return {**shown, "generatorURL": alert.link} if alert.link else shown

    def receiver(self, service: str) -> str:
        """The team that a service's alerts go to."""
        if service not in self._receivers:
            team = self._rules.team_of(service)
            self._receivers[service] = team.name if team else NOBODY
        return self._receivers[service]

    def _silenced_by(self, labels: Labels) -> list[str]:
        return [silence.identity for silence in self._silences if silence.silences(labels, self._now)]

    def _ends_at(self, alert: Alert) -> float:
        """Who sends no end says when it is over, or is taken for lost after a while."""
        return alert.heard_at + self._rules.timing.stale_seconds if isinf(alert.ends_at) else alert.ends_at


def _fingerprint(alert: Alert) -> str:
    """Of all its labels. Mostly it is what the alert is known by, and need not be worked out again."""
    is_key = "/" not in alert.key and not any(name in REPLICA_LABELS for name, _ in alert.labels)
    return alert.key if is_key else fingerprint(alert.labels)


def _inhibited_by(alert: Alert) -> list[str]:
    """The rule that keeps it quiet: Alertmanager names the alerts that do."""
    return [alert.disposition.by] if alert.disposition.cause is Cause.INHIBITION else []


def silence_item(silence: Silence, now: float) -> dict[str, Any]:
    """A silence as it is shown."""
    return {
        "id": silence.identity,
        "status": {"state": silence.state(now).value},
        "updatedAt": time_of(silence.updated_at),
        "comment": silence.reason,
        "createdBy": silence.author,
        "endsAt": time_of(silence.ends_at),
        "startsAt": time_of(silence.starts_at),
        "matchers": [
            {"isEqual": matcher.is_equal, "isRegex": matcher.is_regex, "name": matcher.name, "value": matcher.value}
            for matcher in silence.matchers
        ],
    }


def silences_in_order(silences: Sequence[Silence], now: float) -> list[Silence]:
    """Active ones first, the next to end before others; then pending ones, the next to begin first; then ended ones."""

    def place(silence: Silence) -> tuple[int, float]:
        match silence.state(now):
            case SilenceState.ACTIVE:
                return 0, silence.ends_at
            case SilenceState.PENDING:
                return 1, silence.starts_at
            case SilenceState.EXPIRED:
                return 2, -silence.ends_at

    return sorted(silences, key=place)


def time_of(at: float) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(min(max(at, 0.0), _LATEST), UTC)
    return f"{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
