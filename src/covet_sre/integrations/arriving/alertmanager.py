"""Alertmanager's webhook, version 4."""

from covet_sre.integrations.arriving.group import read_group, standing_annotations
from covet_sre.ports import Arrival, KeyOf, Reading

REPORTER = "alertmanager"


def read(arrival: Arrival, key_of: KeyOf) -> Reading:
    """See ports.Reader. Fields that are not known are left alone: newer versions have more of them."""
    return read_group(arrival, key_of, REPORTER, standing_annotations)
