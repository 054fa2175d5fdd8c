"""Our own burn-rate alerts on their way to the desk, without HTTP: an arrival like any other.

Each tick tells again what fires, and for an hour what ended: a server that dies between recording an alert and telling
of it tells of it after its start, and telling twice changes nothing.
"""

import json
from collections.abc import Iterable, Mapping

from covet_sre.alerting.labels import labels_of
from covet_sre.alerting.report import Report, Saying
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.ports import AlertTransition, Arrival

SOURCE = "evaluator"

TOLD_AGAIN_MINUTES = 60

SEVERITIES: Mapping[str, str] = {"page": "critical", "ticket": "ticket", "warning": "warning"}
"""The labels that the generated rules give the severities of burn-rate alerts, so that both speak of the same."""


def told(
    transitions: Iterable[AlertTransition], services: Mapping[str, tuple[str, str]], end_minute: int
) -> Arrival | None:
    """What fires or ended lately, from the last transition of every alert; None when there is nothing to tell.

    `services` gives (service, SLO) by the objective's name; others are told under their own name.
    """
    said = [
        {
            "alertname": one.alert,
            "service": services.get(one.objective, (one.objective.partition("/")[0], ""))[0],
            "slo": services.get(one.objective, ("", ""))[1],
            "objective": one.objective,
            "severity": SEVERITIES.get(one.severity, one.severity),
            "firing": one.state == "firing",
            "at_minute": one.at_minute,
            "episode": one.episode,
            "detail": {name: value for name, value in one.detail.items() if value is not None},
        }
        for one in transitions
        if one.state == "firing" or _ended_lately(one, end_minute)
    ]
    return Arrival(SOURCE, json.dumps(said).encode(), end_minute * 60.0) if said else None


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:  # noqa: ARG001
    """The reports of an arrival of ours."""
    return Read([_report(one, key_of) for one in json.loads(body)])


def _ended_lately(one: AlertTransition, end_minute: int) -> bool:
    # What was pending and never fired is nothing that anybody was told of.
    was_firing = one.detail.get("from", "firing") == "firing"
    return one.state == "inactive" and was_firing and end_minute - one.at_minute <= TOLD_AGAIN_MINUTES


def _report(said: Mapping[str, object], key_of: KeyOf) -> Report:
    labels = labels_of({name: str(said[name]) for name in ("alertname", "service", "slo", "severity")})
    firing = bool(said["firing"])
    episode = str(said["episode"])
    at = float(str(said["at_minute"])) * 60.0
    # The episode names the minute in which it began: it is what a firing and its end have in common.
    began_minute = episode.rpartition("/")[2]
    starts_at = float(began_minute) * 60.0 if began_minute.isdigit() else at
    objective = str(said["objective"])
    return Report(
        key=key_of(labels),
        labels=labels,
        annotations=labels_of({"summary": f"{said['alertname']}: {objective}", "objective": objective}),
        saying=Saying(starts_at, not firing, at) if not firing else Saying(starts_at, False),
        reporter=SOURCE,
    )
