"""Maintenance: announced, begun and ended by the desk's clock, with a silence where that is wanted."""

import re
from dataclasses import replace
from hashlib import sha256
from typing import assert_never

from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.silence import Silence, SilenceKind
from covet_sre.errors import NotFound, Refused
from covet_sre.incident.desk import Desk
from covet_sre.incident.silencing import expire_silence, set_silence
from covet_sre.incident.status_facts import ScheduleMaintenance, UpdateMaintenance
from covet_sre.incident.status_mailing import tell_subscribers
from covet_sre.incident.status_texts import page_of, refuse_leaks, refuse_old
from covet_sre.status.maintenance import Maintenance, MaintenanceStatus, MaintenanceUpdate, told
from covet_sre.status.page import StatusPage
from covet_sre.status.texts import checked_line, checked_text

_LONGEST_SECONDS = 14 * 86400.0
_FARTHEST_SECONDS = 366 * 86400.0
_LONGEST_REMINDER_SECONDS = 14 * 86400.0

BEGINS = "The scheduled maintenance is in progress."
ENDS = "The scheduled maintenance is completed."
BY_THE_CLOCK = "covet-sre"

_WORDS = {
    MaintenanceStatus.SCHEDULED: "Maintenance scheduled",
    MaintenanceStatus.IN_PROGRESS: "Maintenance in progress",
    MaintenanceStatus.VERIFYING: "Maintenance being verified",
    MaintenanceStatus.COMPLETED: "Maintenance completed",
}


def schedule(desk: Desk, command: ScheduleMaintenance, now: float) -> str:
    """Announce planned work. Raises Refused and NotFound."""
    page = page_of(desk)
    actor = checked_line(command.actor, "who does it", 100)
    title, text = checked_line(command.title, "the title"), checked_text(command.text, "the text")
    components = tuple(dict.fromkeys(page.component(one).identity for one in command.components))
    if not components:
        raise Refused("no component is named", remedy="say what is worked on")
    _check_times(command.starts_at, command.ends_at, now)
    if not 0 <= command.remind_seconds <= _LONGEST_REMINDER_SECONDS:
        raise Refused("the reminder is too early", remedy="remind at most two weeks before")
    confirmed = refuse_leaks(desk, (title, text), command.confirmed)
    update = MaintenanceUpdate(now, MaintenanceStatus.SCHEDULED, text, actor, confirmed)
    made = Maintenance(
        identity=_new_identity(desk, title, now),
        title=title,
        components=components,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        updates=(update,),
        # A reminder that would come at once is none.
        remind_seconds=command.remind_seconds if command.starts_at - command.remind_seconds > now else 0.0,
        changed_by=actor,
        changed_at=now,
    )
    if command.silence:
        made = _with_silence(desk, page, made, actor, now)
    _put(desk, page, made, now, notify=command.notify)
    return made.identity


def maintenance_changed(desk: Desk, command: UpdateMaintenance, now: float) -> str:
    """Tell how it goes on, or move it. Raises Refused and NotFound."""
    page = page_of(desk)
    before = desk.records(Maintenance).get(command.identity)
    if before is None:
        raise NotFound(f"there is no maintenance {command.identity}", remedy="see the list of the status page")
    actor = checked_line(command.actor, "who does it", 100)
    text = checked_text(command.text, "the text")
    refuse_old("the maintenance", command.version, before.version, before.changed_by)
    if _rank(command.status) < _rank(before.status):
        raise Refused(f"it is {before.status} already", remedy="schedule another one")
    starts_at = before.starts_at if command.starts_at is None else command.starts_at
    ends_at = before.ends_at if command.ends_at is None else command.ends_at
    moved = (starts_at, ends_at) != (before.starts_at, before.ends_at)
    if moved:
        _check_move(before, command.status, starts_at, ends_at, now)
    confirmed = refuse_leaks(desk, (before.title, text), command.confirmed)
    after = told(before, MaintenanceUpdate(now, command.status, text, actor, confirmed))
    after = replace(
        after, starts_at=starts_at, ends_at=ends_at, reminded=before.reminded and starts_at <= before.starts_at
    )
    if moved and before.silence:
        after = _with_silence(desk, page, after, actor, now)
    _put(desk, page, after, now, notify=command.notify)
    return before.identity


