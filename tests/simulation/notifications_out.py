"""I5, I6, I7, and `end`: how often, when and until when people are told."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import inf

from covet_sre.incident.asking import LATE_SECONDS
from covet_sre.incident.events import (
    Acknowledged,
    EpisodeBegan,
    FalseAlarm,
    Reopened,
    Resolved,
    StepHeld,
    StepTaken,
    Told,
)
from covet_sre.incident.facts import Acknowledge
from covet_sre.incident.outgoing import BEGINS_WITHIN_SECONDS, Delivery, Outcome, Purpose
from covet_sre.incident.plan import NO_PLAN, Plan
from covet_sre.oncall.target import Channel, TargetKind
from tests.simulation.alerts_in import dispositions
from tests.simulation.history import Attempt, History

ACK_SECONDS = 2.0
OUTAGE_SECONDS = 120.0

Plans = Mapping[tuple[str, int], tuple[float, Plan]]
"""By incident and episode, when it began and what it planned."""


def notified(history: History) -> Iterator[str]:
    """I5: an attempt is committed before it begins; the next begins only when the one before came back without success,
    or was not heard of for the time of a claim; every attempt has the same key."""
    delivered = _delivered(history)
    for key, attempts in _by_row(history).items():
        if len({attempt.key for attempt in attempts}) > 1:
            yield f"{key} was sent under {len({attempt.key for attempt in attempts})} keys"
        for attempt in attempts:
            if attempt.claimed_at > attempt.began:
                yield f"{key} began before it was committed"
        for before, attempt in pairwise(attempts):
            yield from _sent_again(history, key, before, attempt, delivered.get(key, inf))
    took = {(one.row.key, one.row.current_target) for one in history.attempts if one.took}
    leads = history.leads()
    took |= {(key, target) for key, carried_by in leads.items() for lead, target in took if lead in carried_by}
    by_row = _by_row(history)
    for key, at in delivered.items():
        attempts = [one for carrier in (key, *leads.get(key, ())) for one in by_row.get(carrier, [])]
        outcomes = [one.outcome for one in attempts if one.heard_at <= at]
        if Outcome.DELIVERED not in outcomes:
            yield f"{key} is recorded as delivered, and no target ever said so"

    for entries in history.ending.timelines.values():
        for entry in entries:
            if isinstance(entry.event, Told) and (entry.event.key, entry.event.target) not in took:
                yield f"{entry.event.key} is told as delivered to {entry.event.target}, which did not take it"


def _sent_again(history: History, key: str, before: Attempt, attempt: Attempt, delivered_at: float) -> Iterator[str]:
    if delivered_at < attempt.claimed_at:
        yield f"{key} was sent again at {attempt.began:.3f} after it was recorded as delivered"
    if history.clock_grace and attempt.claimed_at < before.claimed_at:
        # It was claimed first, by a process that was then stopped while its clock was set back.
        return
    known = before.heard_at < attempt.claimed_at
    if known and before.outcome is Outcome.DELIVERED and before.engine == attempt.engine:
        yield f"{key} was sent again at {attempt.began:.3f} by {attempt.engine}, which knew that it was delivered"
    is_dead = history.alone and history.died.get(before.engine, inf) <= attempt.claimed_at
    if not known and not is_dead and attempt.claimed_at < before.row.claimed_until - history.clock_grace - 0.01:
        yield f"{key} was sent again at {attempt.began:.3f} while an attempt was under way"


def acknowledged(history: History) -> Iterator[str]:
    """I6: a command is answered after its commit; nobody is asked more than 2 s after an acknowledgement was answered;
    nobody but a person acknowledges."""
    committed = {number: made[0][0] for number, made in dispositions(history).items()}
    people: set[tuple[str, str]] = set()
    for number, accepted in history.accepted.items():
        if accepted.answered < committed.get(number, inf):
            yield f"command {number} was answered at {accepted.answered:.3f}, before it was committed"
        if isinstance(accepted.command, Acknowledge):
            people.add((accepted.command.incident, accepted.command.actor))
            if accepted.answer and accepted.answered < inf:
                yield from _asked_after(
                    history, accepted.command.incident, committed.get(number, inf), accepted.answered
                )
    for identity, entries in history.ending.timelines.items():
        for entry in entries:
            is_ack = isinstance(entry.event, Acknowledged) and entry.event.via == "page"
            if is_ack and (identity, entry.actor) not in people:
                yield f"{identity} was acknowledged in the name of {entry.actor}, who did not"


def _asked_after(history: History, incident: str, committed: float, answered: float) -> Iterator[str]:
    episode = _episode_at(history, incident, committed)
    for attempt in history.attempts:
        row = attempt.row
        asks = (
            attempt.asks and row.incident == incident and row.episode <= episode and row.channel is not Channel.TICKET
        )
        if asks and attempt.began > answered + ACK_SECONDS and not _was_stopped(history, attempt, answered):
            yield f"{row.key} began at {attempt.began:.3f}, and {incident} was acknowledged at {answered:.3f}"


def _episode_at(history: History, incident: str, committed: float) -> int:
    """The episode in which an acknowledgement that was committed then stands."""
    episode = 0
    for commit in history.commits:
        if commit.at > committed:
            break
        for entry in commit.entries:
            if entry.incident == incident and isinstance(entry.event, EpisodeBegan):
                episode = entry.event.episode
            if commit.at == committed and entry.incident == incident and isinstance(entry.event, Acknowledged):
                return episode
    return episode


def _was_stopped(history: History, attempt: Attempt, answered: float) -> bool:
    """Whether the attempt was decided before, by a process that was then stopped: it is on record as such."""
    in_time = attempt.began - attempt.claimed_at <= BEGINS_WITHIN_SECONDS + history.clock_grace
    return (
        attempt.claimed_at <= answered
        and in_time
        and any(
            engine == attempt.engine and start <= attempt.began and end >= attempt.claimed_at
            for engine, start, end in history.pauses
        )
    )


def caught_up(history: History) -> Iterator[str]:
    """I7: after an outage each (incident, target, person) is asked at most once for what was due; of what is over,
    nobody is asked."""
    plans = {
        (identity, entry.event.episode): (entry.at, entry.event.plan)
        for identity, entries in history.ending.timelines.items()
        for entry in entries
        if isinstance(entry.event, EpisodeBegan)
    }
    for start, end in history.outages(OUTAGE_SECONDS):
        asked: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
        for attempt in history.attempts:
            row = attempt.row
            began_at, plan = plans.get((row.incident, row.episode), (inf, NO_PLAN))
            if not attempt.asks or not plan.steps or not end <= attempt.began <= end + 30.0:
                continue
            if start <= began_at + plan.steps[row.step].due_seconds <= end - history.clock_grace:
                asked[row.incident, row.targets[0], row.person, row.channel].add(row.key)
        for (incident, target, person, _), keys in asked.items():
            if len(keys) > 1:
                yield f"{person or 'the team'} was asked {len(keys)} times by {target} about {incident} after an outage"
        yield from _replayed(history, plans, start, end)
    yield from _asked_when_over(history)


def _replayed(history: History, plans: Plans, start: float, end: float) -> Iterator[str]:
    """Of the steps that fell due in an outage the last is taken; a step that a silence held is another matter."""
    late: Counter[tuple[str, int]] = Counter()
    for commit in history.commits:
        for entry in commit.entries:
            if end <= commit.at <= end + 30.0 and isinstance(entry.event, StepTaken):
                began_at, plan = plans[entry.incident, entry.event.episode]
                step = plan.steps[entry.event.step]
                due = began_at + step.due_seconds
                was_held = any(isinstance(one.event, StepHeld) for one in history.ending.timelines[entry.incident])
                if start <= due < entry.at - LATE_SECONDS and not step.is_catch_all and not was_held:
                    late[entry.incident, entry.event.episode] += 1
    for (incident, _), number in late.items():
        if number > 1:
            yield f"{number} steps of {incident} that fell due in an outage were replayed"


def _asked_when_over(history: History) -> Iterator[str]:
    changes: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for commit in history.commits:
        for entry in commit.entries:
            if isinstance(entry.event, Resolved | FalseAlarm):
                changes[entry.incident].append((commit.at, False))
            elif isinstance(entry.event, Reopened):
                changes[entry.incident].append((commit.at, True))
    for attempt in history.attempts:
        if attempt.asks:
            states = [is_open for at, is_open in changes[attempt.row.incident] if at <= attempt.claimed_at]
            if states and not states[-1]:
                yield f"{attempt.row.key} was sent at {attempt.began:.3f}, and it was over"


def heard_the_end(history: History) -> Iterator[str]:
    """Whoever a pager asked, whether it told us or not, hears from us that it is over."""
    took: dict[tuple[str, str, str, Purpose], float] = {}
    for attempt in history.attempts:
        row = attempt.row
        if attempt.took:
            took[row.incident, row.current_target, row.person, row.purpose] = attempt.began
    refused = {
        (row.incident, row.current_target, row.person)
        for row in history.ending.outgoing.values()
        if row.purpose is Purpose.RESOLVE and row.delivery is Delivery.FAILED
    }
    for (identity, target, person, purpose), at in took.items():
        incident = history.ending.incidents[identity]
        hears = history.directory.targets[target].kind is TargetKind.PAGERDUTY
        if purpose is not Purpose.TRIGGER or not hears or incident.state.is_open:
            continue
        if (
            took.get((identity, target, person, Purpose.RESOLVE), -1.0) < at
            and (identity, target, person) not in refused
        ):
            yield f"{target} asked {person} about {identity} at {at:.3f} and never heard that it is {incident.state}"


def _by_row(history: History) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in history.attempts:
        found[attempt.row.key].append(attempt)
    return found


def _delivered(history: History) -> dict[str, float]:
    found: dict[str, float] = {}
    for commit in history.commits:
        for outgoing in commit.outgoing:
            if outgoing.delivery is Delivery.DELIVERED:
                found.setdefault(outgoing.key, commit.at)
    return found
