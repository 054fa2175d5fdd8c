"""Alertmanager's webhook, version 4."""

from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.integrations.arriving.group import read_group

REPORTER = "alertmanager"


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:  # noqa: ARG001
    """See flows.arriving.Reader. Fields that are not known are left alone: newer versions have more of them."""
    return read_group(body, received_at, key_of, REPORTER)
