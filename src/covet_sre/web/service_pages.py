"""Services: each with its worst objective, and one service with its four golden signals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from covet_sre.budget.status import ObjectiveStatus
from covet_sre.catalog.service import Service
from covet_sre.errors import NotFound
from covet_sre.flows.reading import Reliability, Signal, SignalUnit
from covet_sre.flows.verdicts import URGENCY, by_service
from covet_sre.web import words
from covet_sre.web.addresses import service_address
from covet_sre.web.charts.axis import TimeAxis, ValueAxis, decimals
from covet_sre.web.charts.line_chart import Chart, Level, Plan, Series, draw
from covet_sre.web.charts.sparkline import POINTS
from covet_sre.web.objective_row import ObjectiveRow, StateBadge, budget_order, objective_row, state_badge
from covet_sre.web.shell import Shell, shell
from covet_sre.web.slo_charts import simulated_spans


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """A service is as well as its worst objective; one without objectives has no state."""

    name: str
    title: str
    description: str
    address: str
    state: StateBadge | None
    worst: ObjectiveRow | None
    objectives: str
    firing: str


@dataclass(frozen=True, slots=True)
class ServicesPage:
    shell: Shell
    cards: tuple[ServiceCard, ...]


@dataclass(frozen=True, slots=True)
class SignalPanel:
    """`current` is empty when unknown; then `cause` and `remedy` say why."""

    title: str
    question: str
    measures: str
    current: str
    bound: str
    cause: str
    remedy: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class ServicePage:
    shell: Shell
    card: ServiceCard
    location: str
    signals: tuple[SignalPanel, ...]
    rows: tuple[ObjectiveRow, ...]


_QUESTIONS = {
    "traffic": "How much is asked of it?",
    "errors": "How much of that fails?",
    "latency": "How long does an answer take?",
    "saturation": "How full is it?",
}


def services_page(reliability: Reliability) -> ServicesPage:
    frame = shell(reliability, "Services", "services")
    owned = by_service(reliability.statuses())
    services = sorted(
        reliability.declaration().services, key=lambda each: (_urgency(owned.get(each.name, [])), each.name)
    )
    return ServicesPage(frame, tuple(_card(each, owned.get(each.name, [])) for each in services))


def service_page(reliability: Reliability, name: str) -> ServicePage:
    """Raises NotFound."""
    frame = shell(reliability, name, "services")
    service = next((each for each in reliability.declaration().services if each.name == name), None)
    if service is None:
        raise NotFound(f"no service is called {name!r}", remedy="see /services for the names")
    owned = sorted(by_service(reliability.statuses()).get(name, []), key=budget_order)
    sparks = reliability.sparklines(POINTS)
    simulated = reliability.clock().simulated_until_minute
    return ServicePage(
        frame,
        _card(service, owned),
        str(service.location),
        tuple(_panel(signal, simulated) for signal in reliability.golden_signals(name).all),
        tuple(objective_row(status, sparks.get(status.objective.name, ())) for status in owned),
    )


def _urgency(owned: Sequence[ObjectiveStatus]) -> int:
    return min((URGENCY[status.state] for status in owned), default=len(URGENCY))


def _card(service: Service, owned: Sequence[ObjectiveStatus]) -> ServiceCard:
    worst = min(owned, key=lambda status: (URGENCY[status.state], budget_order(status)), default=None)
    firing = sum(len(status.firing) for status in owned)
    return ServiceCard(
        service.name,
        service.display_name or service.name,
        service.description,
        service_address(service.name),
        None if worst is None else state_badge(worst.state),
        None if worst is None else objective_row(worst),
        words.number_of(len(owned), "objective"),
        words.number_of(firing, "alert") if firing else "",
    )


_UNITS: dict[SignalUnit, Callable[[float], str]] = {
    SignalUnit.PER_SECOND: lambda value: f"{words.plain(value, 2)}/s",
    SignalUnit.SHARE: lambda value: f"{words.plain(value * 100, 3)}%",
    SignalUnit.SECONDS: lambda value: (
        f"{words.plain(value * 1000, 0)} ms" if value < 1 else f"{words.plain(value, 2)} s"
    ),
    SignalUnit.COUNT: lambda value: words.plain(value, 2),
}


def _mark_writer(unit: SignalUnit, step: float) -> Callable[[float], str]:
    if unit is SignalUnit.SHARE:
        return lambda value: f"{words.plain(value * 100, decimals(step * 100))}%"
    if unit is SignalUnit.SECONDS:
        return lambda value: f"{words.plain(value * 1000, decimals(step * 1000))} ms"
    return lambda value: words.plain(value, decimals(step))


def _panel(signal: Signal, simulated: int | None) -> SignalPanel:
    write = _UNITS[signal.unit]
    values = [value for _, value in signal.points if value is not None]
    minutes = [minute for minute, _ in signal.points] or [0, 1]
    highest = max([*values, signal.bound or 0.0], default=1.0)
    axis = ValueAxis.around(0.0, highest or 1.0, marks=3)
    time = TimeAxis(minutes[0], minutes[-1])
    bound = "" if signal.bound is None else write(signal.bound)
    plan = Plan(
        f"signal-{signal.name.value}",
        signal.name.value.capitalize(),
        signal.measures,
        time,
        axis,
        (Series(signal.measures, signal.points, "line-1", filled=True),),
        write,
        _mark_writer(signal.unit, axis.step),
        () if signal.bound is None else (Level(signal.bound, bound),),
        tuple(simulated_spans(simulated, time)),
        height=140,
        empty=signal.cause or "Nothing was measured in the last three hours.",
    )
    return SignalPanel(
        signal.name.value.capitalize(),
        _QUESTIONS[signal.name.value],
        signal.measures,
        "" if signal.current is None else write(signal.current),
        bound,
        signal.cause,
        signal.remedy,
        draw(plan),
    )
