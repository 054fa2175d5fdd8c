"""To whom one of the three messages may go: targets of the files, stakeholders, and the incident's own channel."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from covet_sre.incident.incident import Incident
from covet_sre.incident.rules import Rules
from covet_sre.incident.stakeholders import StakeholderList, Subscription, interested
from covet_sre.incident.templates import MessageKind
from covet_sre.oncall.escalation import Reach, Recipient, RecipientKind
from covet_sre.oncall.target import Channel, NotificationTarget, TargetKind

SUBSCRIBERS, OWN_CHANNEL = "subscribers", "channel"
"""Keys of audiences; `target:NAME` and `list:NAME` are the others."""

_WORDS = {TargetKind.SLACK: "Slack", TargetKind.EMAIL: "e-mail", TargetKind.WEBHOOK: "webhook"}
_CHANNELS = {TargetKind.EMAIL: Channel.EMAIL}


@dataclass(frozen=True, slots=True)
class Audience:
    """`is_usual`: whoever sends means it unless they say otherwise. `told` is how many there are."""

    key: str
    label: str
    detail: str
    is_usual: bool
    told: int = 1


@dataclass(frozen=True, slots=True)
class Ear:
    """One way in which the message leaves. `unsubscribe` is the path at which its recipient ends it."""

    reach: Reach
    unsubscribe: str = ""


def audiences_of(
    rules: Rules, incident: Incident, kind: MessageKind, subscriptions: Iterable[Subscription]
) -> tuple[Audience, ...]:
    """Everything that can be chosen, the usual first."""
    found: list[Audience] = []
    if incident.said.channel and not incident.said.channel_is_over:
        found.append(Audience(OWN_CHANNEL, f"#{incident.said.channel_name}", "the incident's channel", is_usual=True))
    team = rules.team_of(incident.service)
    usual = {*team.targets.get(Channel.SLACK, ()), *team.targets.get(Channel.EMAIL, ())} if team else set[str]()
    for name, target in sorted(rules.directory.targets.items()):
        if target.kind in _WORDS and can_be_told(target):
            found.append(Audience(f"target:{name}", name, _WORDS[target.kind], is_usual=name in usual))
    for one in _lists(rules, incident, kind):
        count = len(one.targets) + len(one.people) + len(one.emails)
        found.append(Audience(f"list:{one.name}", one.title, f"stakeholders, {count}", is_usual=True, told=count))
    count = len(interested(subscriptions, incident.service, incident.severity, kind))
    if count:
        found.append(Audience(SUBSCRIBERS, "Subscribers", f"people who asked, {count}", is_usual=True, told=count))
    return tuple(sorted(found, key=lambda one: not one.is_usual))


def ears(
    rules: Rules, incident: Incident, kind: MessageKind, keys: Iterable[str], all_of: Iterable[Subscription], now: float
) -> list[Ear]:
    """Everybody whom the chosen audiences mean, once for each target and address."""
    found: dict[tuple[str, str], Ear] = {}
    for key in keys:
        for ear in _ears(rules, incident, kind, key, all_of, now):
            found.setdefault((ear.reach.targets[0], ear.reach.address), ear)
    return list(found.values())


def can_be_told(target: NotificationTarget) -> bool:
    """Whether a target knows by itself whom it tells: a mailbox needs a recipient."""
    return target.kind is not TargetKind.EMAIL or bool(target.settings.get("to"))


def _lists(rules: Rules, incident: Incident, kind: MessageKind) -> Iterator[StakeholderList]:
    for one in rules.stakeholders.values():
        if one.interest.covers(incident.service, incident.severity, kind):
            yield one


def _ears(
    rules: Rules, incident: Incident, kind: MessageKind, key: str, all_of: Iterable[Subscription], now: float
) -> Iterator[Ear]:
    sort, _, name = key.partition(":")
    targets = rules.directory.targets
    if key == OWN_CHANNEL and incident.said.channel:
        yield Ear(Reach(Channel.SLACK, (incident.said.channel_target,), "", incident.said.channel))
    elif key == SUBSCRIBERS:
        for one in interested(all_of, incident.service, incident.severity, kind):
            if one.target in targets:
                channel = _channel(targets[one.target])
                yield Ear(Reach(channel, (one.target,), one.person, one.address), one.link)
    elif sort == "target" and name in targets:
        yield Ear(Reach(_channel(targets[name]), (name,)))
    elif sort == "list" and name in rules.stakeholders:
        yield from _of_list(rules, rules.stakeholders[name], incident, now)


def _of_list(rules: Rules, one: StakeholderList, incident: Incident, now: float) -> Iterator[Ear]:
    directory = rules.directory
    for name in one.targets:
        if name in directory.targets:
            yield Ear(Reach(_channel(directory.targets[name]), (name,)))
    for address in one.emails:
        if one.through in directory.targets:
            yield Ear(Reach(Channel.EMAIL, (one.through,), "", address))
    team = rules.team_of(incident.service)
    for person in one.people:
        recipient = Recipient(RecipientKind.PERSON, person)
        ways = [
            way for channel in (Channel.EMAIL, Channel.SLACK) for way in directory.reach(recipient, channel, now, team)
        ]
        yield from (Ear(way) for way in ways[:1])


def _channel(target: NotificationTarget) -> Channel:
    return _CHANNELS.get(target.kind, Channel.SLACK)
