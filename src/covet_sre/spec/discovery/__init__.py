"""Reliability files proposed from metrics: what is known, what was found, and the files about it."""
