"""Reliability files: YAML documents -> the declaration, with findings that name file, line and column."""

from covet_sre.spec.reading import read_documents, read_paths
from covet_sre.spec.schema import json_schema

__all__ = ["json_schema", "read_documents", "read_paths"]
