"""A look at what Prometheus sends, in compiled code: 1 us an alert, where reading takes 7. Whatever it does not know,
the reader judges.
"""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from covet_sre.errors import Refused
from covet_sre.integrations.arriving.alertmanager_api import saying_of
from covet_sre.integrations.arriving.body import MOST_ALERTS
from covet_sre.integrations.arriving.fields import LONGEST_NAME, LONGEST_VALUE, MOST_LABELS

_Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
_Value = Annotated[str, StringConstraints(max_length=LONGEST_VALUE)]


@with_config(ConfigDict(extra="forbid", strict=True))
class _Alert(TypedDict, total=False):
    labels: Annotated[dict[_Name, _Value], Field(min_length=1, max_length=MOST_LABELS)]
    annotations: dict[str, str]
    startsAt: str
    endsAt: str
    generatorURL: str


_ALERTS = TypeAdapter(Annotated[list[_Alert], Field(min_length=1, max_length=MOST_ALERTS)])


def is_plain(body: bytes, received_at: float) -> bool:
    """See flows.arriving.Glance."""
    try:
        alerts = _ALERTS.validate_json(body)
        # The alerts of one request mostly have the same times.
        for start, end in {(alert.get("startsAt"), alert.get("endsAt")) for alert in alerts}:
            saying_of({"startsAt": start, "endsAt": end}, received_at)
    except (ValidationError, Refused):
        return False
    return all(any(alert.get("labels", {}).values()) for alert in alerts)
