"""The handbook's four roles around an incident, and what is asked of whoever holds one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Everybody holds at most one place in each; only experts are several."""

    COMMANDER = "commander"
    RESOLVER = "resolver"
    COMMUNICATIONS = "communications"
    EXPERT = "expert"


@dataclass(frozen=True, slots=True)
class Charter:
    """What a role is called, and its duties: a checklist. `is_single`: one person holds it at a time.

    `is_kept`: while the incident is open, whoever holds it hands it over and never just lays it down.
    """

    title: str
    short: str
    duties: tuple[str, ...]
    is_single: bool = True
    is_kept: bool = False


CHARTERS: Mapping[Role, Charter] = {
    Role.COMMANDER: Charter(
        "Incident Commander",
        "IC",
        ("Overall incident coordination", "Decision making authority", "Communication with stakeholders"),
        is_kept=True,
    ),
    Role.RESOLVER: Charter(
        "Primary Resolver",
        "PR",
        ("Technical investigation and resolution", "System changes and fixes", "Status updates to IC"),
    ),
    Role.COMMUNICATIONS: Charter(
        "Communications Lead",
        "CL",
        ("External communication", "Status page updates", "Customer notifications"),
    ),
    Role.EXPERT: Charter(
        "Subject Matter Expert",
        "SME",
        ("Domain-specific knowledge", "Technical guidance", "System expertise"),
        is_single=False,
    ),
}
"""The handbook's words. A SeverityPolicy may give other duties."""

Duties = Mapping[Role, Sequence[str]]

HANDBOOK_DUTIES: Duties = {role: charter.duties for role, charter in CHARTERS.items()}


def title_of(role: Role) -> str:
    return CHARTERS[role].title
