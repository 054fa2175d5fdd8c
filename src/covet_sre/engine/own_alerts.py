"""Our own burn-rate alerts on their way to the desk, without HTTP: an arrival like any other.

Each tick tells again what fires, and for an hour what ended: a server that dies between recording an alert and telling
of it tells of it after its start, and telling twice changes nothing.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from covet_sre.alerting.identity import RUNBOOK
from covet_sre.alerting.labels import fingerprint, labels_of
from covet_sre.alerting.report import Report, Saying
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.ports import AlertTransition, Arrival
from covet_sre.slo.objective import Objective

SOURCE = "evaluator"

TOLD_AGAIN_MINUTES = 60

PUT_ASIDE = "ArrivalPutAside"
_TOLD_OF_SECONDS = 3600.0

SEVERITIES: Mapping[str, str] = {"page": "critical", "ticket": "ticket", "warning": "warning"}
"""The labels that the generated rules give the severities of burn-rate alerts, so that both speak of the same."""


def told(
    transitions: Iterable[AlertTransition], objectives: Mapping[str, Objective], end_minute: int
) -> Arrival | None:
    """What fires or ended lately, from the last transition of every alert; None when there is nothing to tell.

    `objectives` are the declared ones by name. An alert of anything else, of a silent source, is told of under the
    first part of its name.
    """
    said = [
        _told(one, objectives.get(one.objective))
        for one in transitions
        if one.state == "firing" or _ended_lately(one, end_minute)
    ]
    return Arrival(SOURCE, json.dumps(said).encode(), end_minute * 60.0) if said else None


def _told(one: AlertTransition, objective: Objective | None) -> Mapping[str, object]:
    return {
        "alertname": one.alert,
        "service": objective.service if objective else one.objective.partition("/")[0],
        "severity": SEVERITIES.get(one.severity, one.severity),
        "about": one.objective,
        "title": objective.title if objective else one.objective,
        "runbook": objective.runbook if objective else "",
        "is_slo": objective is not None,
        "firing": one.state == "firing",
        "at_minute": one.at_minute,
        "episode": one.episode,
    }


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:  # noqa: ARG001
    """The reports of an arrival of ours."""
    return Read([_report(one, key_of) for one in json.loads(body)])


def put_aside(source: str, number: int, now: float) -> Report:
    """Our own alert that nothing could be made of an arrival: somebody should look. It ends by itself after an hour."""
    labels = labels_of({"alertname": PUT_ASIDE, "service": "covet-sre", "severity": "warning", "source": source})
    summary = f"Nothing could be made of arrival {number} from {source}: it is kept in the alert inbox; see the log"
    saying = Saying(now, False, now + _TOLD_OF_SECONDS)
    return Report(fingerprint(labels), labels, labels_of({"summary": summary}), saying, SOURCE)


def _ended_lately(one: AlertTransition, end_minute: int) -> bool:
    # What was pending and never fired is nothing that anybody was told of.
    was_firing = one.detail.get("from", "firing") == "firing"
    return one.state == "inactive" and was_firing and end_minute - one.at_minute <= TOLD_AGAIN_MINUTES


def _report(said: Mapping[str, Any], key_of: KeyOf) -> Report:
    about = {"slo" if said["is_slo"] else "source": said["about"]}
    labels = labels_of({name: said[name] for name in ("alertname", "service", "severity")} | about)
    # The episode names the minute in which it began: it is what a firing and its end have in common.
    starts_at = float(said["episode"].rpartition("/")[2]) * 60.0
    firing = bool(said["firing"])
    return Report(
        key=key_of(labels),
        labels=labels,
        annotations=labels_of({"summary": f"{said['title']}: {said['alertname']}", RUNBOOK: said["runbook"]}),
        saying=Saying(starts_at, False) if firing else Saying(starts_at, True, said["at_minute"] * 60.0),
        reporter=SOURCE,
    )
