"""What must hold in every world: pure functions from a history to what is wrong with it. The numbers are those of
research/reliability.md; `end` is one more: whoever was asked hears how it ended."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from covet_sre.alerting.alert import Alert, Cause, Verdict, joined_sayings
from covet_sre.alerting.matchers import matches_all
from covet_sre.alerting.report import Sayings
from covet_sre.incident.events import (
    US,
    Acknowledged,
    EpisodeBegan,
    FalseAlarm,
    Opened,
    Reopened,
    Resolved,
    StepTaken,
    StepUnroutable,
    Told,
)
from covet_sre.incident.facts import Acknowledge
from covet_sre.incident.incident import Incident, after, begun, folded
from covet_sre.incident.outgoing import BEGINS_WITHIN_SECONDS, Delivery, Outcome, Purpose
from covet_sre.incident.plan import NO_PLAN
from covet_sre.incident.timeline import broken_at
from covet_sre.oncall.target import Channel, TargetKind
from covet_sre.ports import Disposed
from tests.simulation.escalations import check_steps
from tests.simulation.history import Attempt, History
from tests.simulation.house import RULES

JOIN_SECONDS, STALE_SECONDS = 1800.0, 12 * 3600.0
ACK_SECONDS = 2.0
OUTAGE_SECONDS = 120.0
EVERY_CHAIN = 16
"""The digests of a timeline are worked out again in every so many worlds: that is half of a world's time."""

