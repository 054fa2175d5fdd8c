"""Labels: what an alert is known by."""

from collections.abc import Mapping

Labels = tuple[tuple[str, str], ...]
"""Sorted by name, none with an empty value: Prometheus calls a label without a value no label."""

_FNV_OFFSET, _FNV_PRIME = 14695981039346656037, 1099511628211
_SEPARATOR = b"\xff"


def labels_of(mapping: Mapping[str, str]) -> Labels:
    """Sorted, without empty values."""
    if all(mapping.values()):
        return tuple(sorted(mapping.items()))
    return tuple(sorted((name, value) for name, value in mapping.items() if value))


def fingerprint(labels: Labels) -> str:
    """16 hexadecimal digits, the same that Prometheus and Alertmanager give: FNV-1a of 64 bits (Fowler, Noll, Vo)."""
    joined = b"".join(
        part for name, value in labels for part in (name.encode(), _SEPARATOR, value.encode(), _SEPARATOR)
    )
    digest = _FNV_OFFSET
    for byte in joined:
        digest = ((digest ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{digest:016x}"


def value_of(labels: Labels, name: str) -> str:
    """A label's value, empty where there is none."""
    return next((value for label, value in labels if label == name), "")
