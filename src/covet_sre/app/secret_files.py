"""Secrets that stand in files."""

from pathlib import Path


def secret_file(path: str) -> str:
    """A secret that stands in a file, without the line's end."""
    return Path(path).read_text().rstrip("\n")
