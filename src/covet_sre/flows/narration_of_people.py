"""A timeline's entries about people and what they told others, in words."""

from datetime import UTC, datetime
from typing import assert_never

from covet_sre.flows.telling import Telling, Tone
from covet_sre.incident.message_events import (
    ChannelArchived,
    ChannelMade,
    MessageEvent,
    MessageSent,
    UpdatePromised,
    UpdateReminded,
)
from covet_sre.incident.role_events import (
    DutyTicked,
    Joined,
    Left,
    RoleAsked,
    RoleDeclined,
    RoleEvent,
    RoleHandedOver,
    RoleLaidDown,
    RoleRequestEnded,
    RoleTaken,
)
from covet_sre.incident.roles import Role, title_of
from covet_sre.incident.templates import TEMPLATES


def telling_of_roles(event: RoleEvent) -> Telling:
    match event:
        case RoleTaken(role, person, domain, why):
            because = f": {why}" if why else ""
            return Telling(f"{person} is {named(role, domain)}{because}", "", Tone.PEOPLE, True)
        case RoleHandedOver(role, person, to, note, domain):
            return Telling(f"{person} handed over to {to}, who is {named(role, domain)}", note, Tone.PEOPLE, True)
        case RoleLaidDown(role, person, why):
            return Telling(f"{person} is not {title_of(role)} any more", why, Tone.PEOPLE, True)
        case RoleAsked(_, role, people, schedule, domain, note):
            whom = ", ".join(people) + (f" (on call, {schedule})" if schedule else "")
            return Telling(f"Asked {whom} to be {named(role, domain)}", note, Tone.PEOPLE, True)
        case RoleDeclined(_, role, person, why):
            return Telling(f"{person} declined to be {title_of(role)}", why, Tone.BAD, True)
        case RoleRequestEnded(_, role, why):
            return Telling(f"Nobody is asked to be {title_of(role)} any more", why)
        case DutyTicked(role, duty, done):
            return Telling(f"{title_of(role)}: {'done' if done else 'to be done after all'}", duty)
        case Joined(person):
            return Telling(f"{person} joined", "", Tone.PEOPLE, True)
        case Left(person):
            return Telling(f"{person} left", "", Tone.PEOPLE, True)
        case _:
            assert_never(event)


def telling_of_messages(event: MessageEvent) -> Telling:
    match event:
        case MessageSent(_, kind, text, audiences, _, public):
            also = f"\n\nOn the status page:\n{public}" if public else ""
            return Telling(
                f"{TEMPLATES[kind].title} sent to {', '.join(audiences)}", f"{text}{also}", Tone.PEOPLE, True
            )
        case UpdatePromised(due_at, why):
            return Telling(f"The next update is promised for {_clock(due_at)} UTC", why, Tone.PEOPLE, bool(why))
        case UpdateReminded(due_at, person, as_what):
            whom = f"{person} ({as_what}) was reminded" if person else "there was nobody to remind"
            return Telling(f"The update promised for {_clock(due_at)} UTC was due: {whom}", "", Tone.BAD, True)
        case ChannelMade(_, _, name):
            return Telling(f"The incident has a channel of its own, #{name}", "", Tone.PEOPLE, True)
        case ChannelArchived():
            return Telling("The incident's channel was archived")
        case _:
            assert_never(event)


def named(role: Role, domain: str) -> str:
    """A role with an expert's domain."""
    return f"{title_of(role)} ({domain})" if domain else title_of(role)


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
