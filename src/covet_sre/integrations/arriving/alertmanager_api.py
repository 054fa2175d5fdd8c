"""POST /api/v2/alerts: alerts as Prometheus hands them to an Alertmanager, with its defaults."""

from collections.abc import Mapping
from typing import Any

from covet_sre.alerting.report import Report, Saying
from covet_sre.errors import Refused
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.integrations.arriving.body import items_of, json_of, read_each
from covet_sre.integrations.arriving.fields import (
    annotations_from,
    labels_from,
    link_from,
    reporter_of,
    start_from,
    time_from,
)

REPORTER = "prometheus"

RESOLVE_TIMEOUT_SECONDS = 300.0
"""An alert without an end is over after so long, unless it is sent again."""

ENDED_LATELY_SECONDS = 120.0
"""An end so long ago says that the alert is over. An older one is that of an alert which fired when it was sent, and
was read late: a server that was paused finds such. It has run out then, and says nothing against what fires still."""


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:  # noqa: ARG001
    """See flows.arriving.Reader."""

    def read_one(item: Any) -> Report:
        if type(item) is not dict:
            raise Refused("an alert must be an object")
        labels = labels_from(item.get("labels"))
        return Report(
            key_of(labels),
            labels,
            annotations_from(item.get("annotations")),
            saying_of(item, received_at),
            reporter_of(REPORTER, labels),
            link_from(item.get("generatorURL")),
        )

    reports, refused = read_each(items_of(json_of(body), "$"), "", read_one)
    return Read(reports, refused=refused)


def saying_of(item: Mapping[str, Any], received_at: float) -> Saying:
    """What an alert's times say. Raises Refused."""
    start, end = time_from(item.get("startsAt"), "startsAt"), time_from(item.get("endsAt"), "endsAt")
    if start is None:
        start = received_at if end is None else end
    if end is None:
        end = received_at + RESOLVE_TIMEOUT_SECONDS
    if end < start:
        raise Refused("the start must be before the end", where="startsAt")
    is_resolved = 0.0 <= received_at - end <= ENDED_LATELY_SECONDS
    return Saying(start_from(start, received_at), is_resolved, end)
