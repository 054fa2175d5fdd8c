"""Changes of alert states, in words."""

from dataclasses import dataclass

from covet_sre.ports import AlertTransition
from covet_sre.web import words
from covet_sre.web.addresses import slo_address


@dataclass(frozen=True, slots=True)
class TransitionRow:
    when: str
    machine: str
    slo: str
    address: str
    alert: str
    severity: str
    state: str
    detail: str


def transition_row(each: AlertTransition) -> TransitionRow:
    """One change of an alert's state; its detail is shown as it was recorded."""
    detail = ", ".join(
        f"{name.replace('_', ' ')} {words.plain(value, 2) if isinstance(value, float | int) else value}"
        for name, value in each.detail.items()
        if value is not None
    )
    said = {"firing": "fired", "inactive": "ended", "pending": "pending"}.get(each.state, each.state)
    return TransitionRow(
        words.moment(each.at_minute),
        words.machine_time(each.at_minute),
        each.objective,
        slo_address(each.objective),
        each.alert,
        each.severity,
        said,
        detail,
    )
