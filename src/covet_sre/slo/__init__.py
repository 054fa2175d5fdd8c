"""Indicators, objectives, windows and burn rates."""
