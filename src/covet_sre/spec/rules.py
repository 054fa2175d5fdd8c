"""Everything that the files say about alerts, people and incidents, as one value."""

from collections.abc import Iterable

from covet_sre.incident.rules import Rules
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.target import TargetKind
from covet_sre.slo.objective import Objective
from covet_sre.spec.business_hours import business_hours
from covet_sre.spec.escalations import escalations, look_at_escalations
from covet_sre.spec.findings import Findings
from covet_sre.spec.heartbeats import expected_heartbeats, sent_heartbeats
from covet_sre.spec.inhibitions import inhibitions
from covet_sre.spec.library import Library
from covet_sre.spec.notification_targets import notification_targets
from covet_sre.spec.people import People, people, teams
from covet_sre.spec.schedules import schedules
from covet_sre.spec.services import WrittenService, service_rules
from covet_sre.spec.severities import severity_policies
from covet_sre.spec.stakeholders import stakeholder_lists
from covet_sre.spec.status_pages import status_page


def rules(library: Library, services: list[WrittenService], objectives: Iterable[Objective]) -> Rules:
    """The rules, whole if nothing was found to be an error."""
    everybody = people(library)
    policies = escalations(library, everybody)
    directory = Directory(
        people=everybody.by_name,
        teams=teams(library, everybody),
        schedules=schedules(library, everybody),
        escalations=policies.policies,
        targets=notification_targets(library),
        business_hours=business_hours(library),
    )
    objectives = tuple(objectives)
    found = Rules(
        directory=directory,
        services=service_rules(library, services),
        severities=severity_policies(library),
        inhibitions=inhibitions(library),
        heartbeats=expected_heartbeats(library),
        sent_heartbeats=sent_heartbeats(library),
        stakeholders=stakeholder_lists(library, everybody, directory.targets),
        slos={objective.name: objective.service for objective in objectives},
        status_page=status_page(library, objectives, dict(directory.targets)),
    )
    # What an error left out would only look as if it were missing.
    if not library.findings.has_errors:
        look_at_escalations(policies, directory, library.findings)
        _look_at_addresses(everybody, directory, library.findings)
    return found


def _look_at_addresses(everybody: People, directory: Directory, findings: Findings) -> None:
    """Warn of people whom an e-mail target is to reach that does not know where."""
    for person in directory.people.values():
        if person.addresses.get("email"):
            continue
        for channel, names in person.contacts.items():
            for index, name in enumerate(names):
                target = directory.targets[name]
                if target.kind is TargetKind.EMAIL and not target.settings.get("to"):
                    spot = everybody.spots[person.name] / "contacts" / channel.value / index
                    problem = f"{name!r} is to write to {person.name}, whose address is not known"
                    findings.warning(spot, "address-missing", problem, f"add email to the member {person.name}")
