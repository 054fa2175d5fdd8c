"""How alerts are written by those who send them: one file for each format, all of them pure functions.

What is refused, and what is made of odd times and characters, stands in docs/alerts-in.md.
"""

from covet_sre.flows.arriving import Glances, Readers
from covet_sre.integrations.arriving import (
    alertmanager,
    alertmanager_api,
    alertmanager_glance,
    cloudevents,
    grafana,
    pagerduty_events,
    plain,
)

READERS: Readers = {
    "alertmanager": alertmanager.read,
    "prometheus": alertmanager_api.read,
    "grafana": grafana.read,
    "pagerduty": pagerduty_events.read,
    "cloudevents": cloudevents.read,
    "plain": plain.read,
}
"""By the source of an arrival."""

GLANCES: Glances = {"prometheus": alertmanager_glance.is_plain}
