"""What was promised, held against a history. Each check gives the violations that it finds, in words."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tests.chaos.history import History, IncidentRow, Seen
from tests.chaos.load import Posted
from tests.chaos.people import KINDS
from tests.chaos.steps import step_violations

JOIN_SECONDS = 1800.0
_CLOCKS_DIFFER_SECONDS = 0.05
"""The database's clock has milliseconds, and a statement has one time."""

_VERDICTS = {"attached", "suppressed", "stale"}
_CLOSING = {"Resolved", "Closed", "FalseAlarm", "MergedInto"}


def violations(history: History) -> list[str]:
    """All of them, none where every promise was kept."""
    return [
        f"{check.__name__}: {found}"
        for check in (
            no_accepted_alert_is_lost,
            every_alert_has_one_disposition,
            alerts_are_as_their_senders_said,
            what_people_decided_is_done,
            no_double_incident,
            timelines_are_whole,
            every_step_is_taken,
            every_notification_is_settled,
            no_unexplained_duplicate,
            the_database_is_sound,
        )
        for found in check(history)
    ]


def no_accepted_alert_is_lost(history: History) -> Iterator[str]:
    kept = Counter(mark for arrival in history.arrivals for mark in arrival.marks)
    for posted in history.posted:
        if posted.was_accepted and kept[posted.mark] != 1:
            yield f"{posted.mark} by {posted.door} was accepted, and is in the inbox {kept[posted.mark]} times"
        elif kept[posted.mark] > 1:
            yield f"{posted.mark} by {posted.door} was sent once, and is in the inbox {kept[posted.mark]} times"


def every_alert_has_one_disposition(history: History) -> Iterator[str]:
    disposed = Counter(seen.name for seen in history.seen if seen.what == "arrival" and seen.state != "gone")
    gone = {seen.name for seen in history.seen if seen.what == "arrival" and seen.state == "gone"}
    sizes = {posted.mark: len(posted.alerts) for posted in history.posted}
    incidents = {incident.identity for incident in history.incidents}
    for arrival in history.arrivals:
        times = disposed[str(arrival.number)]
        if arrival.state != "done" or times != 1:
            yield f"arrival {arrival.number} of {arrival.source} is {arrival.state}, and was disposed of {times} times"
            continue
        given = arrival.result.get("alerts", [])
        expected = sum(sizes.get(mark, 0) for mark in arrival.marks)
        if arrival.marks and len(given) != expected:
            yield f"arrival {arrival.number} has {expected} alerts and {len(given)} dispositions"
        for key, disposition in given:
            if disposition["verdict"] not in _VERDICTS or not disposition["why"]:
                yield f"arrival {arrival.number}: {key} has the disposition {disposition}"
            if disposition["incident"] and disposition["incident"] not in incidents:
                yield f"arrival {arrival.number}: {key} belongs to {disposition['incident']}, which does not exist"
    for name in sorted(gone):
        yield f"arrival {name} has disappeared"


def alerts_are_as_their_senders_said(history: History) -> Iterator[str]:
    """Where the last thing that was said of an alert was accepted, and everything before it answered or over."""
    last: dict[str, Posted] = {}
    for posted in history.posted:
        for name, _ in posted.alerts:
            last[name] = posted
    firing = {alert.name: alert for alert in history.alerts if alert.is_firing}
    for name, posted in last.items():
        if not posted.was_accepted:
            continue
        fires, found = dict(posted.alerts)[name], firing.get(name.partition("/")[2])
        if fires != (found is not None):
            yield f"{name} {'fires' if fires else 'is over'} as {posted.mark} said last, and is kept otherwise"
        elif found is not None and found.verdict == "attached" and not found.incident:
            yield f"{name} is attached to no incident"


def what_people_decided_is_done(history: History) -> Iterator[str]:
    """And a note that was sent again with one key stands there once, unless a server was killed meanwhile: keys are
    remembered by the process (docs/api.md)."""
    done: dict[str, Counter[str]] = defaultdict(Counter)
    notes: Counter[tuple[str, str]] = Counter()
    for incident in history.incidents:
        done[incident.identity] = Counter(entry.kind for entry in incident.entries)
        notes.update((incident.identity, entry.data["text"]) for entry in incident.entries if entry.kind == "NoteAdded")
    for decided in history.decided:
        if decided.was_done and not done[decided.incident][KINDS[decided.what]]:
            yield f"{decided.incident}: somebody was told that it is done ({decided.what}), and its timeline lacks it"
        written = notes[decided.incident, decided.text]
        if decided.what == "note" and written > 1 and not _happened(history, decided.at, decided.ended):
            yield f"{decided.incident}: {decided.text} was written {written} times"


def no_double_incident(history: History) -> Iterator[str]:
    names = Counter(incident.identity for incident in history.incidents)
    yield from (f"{name} exists {count} times" for name, count in names.items() if count > 1)
    of_service: dict[str, list[IncidentRow]] = defaultdict(list)
    for incident in history.incidents:
        if incident.entries and incident.entries[0].kind == "Opened":
            of_service[incident.service].append(incident)
    for service, incidents in of_service.items():
        for later in incidents:
            began = later.entries[0].at
            for earlier in incidents:
                if earlier is not later and _could_be_joined(earlier, began, later.identity):
                    yield f"{service}: {later.identity} began while {earlier.identity} was open and could be joined"


