"""The plan of an episode: who is told when, worked out once from the severity's response and the escalation policy."""

from dataclasses import dataclass

from covet_sre.incident.response import Response
from covet_sre.oncall.escalation import EscalationPolicy, Recipient, RecipientKind
from covet_sre.oncall.people import Team
from covet_sre.oncall.target import LOCAL_INBOX, Channel

_CATCH_ALL_AFTER_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """`due_seconds` after the episode began. `after_deadline`: because nobody acknowledged in time."""

    due_seconds: float
    channels: tuple[Channel, ...]
    recipients: tuple[Recipient, ...]
    after_deadline: bool = False
    is_catch_all: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are due. The last is the catch-all, for what nobody took on."""

    steps: tuple[PlannedStep, ...]


NO_PLAN = Plan(())


def make_plan(response: Response, deadline_seconds: float, policy: EscalationPolicy | None, team: Team | None) -> Plan:
    """What the handbook's table asks: the severity's channels at once, and what follows a missed deadline.

    A page goes through the escalation policy step by step; other channels go to the first step's people and the team.
    """
    first = policy.steps[0].recipients if policy and policy.steps else ()
    of_team = (Recipient(RecipientKind.TEAM, team.name),) if team else ()
    quiet = tuple(dict.fromkeys((*of_team, *first)))
    steps: list[PlannedStep] = []
    for channels, since, is_late in ((response.channels, 0.0, False), (response.missed, deadline_seconds, True)):
        others = tuple(channel for channel in channels if channel is not Channel.PAGE)
        if others:
            steps.append(PlannedStep(since, others, quiet, is_late))
        if Channel.PAGE in channels:
            steps += _pages(policy, since, is_late, of_team)
    steps.sort(key=lambda step: step.due_seconds)
    catch_all = policy.catch_all if policy and policy.catch_all else (LOCAL_INBOX.name,)
    targets = tuple(Recipient(RecipientKind.TARGET, name) for name in catch_all)
    last = steps[-1].due_seconds if steps else 0.0
    wait = policy.repeat_after_seconds if policy else _CATCH_ALL_AFTER_SECONDS
    return Plan((*steps, PlannedStep(last + wait, (Channel.PAGE,), targets, is_catch_all=True)))


def _pages(
    policy: EscalationPolicy | None, since: float, is_late: bool, of_team: tuple[Recipient, ...]
) -> list[PlannedStep]:
    if policy is None or not policy.steps:
        return [PlannedStep(since, (Channel.PAGE,), of_team, is_late)]
    pages: list[PlannedStep] = []
    due = since
    for turn in range(policy.repeat + 1):
        due += policy.repeat_after_seconds if turn else 0.0
        for step in policy.steps:
            due += step.delay_seconds
            pages.append(PlannedStep(due, (Channel.PAGE,), step.recipients, is_late))
    return pages
