"""What each command needs to be allowed, and whose the thing is that it changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from covet_sre.access.permission import Permission
from covet_sre.access.principal import INSTALLATION, Owner
from covet_sre.alerting.silence import Silence
from covet_sre.incident import facts
from covet_sre.incident import status_facts as facts_of_status
from covet_sre.incident.message_facts import MessageCommand, SubscribeToMessages, UnsubscribeFromMessages
from covet_sre.incident.role_facts import RoleCommand
from covet_sre.incident.rules import Rules

IncidentOf = Callable[[str], str | None]
"""The service of an incident; the incident of an alert. None where there is no such thing."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What has to be known to tell whose a thing is."""

    rules: Rules
    service_of_incident: IncidentOf
    incident_of_alert: IncidentOf
    silence: Callable[[str], Silence | None]
    told_of: Callable[[str], Sequence[str]] = lambda _identity: ()
    """The components that a public incident or maintenance is about; none where there is no such thing."""

    def owner(self, service: str) -> Owner:
        """A service with its team; the installation's where no service is known."""
        team = self.rules.team_of(service) if service else None
        return Owner(service, team.name if team else "") if service else INSTALLATION

    def owners_of_incidents(self, *identities: str) -> list[Owner]:
        """Of those that there are: what is not there is nobody's, and is not found."""
        services = [self.service_of_incident(identity) for identity in identities]
        return [self.owner(service) for service in services if service is not None]

    def owners_of_components(self, *identities: str) -> list[Owner]:
        """Of the services behind components of the status page; where there are none, it is the installation's."""
        page = self.rules.status_page
        wanted = set(identities)
        services = {name for one in page.components if one.identity in wanted for name in one.services} if page else ()
        return [self.owner(service) for service in sorted(services)] or [INSTALLATION]

    def owner_of_silence(self, silence: Silence) -> Owner:
        """Whose alerts are kept quiet: one service's, where an equality says so; else anybody's."""
        for matcher in silence.matchers:
            if matcher.is_equality and matcher.name == "service":
                return self.owner(matcher.value)
            if matcher.is_equality and matcher.name == "slo":
                return self.owner(self.rules.slos.get(matcher.value, ""))
        return INSTALLATION


def permission_of(command: facts.Command, known: Facts) -> tuple[Permission, list[Owner]]:
    """The permission, and every thing for which it is needed."""
    if isinstance(command, RoleCommand):
        return Permission.RESPOND, known.owners_of_incidents(command.incident)
    if isinstance(command, MessageCommand):
        return Permission.COMMUNICATE, known.owners_of_incidents(command.incident)
    match command:
        case facts.Declare():
            return Permission.RESPOND, [known.owner(command.service)]
        case SubscribeToMessages():
            # For oneself: whoever may look may be told.
            return Permission.READ, [INSTALLATION]
        case UnsubscribeFromMessages():
            # Whoever knows its identity: it stands in what they are sent, and cannot be guessed.
            return Permission.READ, []
        case facts.AcknowledgeAlert():
            return Permission.RESPOND, known.owners_of_incidents(known.incident_of_alert(command.key) or "")
        case facts.SetSilence():
            before = known.silence(command.silence.identity)
            return Permission.SILENCE, [known.owner_of_silence(one) for one in (command.silence, before) if one]
        case facts.ExpireSilence():
            silence = known.silence(command.identity)
            return Permission.SILENCE, [known.owner_of_silence(silence)] if silence else []
        case facts.EndReconciling():
            return Permission.OPERATE, [INSTALLATION]
        case facts.Merge():
            return Permission.RESPOND, known.owners_of_incidents(command.incident, command.into)
        case (
            facts.Acknowledge()
            | facts.AddNote()
            | facts.ChangeSeverity()
            | facts.Assign()
            | facts.Mitigate()
            | facts.Resolve()
            | facts.Close()
            | facts.CallFalseAlarm()
            | facts.Reopen()
            | facts.CorrectTime()
            | facts.Split()
        ):
            return Permission.RESPOND, known.owners_of_incidents(command.incident)
        case (
            facts_of_status.SubscribeToStatus()
            | facts_of_status.ConfirmStatusSubscription()
            | facts_of_status.UnsubscribeFromStatus()
        ):
            # Anybody may; what they are sent, and nobody else, confirms and ends it.
            return Permission.READ, []
        case facts_of_status.SetComponentState() | facts_of_status.ClearComponentState():
            return Permission.COMMUNICATE, known.owners_of_components(command.component)
        case facts_of_status.PublishIncident():
            return Permission.COMMUNICATE, known.owners_of_components(*(one for one, _ in command.components))
        case facts_of_status.ScheduleMaintenance():
            return Permission.COMMUNICATE, known.owners_of_components(*command.components)
        case facts_of_status.UpdatePublicIncident():
            touched = [one for one, _ in command.components]
            return Permission.COMMUNICATE, known.owners_of_components(*known.told_of(command.identity), *touched)
        case facts_of_status.CorrectPublicText() | facts_of_status.UpdateMaintenance():
            return Permission.COMMUNICATE, known.owners_of_components(*known.told_of(command.identity))
        case facts_of_status.RemoveStatusSubscriber():
            return Permission.COMMUNICATE, [INSTALLATION]
        case _:
            assert_never(command)