def _could_be_joined(incident: IncidentRow, at: float, other: str) -> bool:
    """Whether it was open at `at`, and joined not long ago. What ended it at that very instant came before."""
    if (incident.entries[0].at, incident.identity) >= (at, other):
        return False
    is_open, joined_at = False, 0.0
    for entry in incident.entries:
        if entry.at > at:
            break
        if entry.kind in ("Opened", "Reopened"):
            is_open = True
        elif entry.kind in _CLOSING:
            is_open = False
        if entry.kind in ("Opened", "AlertJoined"):
            joined_at = entry.at
    return is_open and at - joined_at <= JOIN_SECONDS - 60.0


def timelines_are_whole(history: History) -> Iterator[str]:
    for incident in history.incidents:
        if not incident.is_whole:
            yield f"{incident.identity}: its timeline is broken, or does not fold to what is kept of it"
        if [entry.position for entry in incident.entries] != list(range(1, len(incident.entries) + 1)):
            yield f"{incident.identity}: its timeline has holes"
        if sum(entry.kind == "Opened" for entry in incident.entries) != 1:
            yield f"{incident.identity}: it was not opened once"
    for seen in history.seen:
        if seen.what == "timeline":
            yield f"an entry of {seen.name} was {seen.state}"


def every_step_is_taken(history: History) -> Iterator[str]:
    told: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    for row in history.notifications:
        if row.purpose == "trigger":
            told[row.incident][row.doc["episode"], row.doc["step"]] += 1
    for incident in history.incidents:
        yield from step_violations(incident, told[incident.identity], history)


def every_notification_is_settled(history: History) -> Iterator[str]:
    """Delivered, and then somebody had it; or given up or cancelled, with a word on the timeline."""
    attempts = attempts_of(history)
    had = {key for key, tries in attempts.items() if any(200 <= status < 300 for _, status in tries)}
    tried = set(attempts)
    told: dict[str, set[str]] = defaultdict(set)
    for incident in history.incidents:
        for entry in incident.entries:
            if entry.kind in ("Told", "NotTold"):
                told[entry.data["key"]].add(entry.kind)
    for row in history.notifications:
        is_local = row.target in history.local_targets
        match row.delivery:
            case "delivered":
                if not is_local and row.key not in had:
                    yield f"{row.key} is kept as delivered, and nobody had it"
                if "Told" not in told[row.key]:
                    yield f"{row.key} was delivered, and its timeline does not say so"
            case "cancelled" | "failed":
                if "NotTold" not in told[row.key]:
                    yield f"{row.key} is {row.delivery}, and its timeline does not say so"
                if row.delivery == "failed" and not is_local and row.key not in tried:
                    yield f"{row.key} is given up, and was never attempted"
            case other:
                yield f"{row.key} is still {other}, due {history.ended_at - row.due_at:.0f} s ago"
    known = {row.key for row in history.notifications}
    for key in sorted(tried - known):
        yield f"{key} came over the wire, and is not kept: it was sent before it was written"


def no_unexplained_duplicate(history: History) -> Iterator[str]:
    yield from (problem for _, _, problem in duplicates(history) if problem)


def duplicates(history: History) -> list[tuple[str, str, str]]:
    """Everything that somebody had more than once: the key, why (`unanswered`, `killed`), and what is wrong with it."""
    delivered_at: dict[str, float] = {}
    for seen in history.seen:
        if seen.what == "notification" and seen.state == "delivered":
            delivered_at.setdefault(seen.name, seen.at)
    found: list[tuple[str, str, str]] = []
    for key, tries in attempts_of(history).items():
        for (at, status), (again_at, _) in itertools.pairwise(tries):
            problem = ""
            if delivered_at.get(key, again_at) < again_at - _CLOCKS_DIFFER_SECONDS:
                problem = f"{key} was sent again {again_at - delivered_at[key]:.2f} s after it was kept as delivered"
            if status == 0:
                found.append((key, "unanswered", problem))
            elif 200 <= status < 300:
                if not problem and not _happened(history, at, again_at):
                    problem = f"{key} was taken, answered and sent again, and nothing happened in between"
                found.append((key, "killed", problem))
    return found


def attempts_of(history: History) -> dict[str, list[tuple[float, int]]]:
    """When each notification was on the wire, by itself or carried by another, and what was answered."""
    carried = _carried(history)
    attempts: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for wire in history.wires:
        attempts[wire.key].append((wire.at, wire.status))
        for began, ended, key in carried[wire.key]:
            if began <= wire.at + _CLOCKS_DIFFER_SECONDS and wire.at < ended:
                attempts[key].append((wire.at, wire.status))
    for tries in attempts.values():
        tries.sort()
    return attempts


def _carried(history: History) -> dict[str, list[tuple[float, float, str]]]:
    """By the notification that carries: from when until when it carried which."""
    told: dict[str, list[Seen]] = defaultdict(list)
    for seen in history.seen:
        if seen.what == "notification":
            told[seen.name].append(seen)
    carried: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for key, states in told.items():
        ends = [*(state.at for state in states[1:]), history.ended_at]
        for state, ended in zip(states, ends, strict=True):
            if state.state == "claimed" and state.lead:
                carried[state.lead].append((state.at, ended, key))
    return carried


def _happened(history: History, at: float, until: float) -> bool:
    return any(fault.at <= until and fault.until >= at - _CLOCKS_DIFFER_SECONDS for fault in history.faults)


def the_database_is_sound(history: History) -> Sequence[str]:
    return [] if history.is_sound else ["the database is damaged"]
