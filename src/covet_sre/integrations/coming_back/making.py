"""The readers of everything that comes back, with the secrets of the declared targets."""

from collections.abc import Mapping

from covet_sre.flows.coming_back import Readers
from covet_sre.integrations.coming_back.pagerduty import PagerDutyEvents
from covet_sre.integrations.coming_back.signing import signing_secrets
from covet_sre.integrations.coming_back.slack import SlackCommands, SlackInteractions
from covet_sre.integrations.notifying.opening import ReadFile
from covet_sre.oncall.target import NotificationTarget, TargetKind
from covet_sre.ports import Clock


def make_readers(
    targets: Mapping[str, NotificationTarget], environment: Mapping[str, str], read_file: ReadFile, clock: Clock
) -> Readers:
    """A missing secret is told when something comes back, and keeps nothing else from working."""
    slack = signing_secrets(TargetKind.SLACK, targets, environment, read_file, clock)
    pagerduty = signing_secrets(TargetKind.PAGERDUTY, targets, environment, read_file, clock)
    return Readers(SlackInteractions(slack), SlackCommands(slack), PagerDutyEvents(pagerduty))
