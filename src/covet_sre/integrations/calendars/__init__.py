"""Calendars of other systems (RFC 5545), read without trusting them: whole ones, and broken ones."""

from covet_sre.integrations.calendars.reading import read_calendar

__all__ = ["read_calendar"]