Checker = Callable[[History], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Violation:
    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


def violations(history: History) -> list[Violation]:
    """Everything that is wrong with a history."""
    return [Violation(name, what) for name, checker in CHECKERS.items() for what in checker(history)]


# ------------------------------------------------------------ alerts in


def conservation(history: History) -> Iterator[str]:
    """I1: every accepted alert has exactly one disposition, durably, within 30 s in which an engine could run."""
    found = _dispositions(history)
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
    for number, made in _dispositions(history).items():
        for report in history.accepted[number].reports:
            said[report.key] = joined_sayings(said.get(report.key, ()), report)
            heard[report.key] = max(heard.get(report.key, 0.0), made[0][0])
    for key in history.ending.alerts.keys() - said.keys():
        yield f"alert {key} is kept, and nobody spoke of it"
    for key, sayings in said.items():
        alert = history.ending.alerts.get(key)
        fires = any(saying.fires_at(history.ended) for _, saying in sayings)
        is_firing = alert is not None and alert.is_firing
        lately = history.ended - heard[key] < STALE_SECONDS * 15 / 16 - history.clock_grace - 60.0
        if fires is not is_firing and (lately or is_firing):
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


# ------------------------------------------------------------ incidents


def one_incident(history: History) -> Iterator[str]:
    """I3: no incident begins beside an open one of its service that the alert could have joined (the last alert joined
    it within 30 minutes); no number and no place on a timeline is given twice; chains are whole, and folds are kept."""
    known: dict[str, Incident] = {}
    for commit in history.commits:
        for entry in commit.entries:
            if isinstance(entry.event, Opened):
                if entry.incident in known:
                    yield f"{entry.incident} began twice"
                    continue
                if entry.actor == US:
                    for other in known.values():
                        joinable = other.state.is_open and entry.at - other.joined_at <= JOIN_SECONDS
                        if joinable and other.service == entry.event.service:
                            yield f"{entry.incident} began although {other.identity} of the same service is open"
                known[entry.incident] = begun(entry)
            elif entry.incident not in known or entry.position != known[entry.incident].position + 1:
                yield f"{entry.incident} has no place {entry.position} to be written"
            else:
                known[entry.incident] = after(known[entry.incident], entry)
    for identity, incident in history.ending.incidents.items():
        if known.get(identity) != incident:
            yield f"{identity} is kept otherwise than its timeline tells"
        entries = history.ending.timelines[identity]
        if history.seed % EVERY_CHAIN == 0 and (broken_at(entries) is not None or folded(entries) != incident):
            yield f"the chain of {identity} is broken at {broken_at(entries)}"


# ------------------------------------------------------------ notifications


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
    if not known and attempt.claimed_at < before.row.claimed_until - history.clock_grace - 0.01:
        yield f"{key} was sent again at {attempt.began:.3f} while an attempt was under way"


def acknowledged(history: History) -> Iterator[str]:
    """I6: a command is answered after its commit; nobody is asked more than 2 s after an acknowledgement was answered;
    nobody but a person acknowledges."""
    committed = {number: made[0][0] for number, made in _dispositions(history).items()}
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
            began_at, plan = plans.get((row.incident, row.episode), (inf, None))
            if not attempt.asks or plan is None or not end <= attempt.began <= end + 30.0:
                continue
            if start <= began_at + plan.steps[row.step].due_seconds <= end - history.clock_grace:
                asked[row.incident, row.targets[0], row.person, row.channel].add(row.key)
        for (incident, target, person, _), keys in asked.items():
            if len(keys) > 1:
                yield f"{person or 'the team'} was asked {len(keys)} times by {target} about {incident} after an outage"
    yield from _asked_when_over(history)


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


# ------------------------------------------------------------ engines


def poison(history: History) -> Iterator[str]:
    """I9: what nothing can be made of is put aside after three tries, and only that; the others are not late (I1)."""
    found = _dispositions(history)
    for number, accepted in history.accepted.items():
        made = found.get(number, [])
        aside = bool(made) and bool(made[0][1].quarantined)
        if aside and not accepted.poison:
            yield f"arrival {number} was put aside, and nothing is wrong with it"
        if accepted.poison and made and not aside:
            yield f"arrival {number} is poison and was disposed of"
    yield from (f"the desk stumbled: {what}" for what in history.stumbles)


def in_time(history: History) -> Iterator[str]:
    """I14: no step is taken before it is due by the clock of who takes it, and none twice."""
    for identity, entries in history.ending.timelines.items():
        began_at, plan, episode = 0.0, NO_PLAN, 0
        passed_on: set[tuple[int, int]] = set()
        taken: Counter[tuple[int, int]] = Counter()
        for entry in entries:
            match entry.event:
                case EpisodeBegan(episode, plan, _):
                    began_at = entry.at
                case StepUnroutable(_, step, _):
                    # A step that was taken may turn out to reach nobody.
                    taken[episode, step] += (episode, step) not in taken
                    passed_on.add((episode, step + 1))
                case StepTaken(_, step, _):
                    taken[episode, step] += 1
                    is_early = entry.at < began_at + plan.steps[step].due_seconds - 0.001
                    if is_early and (episode, step) not in passed_on:
                        yield f"step {step} of {identity} was taken at {entry.at:.3f}, before it was due"
                case _:
                    pass
        yield from (f"step {one} of {identity} was taken {n} times" for one, n in taken.items() if n > 1)


def one_decides(history: History) -> Iterator[str]:
    """I15: who has lost the lease writes nothing, and two never hold it."""
    for commit in history.commits:
        if not commit.lawful:
            yield f"{commit.engine} wrote at {commit.at:.3f} without the lease"
    yield from history.two_holders


def quiet(history: History) -> Iterator[str]:
    """When the faults have stopped, everything that arrived is disposed of, and everything due has left."""
    if history.ending.waiting:
        yield f"{len(history.ending.waiting)} arrivals still wait"
    until = history.ended - 5.0 - history.clock_grace
    for key, outgoing in history.ending.outgoing.items():
        if not outgoing.delivery.is_over and outgoing.try_at < until:
            yield f"{key} is {outgoing.delivery} and was due at {outgoing.try_at:.3f}"


CHECKERS: dict[str, Checker] = {
    "I1": conservation,
    "I2": same_state,
    "I3": one_incident,
    "I4": check_steps,
    "I5": notified,
    "I6": acknowledged,
    "I7": caught_up,
    "I9": poison,
    "I14": in_time,
    "I15": one_decides,
    "quiet": quiet,
    "end": heard_the_end,
}


def _dispositions(history: History) -> dict[int, list[tuple[float, Disposed]]]:
    found: dict[int, list[tuple[float, Disposed]]] = defaultdict(list)
    for commit in history.commits:
        for disposed in commit.disposed:
            found[disposed.number].append((commit.at, disposed))
    return found


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
