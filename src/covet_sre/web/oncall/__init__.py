"""Schedules, people and what they decide about who is on call, as pages."""
