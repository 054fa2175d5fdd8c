"""A trial as JSON: every number as it is, null where it is unknown."""

import json
from datetime import UTC, datetime
from typing import Any

from covet_sre.budget.incident import Incident
from covet_sre.budget.outcome import Episode, Notice, Outcome, Share, precision, recall
from covet_sre.budget.suggesting import Proposal
from covet_sre.cli.backtesting.suggested_yaml import suggested_yaml
from covet_sre.flows.backtesting import Trial
from covet_sre.slo.burn import BurnAlert, Severity

SCHEMA_VERSION = 1


def as_json(trial: Trial) -> str:
    """See docs/backtest.md for the fields."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "from": _time(trial.record.start),
        "to": _time(trial.record.end),
        "history_from": _time(trial.record.table.start),
        "source": trial.source,
        "remarks": list(trial.remarks),
        "incidents": None if trial.incidents is None else [_incident(one) for one in trial.incidents],
        "crossings": {
            outcome.objective.name: [
                {"start": _time(one.start), "end": _time(one.end)} for one in trial.record.crossings(outcome.objective)
            ]
            for outcome in trial.of(trial.policies[0])
        },
        "policies": [
            {
                "name": policy.name,
                "title": policy.title,
                "pages": sum(len(one.pages) for one in trial.of(policy)),
                "tickets": sum(len(one.tickets) for one in trial.of(policy)),
                "precision": _share(None if trial.incidents is None else precision(trial.of(policy))),
                "recall": _share(None if trial.incidents is None else recall(trial.of(policy))),
                "outcomes": [_outcome(one) for one in trial.of(policy)],
            }
            for policy in trial.policies
        ],
        "suggestions": [_proposal(one) for one in trial.proposals],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "objective": outcome.objective.name,
        "service": outcome.objective.service,
        "target": float(outcome.objective.target),
        "measured": outcome.measured,
        "pages": len(outcome.pages) if outcome.is_known else None,
        "tickets": len(outcome.tickets) if outcome.is_known else None,
        "warnings": len(outcome.of(Severity.WARNING)) if outcome.is_known else None,
        "longest_minutes": outcome.longest_minutes,
        "median_detection_minutes": outcome.median_detection_minutes,
        "median_reset_minutes": outcome.median_reset_minutes,
        "precision": _share(outcome.precision),
        "recall": _share(outcome.recall),
        "notices": [_notice(outcome, one) for one in outcome.notices],
        "episodes": [_episode(one) for one in outcome.episodes],
        "untested": [alert.name for alert in outcome.untested],
    }


def _notice(outcome: Outcome, notice: Notice) -> dict[str, Any]:
    return {
        "severity": notice.severity.value,
        "start": _time(notice.start),
        "end": None if notice.end is None else _time(notice.end),
        "minutes": outcome.minutes(notice),
        "alerts": list(notice.alerts),
        "budget_gone": notice.budget_gone,
        "detection_minutes": notice.detection_minutes,
        "reset_minutes": notice.reset_minutes,
        "incidents": None if outcome.incidents is None else [one.title for one in notice.incidents],
    }


def _episode(episode: Episode) -> dict[str, Any]:
    return {
        "alert": episode.alert.name,
        "severity": episode.alert.severity.value,
        "start": _time(episode.start),
        "end": None if episode.end is None else _time(episode.end),
        "budget_gone": episode.budget_gone,
        "detection_minutes": episode.detection_minutes,
        "reset_minutes": episode.reset_minutes,
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "objective": proposal.objective.name,
        "target": None if proposal.target is None else float(proposal.target),
        "alerts": [_alert(alert) for alert in proposal.alerts],
        "pages": len(proposal.outcome.pages),
        "reasons": list(proposal.reasons),
        "yaml": suggested_yaml(proposal),
    }


def _alert(alert: BurnAlert) -> dict[str, Any]:
    return {
        "name": alert.name,
        "severity": alert.severity.value,
        "threshold": alert.threshold,
        "long_minutes": alert.long_minutes,
        "short_minutes": alert.short_minutes,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "start": _time(incident.start),
        "end": _time(incident.end),
        "title": incident.title,
        "service": incident.service or None,
    }


def _share(share: Share | None) -> dict[str, Any] | None:
    return None if share is None else {"count": share.count, "of": share.of, "value": share.value}


def _time(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%M:%SZ}"
