"""Covet SRE: a reliability control plane for Python services."""
