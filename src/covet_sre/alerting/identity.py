"""When two reports speak of the same alert."""

from collections.abc import Collection

from covet_sre.alerting.labels import Labels, fingerprint, value_of

ALERT_NAME, SERVICE, SLO, SEVERITY, RUNBOOK = "alertname", "service", "slo", "severity", "runbook_url"

REPLICA_LABELS = frozenset({"prometheus_replica", "__replica__"})
"""They tell the servers of a pair apart, and not what they saw."""


def alert_key(labels: Labels, slos: Collection[str] = ()) -> str:
    """What an alert is known by.

    A burn-rate alert of a declared SLO has one key whether our evaluator says so or a Prometheus that runs the
    generated rules, with whatever labels that one adds. Any other has the fingerprint of its labels.
    """
    slo = value_of(labels, SLO)
    if slo and slo in slos:
        return f"slo/{slo}/{value_of(labels, ALERT_NAME)}"
    return fingerprint(tuple(label for label in labels if label[0] not in REPLICA_LABELS))
