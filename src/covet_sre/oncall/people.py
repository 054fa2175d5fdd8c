"""People and teams, and how they are reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from covet_sre.errors import Location
from covet_sre.oncall.contact_rules import ContactStep, Urgency
from covet_sre.oncall.target import Channel


@dataclass(frozen=True, slots=True)
class Person:
    """`contacts` name the targets that reach this one person, by channel, in the order in which they are tried.

    `addresses` are what those targets need to know: `email`, `slack` (a member id). `steps` are the person's own rules,
    which count before `contacts`.
    """

    name: str
    display_name: str
    contacts: Mapping[Channel, tuple[str, ...]] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[Urgency, tuple[ContactStep, ...]] = field(default_factory=dict)
    zone: str = ""
    """Where the person lives, an IANA name: when it is night for them. Empty where the files do not say."""


@dataclass(frozen=True, slots=True)
class Team:
    """Members, the team's own targets by channel (its Slack channel, its list of tickets), and its escalation."""

    name: str
    display_name: str
    members: tuple[Person, ...] = ()
    targets: Mapping[Channel, tuple[str, ...]] = field(default_factory=dict)
    escalation: str = ""
    location: Location = field(default_factory=lambda: Location(""))