def go_on(desk: Desk, maintenance: Maintenance, now: float) -> None:
    """What the clock brings: a reminder, the beginning, the end; the times are those that were told."""
    page = desk.rules.status_page
    match maintenance.status:
        case MaintenanceStatus.SCHEDULED if maintenance.starts_at <= now:
            update = MaintenanceUpdate(maintenance.starts_at, MaintenanceStatus.IN_PROGRESS, BEGINS, BY_THE_CLOCK)
            _put(desk, page, replace(told(maintenance, update), changed_at=now), now, notify=True)
        case MaintenanceStatus.SCHEDULED:
            _remind(desk, page, replace(maintenance, reminded=True), now)
        case MaintenanceStatus.IN_PROGRESS | MaintenanceStatus.VERIFYING:
            update = MaintenanceUpdate(maintenance.ends_at, MaintenanceStatus.COMPLETED, ENDS, BY_THE_CLOCK)
            _put(desk, page, replace(told(maintenance, update), changed_at=now), now, notify=True)
        case MaintenanceStatus.COMPLETED:
            return
        case _:
            assert_never(maintenance.status)


def _remind(desk: Desk, page: StatusPage | None, maintenance: Maintenance, now: float) -> None:
    desk.put_record(maintenance)
    _notify(desk, page, maintenance, f"{maintenance.identity}-reminder-{maintenance.version}", "Maintenance soon", now)


def _put(desk: Desk, page: StatusPage | None, maintenance: Maintenance, now: float, *, notify: bool) -> None:
    silence = desk.silences.get(maintenance.silence)
    if maintenance.status is MaintenanceStatus.COMPLETED and silence is not None and silence.ends_at > now:
        expire_silence(desk, silence.identity, now)
    desk.put_record(maintenance)
    if notify:
        identity = f"{maintenance.identity}-{maintenance.version}"
        _notify(desk, page, maintenance, identity, _WORDS[maintenance.status], now)


def _notify(
    desk: Desk, page: StatusPage | None, maintenance: Maintenance, identity: str, word: str, now: float
) -> None:
    if page is None:
        return
    between = f"From {page.written_time(maintenance.starts_at)} to {page.written_time(maintenance.ends_at)}"
    names = page.names(maintenance.components)
    parts = [maintenance.updates[-1].text, f"{between}\nAffected: {', '.join(names)}"]
    link = f"{page.address}/maintenance/{maintenance.identity}.html"
    subject = f"{page.title}: {word}: {maintenance.title}"
    tell_subscribers(desk, identity, subject, "\n\n".join(parts), link, maintenance.components, now)


def _with_silence(desk: Desk, page: StatusPage, maintenance: Maintenance, actor: str, now: float) -> Maintenance:
    """With a silence over the same time, of the services behind its components."""
    services = {name for one in maintenance.components for name in page.component(one).services}
    if not services:
        raise Refused("no service is behind these components, so that nothing can be silenced", remedy="leave it out")
    digits = sha256(f"silence of {maintenance.identity}".encode()).hexdigest()
    # The form of a UUID, which programs that speak Alertmanager's API expect.
    identity = maintenance.silence or "-".join(
        (digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:32])
    )
    pattern = "|".join(re.escape(name) for name in sorted(services))
    set_silence(
        desk,
        Silence(
            identity,
            (LabelMatcher("service", pattern, is_regex=True),),
            maintenance.starts_at,
            maintenance.ends_at,
            actor,
            f"Maintenance told on the status page: {maintenance.title}",
            now,
            SilenceKind.MAINTENANCE,
        ),
        now,
    )
    return replace(maintenance, silence=identity)


def _check_times(starts_at: float, ends_at: float, now: float) -> None:
    if ends_at <= starts_at:
        raise Refused("it ends before it starts", remedy="set an end after the start")
    if ends_at <= now:
        raise Refused("it ends in the past", remedy="set an end in the future")
    if ends_at - starts_at > _LONGEST_SECONDS:
        raise Refused("it lasts longer than two weeks", remedy="announce the parts one after another")
    if starts_at - now > _FARTHEST_SECONDS:
        raise Refused("it starts in more than a year", remedy="announce it later")


def _check_move(before: Maintenance, status: MaintenanceStatus, starts_at: float, ends_at: float, now: float) -> None:
    if status is MaintenanceStatus.COMPLETED:
        raise Refused("what is completed is not moved", remedy="leave the times out")
    if before.status is not MaintenanceStatus.SCHEDULED and starts_at != before.starts_at:
        raise Refused("it has begun already", remedy="change its end alone")
    _check_times(starts_at, ends_at, now)


def _rank(status: MaintenanceStatus) -> int:
    return tuple(MaintenanceStatus).index(status)


def _new_identity(desk: Desk, title: str, now: float) -> str:
    number = 0
    while True:
        digits = sha256(f"maintenance\n{now!r}\n{number}\n{title}".encode("utf-8", "replace")).hexdigest()
        if digits[:12] not in desk.records(Maintenance):
            return digits[:12]
        number += 1
