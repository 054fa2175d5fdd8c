"""A public text as the public would see it, before it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from covet_sre.incident import status_facts as facts
from covet_sre.status.leaks import Leak
from covet_sre.status.maintenance import Maintenance, MaintenanceStatus, MaintenanceUpdate, told
from covet_sre.status.public_incident import PublicIncident, PublicUpdate, updated
from covet_sre.status.standing import Standing
from covet_sre.web.status.public_pages import PublicShell, StoryView, Views
from covet_sre.web.status.site import style_name

Previewed = facts.PublishIncident | facts.UpdatePublicIncident | facts.ScheduleMaintenance | facts.UpdateMaintenance


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """The public page of it. `fields` are the form's, to be sent on to `action`, or back to be changed."""

    shell: PublicShell
    story: StoryView
    is_maintenance: bool
    leaks: tuple[Leak, ...]
    action: str
    fields: tuple[tuple[str, str], ...]
    confirmed: str


def preview_page(
    standing: Standing,
    command: Previewed,
    before: PublicIncident | Maintenance | None,
    leaks: tuple[Leak, ...],
    action: str,
    fields: Mapping[str, str],
) -> PreviewPage:
    """`before` is what an update is about."""
    views = Views(standing, style_name())
    match command, before:
        case facts.PublishIncident(), _:
            update = PublicUpdate(standing.at, command.status, command.text, command.components)
            story = views.incident(PublicIncident("preview", command.title, command.impact, (update,)))
        case facts.UpdatePublicIncident(), PublicIncident():
            update = PublicUpdate(standing.at, command.status, command.text, command.components)
            impact = command.impact or before.impact
            story = views.incident(updated(before, update, command.title.strip() or before.title, impact))
        case facts.UpdateMaintenance(), Maintenance():
            after = told(before, MaintenanceUpdate(standing.at, command.status, command.text))
            starts_at, ends_at = command.starts_at or before.starts_at, command.ends_at or before.ends_at
            story = views.maintenance(replace(after, starts_at=starts_at, ends_at=ends_at))
        case facts.ScheduleMaintenance(), _:
            first = MaintenanceUpdate(standing.at, MaintenanceStatus.SCHEDULED, command.text)
            times = command.starts_at, command.ends_at
            story = views.maintenance(Maintenance("preview", command.title, command.components, *times, (first,)))
        case _:
            raise TypeError(f"{type(command).__name__} goes with what it is about")
    is_maintenance = isinstance(command, facts.ScheduleMaintenance | facts.UpdateMaintenance)
    kept = tuple((name, value) for name, value in fields.items() if name not in ("csrf", "confirmed", "action"))
    shell = replace(views.shell(f"Preview: {story.title}", "/status/"), subscribe="")
    return PreviewPage(shell, story, is_maintenance, leaks, action, kept, fields.get("confirmed", ""))
