"""Recording and alerting rules for the Prometheus that a team already runs."""

from covet_sre.integrations.prometheus.rules.targets import HANDBOOK, OPERATOR, RULES

__all__ = ["HANDBOOK", "OPERATOR", "RULES"]
