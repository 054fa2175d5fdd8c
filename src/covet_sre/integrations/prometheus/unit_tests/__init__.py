"""Unit tests for the generated rules, in the form that promtool runs."""

from covet_sre.integrations.prometheus.unit_tests.targets import UNIT_TESTS

__all__ = ["UNIT_TESTS"]
