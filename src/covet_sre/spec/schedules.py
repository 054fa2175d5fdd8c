"""Schedule documents -> schedules."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from covet_sre.oncall.coverage import first_hole
from covet_sre.oncall.layer import EVERY_DAY, MINUTES_PER_DAY, Hours, Layer
from covet_sre.oncall.layered import LayeredSchedule, Override
from covet_sre.oncall.rotation import Rotation, TurnUnit
from covet_sre.oncall.wall_clock import first_instant
from covet_sre.oncall.wall_clock import wall_time as shown_at
from covet_sre.spec import oncall_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.clock_times import delay_seconds, minute_of_day, wall_time, weekday_numbers
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.library import Entry, Library
from covet_sre.spec.people import People
from covet_sre.spec.windows import is_zone

_UNITS = {"h": TurnUnit.HOUR, "d": TurnUnit.DAY, "w": TurnUnit.WEEK, "M": TurnUnit.MONTH}


def schedules(library: Library, people: People) -> dict[str, LayeredSchedule]:
    """Every schedule that has no error, by name."""
    reader = _ScheduleReader(people, library.findings)
    found = [reader.schedule(entry, model) for entry, model in library.all_of(documents.Schedule)]
    return {schedule.name: schedule for schedule in found if schedule}


@dataclass(slots=True)
class _ScheduleReader:
    people: People
    findings: Findings

    def schedule(self, entry: Entry[documents.Schedule], model: documents.Schedule) -> LayeredSchedule | None:
        spec, spot, before = model.spec, entry.spot / "spec", len(self.findings.found)
        read_annotations("Schedule", model.metadata.annotations, entry.spot / "metadata", self.findings)
        has_zone = is_zone(spec.time_zone, spot / "timeZone", self.findings)
        layers = [self._layer(layer, index, spot / "layers" / index) for index, layer in enumerate(spec.layers)]
        names = [layer.name for layer in layers if layer]
        for index, name in enumerate(names):
            if name in names[:index]:
                here, problem = spot / "layers" / index, f"two layers are called {name}"
                self.findings.error(here, "reference-ambiguous", problem, "rename one of them")
        zone = ZoneInfo(spec.time_zone) if has_zone else ZoneInfo("UTC")
        overrides = [self._override(each, zone, spot / "overrides" / n) for n, each in enumerate(spec.overrides)]
        if len(self.findings.found) > before:
            return None
        schedule = LayeredSchedule(
            name=entry.name,
            zone=spec.time_zone,
            layers=tuple(layer for layer in layers if layer),
            overrides=tuple(override for override in overrides if override),
            location=entry.spot.location,
            tells_at_start=spec.tell_at_start,
            test_page_seconds=_delay(spec.test_page_at_start, spot / "testPageAtStart", self.findings),
        )
        self._look_for_holes(schedule, zone, spot)
        return schedule

    def _layer(self, written: documents.ScheduleLayer, index: int, spot: Spot) -> Layer | None:
        for number, name in enumerate(written.people):
            self.people.find(name, spot / "people" / number)
        starts = wall_time(written.starts, spot / "starts", self.findings)
        ends = wall_time(written.ends, spot / "ends", self.findings) if written.ends else None
        if starts and ends and ends <= starts:
            self.findings.error(spot / "ends", "contradiction", "is not after starts", "write a later time")
        hours = [self._hours(part, spot / "only" / number) for number, part in enumerate(written.only)]
        if starts is None:
            return None
        count, unit = int(written.hand_over[:-1]), _UNITS[written.hand_over[-1]]
        return Layer(
            name=written.name or f"layer-{index + 1}",
            rotation=Rotation(tuple(written.people), starts, unit, count),
            ends=ends,
            only=tuple(part for part in hours if part),
        )

    def _hours(self, written: documents.OnCallHours, spot: Spot) -> Hours | None:
        since, until = minute_of_day(written.since), minute_of_day(written.until)
        if since == until:
            problem = "from and to are the same: a part without length"
            self.findings.error(spot, "contradiction", problem, "leave both out for whole days")
            return None
        days = weekday_numbers([*written.days]) or EVERY_DAY
        return Hours(since, until if until > since else until + MINUTES_PER_DAY, days)

    def _override(self, written: documents.ScheduleOverride, zone: ZoneInfo, spot: Spot) -> Override | None:
        removes, adds = written.replace or written.remove or "", written.by or written.add or ""
        fields = [name for name in ("replace", "by", "add", "remove") if getattr(written, name) is not None]
        if fields not in (["replace", "by"], ["add"], ["remove"]):
            problem = f"has {' and '.join(fields) or 'nobody'}"
            self.findings.error(spot, "contradiction", problem, "write replace and by, or add, or remove")
        for name in fields:
            self.people.find(getattr(written, name), spot / name)
        if removes and removes == adds:
            self.findings.error(spot, "contradiction", f"{adds} takes their own place", "name somebody else")
        since = wall_time(written.since, spot / "from", self.findings)
        until = wall_time(written.until, spot / "to", self.findings)
        if since is None or until is None:
            return None
        start, end = first_instant(since, zone), first_instant(until, zone)
        if start >= end:
            self.findings.error(spot / "to", "contradiction", "is not after from", "write a later time")
        return Override(start, end, removes, adds)

    def _look_for_holes(self, schedule: LayeredSchedule, zone: ZoneInfo, spot: Spot) -> None:
        hole = first_hole(schedule)
        if hole:
            start, end = (_minute(shown_at(edge, zone)) for edge in hole)
            problem = f"nobody is on call from {start} to {end} ({schedule.zone}), to name the first hole"
            remedy = "add a layer beneath the others, or see that other steps of the escalation reach somebody"
            self.findings.warning(spot / "layers", "schedule-hole", problem, remedy)


def _delay(text: str | None, spot: Spot, findings: Findings) -> float | None:
    return None if text is None else delay_seconds(text, spot, findings)


def _minute(wall: datetime) -> str:
    return f"{wall:%Y-%m-%d %H:%M}"
