"""A group of alerts as Alertmanager sends them, and Grafana after its model: some fire, some are resolved.

An alert that is absent says nothing: groups may be truncated.
"""

from collections.abc import Callable
from math import inf
from typing import Any

from covet_sre.alerting.labels import Labels
from covet_sre.alerting.report import Report, Saying
from covet_sre.errors import Refused
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.integrations.arriving.body import items_of, object_of, read_each
from covet_sre.integrations.arriving.fields import (
    annotations_from,
    labels_from,
    link_from,
    reporter_of,
    start_from,
    time_from,
)

_LONGEST_NOTE = 500

Annotate = Callable[[dict[str, Any]], Labels]


def standing_annotations(item: dict[str, Any]) -> Labels:
    """Those that stand there."""
    return annotations_from(item.get("annotations"))


def read_group(
    body: bytes, received_at: float, key_of: KeyOf, reporter: str, annotate: Annotate = standing_annotations
) -> Read:
    """Every alert of the group, and in a note which group it is and whether some were cut off."""
    group = object_of(body)

    def read(item: Any) -> Report:
        return _report(item, received_at, key_of, reporter, annotate)

    reports, refused = read_each(items_of(group.get("alerts"), "alerts"), "alerts", read)
    return Read(reports, refused=refused, note=_note(group))


def _report(item: Any, received_at: float, key_of: KeyOf, reporter: str, annotate: Annotate) -> Report:
    if type(item) is not dict:
        raise Refused("an alert must be an object")
    labels = labels_from(item.get("labels"))
    start = start_from(time_from(item.get("startsAt"), "startsAt"), received_at)
    match item.get("status"):
        case "firing":
            # Whoever sends groups says when an alert is over; what stands in `endsAt` until then is a guess.
            saying = Saying(start, False, inf)
        case "resolved":
            told = time_from(item.get("endsAt"), "endsAt")
            end = received_at if told is None else told
            # What is over is over, whichever start the sender names: of two servers that see the same, Alertmanager
            # takes the earlier start, and so may name an earlier one now than it did while the alert fired.
            saying = Saying(start_from(max(start, end), received_at), True, end)
        case _:
            raise Refused("this must be firing or resolved", where="status")
    return Report(
        key_of(labels),
        labels,
        annotate(item),
        saying,
        reporter_of(reporter, labels),
        link_from(item.get("generatorURL")),
    )


def _note(group: dict[str, Any]) -> str:
    receiver, key, cut_off = group.get("receiver"), group.get("groupKey"), group.get("truncatedAlerts")
    parts = [f"receiver {receiver}"] if type(receiver) is str and receiver else []
    parts += [f"group {key}"] if type(key) is str and key else []
    parts += [f"{cut_off} more were cut off"] if type(cut_off) is int and cut_off > 0 else []
    return ", ".join(parts)[:_LONGEST_NOTE]
