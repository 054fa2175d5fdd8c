"""BusinessHours documents -> business hours."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from covet_sre.oncall.calendar import BusinessHours
from covet_sre.oncall.wall_clock import first_instant
from covet_sre.spec import oncall_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.clock_times import a_date, time_of_day, weekday_numbers
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.library import Entry, Library
from covet_sre.spec.windows import is_zone


def business_hours(library: Library) -> dict[str, BusinessHours]:
    """Every calendar that has no error, by name."""
    found = [_calendar(entry, model, library.findings) for entry, model in library.all_of(documents.BusinessHours)]
    return {calendar.name: calendar for calendar in found if calendar}


def _calendar(
    entry: Entry[documents.BusinessHours], model: documents.BusinessHours, findings: Findings
) -> BusinessHours | None:
    spec, spot, before = model.spec, entry.spot / "spec", len(findings.found)
    read_annotations("BusinessHours", model.metadata.annotations, entry.spot / "metadata", findings)
    is_zone(spec.time_zone, spot / "timeZone", findings)
    if spec.closes <= spec.opens:
        findings.error(spot / "closes", "contradiction", "is not after opens", "write a later time of the same day")
    holidays = [a_date(text, spot / "holidays" / index, findings) for index, text in enumerate(spec.holidays)]
    if len(findings.found) > before:
        return None
    calendar = BusinessHours(
        name=entry.name,
        zone=spec.time_zone,
        weekdays=weekday_numbers([*spec.days]),
        opens=time_of_day(spec.opens),
        closes=time_of_day(spec.closes),
        holidays=frozenset(day for day in holidays if day),
        location=entry.spot.location,
    )
    _look_for_deserts(calendar, spot, findings)
    return calendar


def _look_for_deserts(calendar: BusinessHours, spot: Spot, findings: Findings) -> None:
    """More than a year of holidays: what is due on the next business day would never be."""
    zone = ZoneInfo(calendar.zone)
    # The last business day before a holiday is at most a week away.
    eves = {day - timedelta(days=days) for day in calendar.holidays for days in range(1, 8)} - calendar.holidays
    for eve in sorted(eves):
        try:
            calendar.next_business_day(first_instant(datetime.combine(eve, calendar.opens), zone))
        except ValueError:
            problem = f"no business day follows {eve} for more than a year"
            findings.error(spot / "holidays", "contradiction", problem, "leave some days to work on")
            return
