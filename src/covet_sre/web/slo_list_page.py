"""The SLO list: every objective, worst budget first, found by words and sorted by any column."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from covet_sre.budget.status import ObjectiveStatus, State
from covet_sre.flows.reading import Reliability
from covet_sre.flows.verdicts import URGENCY
from covet_sre.web import words
from covet_sre.web.charts.sparkline import POINTS
from covet_sre.web.objective_row import ObjectiveRow, StateBadge, budget_order, objective_row, state_badge
from covet_sre.web.shell import Shell, shell


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader asked for: words, a state, a service, and an order. Unknown values fall back to the first."""

    words: str = ""
    state: str = ""
    service: str = ""
    sort: str = "budget"
    descending: bool = False

    def address(self, **changes: str | bool) -> str:
        """The same question with some parts changed, as an address."""
        asked: dict[str, str | bool] = {
            "q": self.words,
            "state": self.state,
            "service": self.service,
            "sort": "" if self.sort == "budget" else self.sort,
            "dir": "desc" if self.descending else "",
            **changes,
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/slos?{query}" if query else "/slos"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading that sorts. `order` is what a screen reader hears: ascending, descending, or nothing."""

    name: str
    title: str
    address: str
    order: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter that can be clicked."""

    badge: StateBadge | None
    title: str
    number: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class SloListPage:
    shell: Shell
    question: Question
    columns: tuple[Column, ...]
    choices: tuple[Choice, ...]
    services: tuple[str, ...]
    rows: tuple[ObjectiveRow, ...]
    total: int
    clear_address: str


def _last_if_unknown(value: float | None, unknown: float) -> float:
    return unknown if value is None else value


Key = Callable[[ObjectiveStatus], Any]

# Ascending means: what needs somebody comes first, names from A.
_ORDERS: dict[str, tuple[str, Key, bool]] = {
    "state": ("State", lambda status: URGENCY[status.state], False),
    "name": ("Objective", lambda status: status.objective.title.casefold(), False),
    "target": ("Target", lambda status: status.objective.target, True),
    "sli": ("SLI", lambda status: _last_if_unknown(status.sli, -1.0), True),
    "budget": ("Budget left", budget_order, False),
    "burn": ("Burn, 1 h", lambda status: -_last_if_unknown(status.worst_burn, -1.0), False),
    "forecast": ("Budget gone", lambda status: _exhausted_at(status), False),
    "alerts": ("Alerts", lambda status: -len(status.firing), False),
}


def _exhausted_at(status: ObjectiveStatus) -> float:
    forecast = status.forecast
    if forecast is None:
        return 1e12
    known = (forecast.p50_minutes, forecast.p10_minutes, forecast.horizon_minutes)
    place, minutes = next((place, minutes) for place, minutes in enumerate(known) if minutes is not None)
    return place * 1e9 + minutes


def question(q: str, state: str, service: str, sort: str, direction: str) -> Question:
    """The parameters of an address as a question."""
    known_state = state if state in {item.value for item in State} or state == "attention" else ""
    return Question(q.strip()[:200], known_state, service, sort if sort in _ORDERS else "budget", direction == "desc")


def slo_list_page(reliability: Reliability, asked: Question) -> SloListPage:
    frame = shell(reliability, "SLOs", "slos")
    statuses = reliability.statuses()
    found = [status for status in statuses if _matches(status, asked)]
    of_state = [status for status in found if _in_state(status, asked.state)]
    # Two stable sorts: what is equal stays in the order of the worst budget.
    of_state.sort(key=budget_order)
    of_state.sort(key=_ORDERS[asked.sort][1], reverse=asked.descending)
    sparks = reliability.sparklines(POINTS)
    return SloListPage(
        frame,
        asked,
        tuple(_column(name, asked) for name in _ORDERS),
        _choices(found, asked),
        tuple(sorted({status.objective.service for status in statuses})),
        tuple(objective_row(status, sparks.get(status.objective.name, ())) for status in of_state),
        len(statuses),
        asked.address(q="", state="", service=""),
    )


def _matches(status: ObjectiveStatus, asked: Question) -> bool:
    item = status.objective
    if asked.service and item.service != asked.service:
        return False
    labels = " ".join(f"{name}={value}" for name, value in item.labels)
    text = f"{item.name} {item.title} {item.service} {item.description} {labels} {status.state.value}".casefold()
    return all(word in text for word in asked.words.casefold().split())


def _in_state(status: ObjectiveStatus, state: str) -> bool:
    return not state or status.state.value == state or (state == "attention" and status.state is not State.OK)


def _choices(found: list[ObjectiveStatus], asked: Question) -> tuple[Choice, ...]:
    every = Choice(None, "All", len(found), asked.address(state=""), not asked.state)
    states = sorted(State, key=lambda state: URGENCY[state])
    counted = [(state, sum(status.state is state for status in found)) for state in states]
    return (
        every,
        *(
            Choice(
                state_badge(state),
                words.STATE_WORDS[state],
                number,
                asked.address(state=state.value),
                asked.state == state.value,
            )
            for state, number in counted
            if number or asked.state == state.value
        ),
    )


def _column(name: str, asked: Question) -> Column:
    title, _, numeric = _ORDERS[name]
    chosen = asked.sort == name
    order = ("descending" if asked.descending else "ascending") if chosen else ""
    turned = "desc" if chosen and not asked.descending else ""
    return Column(name, title, asked.address(sort="" if name == "budget" else name, dir=turned), order, numeric)
