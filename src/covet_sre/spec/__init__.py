"""Reliability files: YAML documents -> the declaration, with findings that name file, line and column."""

from covet_sre.spec.reading import read_documents, read_paths

__all__ = ["read_documents", "read_paths"]
