"""A proposal as the lines of a reliability file."""

from covet_sre.budget.suggesting import Proposal
from covet_sre.slo.burn import BurnAlert
from covet_sre.units import format_minutes

_SLO = """\
# In the SLO {slo}:
metadata:
  annotations:
    covet-sre/burn-rate-alerts: "off" # the alerts below take the place of the default ones
spec:
  objectives:
    - target: {target}
  alertPolicies:
"""

_POLICY = """\
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata:
  name: {name}
spec:
  conditions:
    - kind: AlertCondition
      metadata:
        name: {name}
        displayName: {display_name}
        annotations:
          covet-sre/short-window: {short}
          covet-sre/min-bad-events: "{min_bad}"
          covet-sre/confidence: "{confidence:g}"
      spec:
        severity: {severity}
        condition:
          kind: burnrate
          op: gte
          threshold: {threshold}
          lookbackWindow: {long}
  notificationTargets:
    - kind: AlertNotificationTarget
      metadata:
        name: {target}
      spec:
        target: {target}
"""


def suggested_yaml(proposal: Proposal) -> str:
    """What to change in the SLO, then the policies as whole documents."""
    objective = proposal.objective
    slo = _SLO.format(slo=objective.slo, target=_plain(float(objective.target)))
    references = "".join(f"    - alertPolicyRef: {_name(proposal, alert)}\n" for alert in proposal.alerts)
    if not proposal.alerts:
        slo = slo.replace("  alertPolicies:\n", "")
    return slo + references + "".join(_policy(proposal, alert) for alert in proposal.alerts)


def _policy(proposal: Proposal, alert: BurnAlert) -> str:
    return _POLICY.format(
        name=_name(proposal, alert),
        display_name=alert.name,
        short=format_minutes(alert.short_minutes or alert.long_minutes),
        long=format_minutes(alert.long_minutes),
        min_bad=alert.min_bad,
        confidence=alert.confidence or 0.5,
        severity=alert.severity.value,
        threshold=_plain(alert.threshold),
        target="on-call" if alert.severity.value == "page" else "team-queue",
    )


def _name(proposal: Proposal, alert: BurnAlert) -> str:
    # A name of Kubernetes' kind has 63 characters at most.
    return f"{proposal.objective.slo[:50].rstrip('-')}-burn-{format_minutes(alert.long_minutes)}"


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")
