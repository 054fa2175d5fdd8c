"""I1, I2 and I9: every accepted alert has one disposition, and what fires is what was said."""

from collections import defaultdict
from collections.abc import Iterator
from math import inf

from covet_sre.alerting.alert import Alert, Cause, Verdict, joined_sayings
from covet_sre.alerting.matchers import matches_all
from covet_sre.alerting.report import Sayings
from covet_sre.engine.own_alerts import PUT_ASIDE
from covet_sre.incident.events import (
    US,
    FalseAlarm,
    Resolved,
)
from covet_sre.incident.incident import Incident
from covet_sre.incident.step import FORGET_SECONDS
from covet_sre.ports import Disposed
from tests.simulation.history import History
from tests.simulation.house import RULES

STALE_SECONDS = 12 * 3600.0


def conservation(history: History) -> Iterator[str]:
    """I1: every accepted alert has exactly one disposition, durably, within 30 s in which an engine could run."""
    found = dispositions(history)
    for number, accepted in history.accepted.items():
        made = found.get(number, [])
        if len(made) > 1:
            yield f"arrival {number} was disposed of {len(made)} times"
        at = made[0][0] if made else inf
        if accepted.at < inf and at > (limit := history.by_when(accepted.at)) and limit < history.ended:
            yield f"arrival {number}, accepted at {accepted.at:.3f}, had no disposition by {limit:.3f}"
        for _, disposed in made:
            if '"code": "store' in disposed.refusal:
                yield f"arrival {number} was refused for good because the store failed once: {disposed.refusal}"
            wanted = sorted(report.key for report in accepted.reports)
            if not accepted.poison and sorted(key for key, _ in disposed.alerts) != wanted:
                yield f"arrival {number} had {len(wanted)} alerts and {len(disposed.alerts)} dispositions"
            for key, disposition in disposed.alerts:
                if disposition.incident and disposition.incident not in history.ending.incidents:
                    yield f"alert {key} was attached to {disposition.incident}, which does not exist"


def same_state(history: History) -> Iterator[str]:
    """I2: what fires is the join of everything that was said, in whatever order; and each of it belongs somewhere."""
    said: dict[str, Sayings] = {}
    heard: dict[str, float] = {}
    forgotten: set[str] = set()
    for number, made in dispositions(history).items():
        for report in history.accepted[number].reports:
            said[report.key] = joined_sayings(said.get(report.key, ()), report)
            if made[0][0] - heard.get(report.key, inf) > FORGET_SECONDS - history.clock_grace - 3600.0:
                forgotten.add(report.key)
            heard[report.key] = max(heard.get(report.key, 0.0), made[0][0])
    for key in history.ending.alerts.keys() - said.keys():
        # Of what nothing could be made of, the desk itself speaks.
        if history.ending.alerts[key].name != PUT_ASIDE:
            yield f"alert {key} is kept, and nobody spoke of it"
    for key, sayings in said.items():
        alert = history.ending.alerts.get(key)
        fires = any(saying.fires_at(history.ended) for _, saying in sayings)
        is_firing = alert is not None and alert.is_firing
        lately = history.ended - heard[key] < STALE_SECONDS * 15 / 16 - history.clock_grace - 60.0
        if fires is not is_firing and (lately or is_firing) and key not in forgotten:
            yield f"alert {key} fires: {is_firing}; by what was said: {fires}"
        if alert is not None and is_firing and (why := _nowhere(history, alert)):
            yield f"alert {key} fires and belongs nowhere: {why}"


def _nowhere(history: History, alert: Alert) -> str:
    disposition = alert.disposition
    if disposition.verdict is Verdict.ATTACHED:
        incident = history.ending.incidents.get(disposition.incident)
        if incident is None:
            return f"there is no {disposition.incident}"
        return (
            "" if incident.state.is_open or _ended_by_hand(history, incident) else f"its incident is {incident.state}"
        )
    if disposition.cause is Cause.INHIBITION:
        firing = [one.labels for one in history.ending.alerts.values() if one.is_firing]
        inhibits = any(rule.inhibits(alert.labels, firing) for rule in RULES.inhibitions)
        return "" if inhibits else "nothing fires that inhibits it"
    silence = history.ending.silences.get(disposition.by)
    slack = 1.0 + history.clock_grace
    if silence is None or silence.ends_at < history.ended - slack:
        return f"it is suppressed by {disposition.by or disposition.verdict}, which is over"
    if not matches_all(silence.matchers, alert.labels):
        return f"it is suppressed by {disposition.by}, which does not match it"
    return ""


def _ended_by_hand(history: History, incident: Incident) -> bool:
    over = [one for one in history.ending.timelines[incident.identity] if isinstance(one.event, Resolved | FalseAlarm)]
    return bool(over) and over[-1].actor != US


def poison(history: History) -> Iterator[str]:
    """I9: what nothing can be made of is put aside after three tries, and only that; the others are not late (I1)."""
    found = dispositions(history)
    for number, accepted in history.accepted.items():
        made = found.get(number, [])
        aside = bool(made) and bool(made[0][1].quarantined)
        if aside and not accepted.poison:
            yield f"arrival {number} was put aside, and nothing is wrong with it"
        if accepted.poison and made and not aside:
            yield f"arrival {number} is poison and was disposed of"
    yield from (f"the desk stumbled: {what}" for what in history.stumbles)


def dispositions(history: History) -> dict[int, list[tuple[float, Disposed]]]:
    found: dict[int, list[tuple[float, Disposed]]] = defaultdict(list)
    for commit in history.commits:
        for disposed in commit.disposed:
            found[disposed.number].append((commit.at, disposed))
    return found
