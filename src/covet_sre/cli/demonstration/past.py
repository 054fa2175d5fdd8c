"""Thirty simulated days written into the ledger, marked as simulated, ending where live measuring begins."""

from functools import reduce
from typing import Any

import numpy as np

from covet_sre.cli.demonstration.example import load_history_module
from covet_sre.flows.declaration import Declaration
from covet_sre.ports import LedgerStore
from covet_sre.slo.minutes import MinuteEvents
from covet_sre.slo.stream import Occurrences, stream_of

DAYS = 30
_BROKEN_DOWN = "api-availability"


def write_past(
    store: LedgerStore, declaration: Declaration, end_minute: int, seed: int, requests_per_minute: float
) -> None:
    """`requests_per_minute` is per minute of the demo's clock, as live traffic will be."""
    history = load_history_module()
    names = _stream_keys(declaration)
    numbers = store.stream_ids(list(names.values()))
    simulated: dict[str, Any] = history["simulate"](list(names), end_minute, DAYS, seed, requests_per_minute)
    minutes = np.arange(end_minute - DAYS * 1440, end_minute, dtype=np.int64)
    columns = [
        MinuteEvents(np.full(len(minutes), numbers[names[name]], np.int64), minutes, bad, total)
        for name, (bad, total) in simulated.items()
    ]
    store.backfill(reduce(MinuteEvents.plus, columns), simulated=True)
    if _BROKEN_DOWN in names:
        _write_spenders(
            store, numbers[names[_BROKEN_DOWN]], history["spenders"], (end_minute, DAYS, seed, requests_per_minute)
        )


def _stream_keys(declaration: Declaration) -> dict[str, str]:
    """The ledger's keys by the simulation's names: the SLO's own, and `-alert` for its alert's indicator."""
    keys: dict[str, str] = {}
    for objective in declaration.objectives:
        keys[objective.name] = objective.events.key
        for alert in objective.alerts:
            if alert.indicator is not None:
                keys[f"{objective.name}-alert"] = stream_of(objective.slo, alert.indicator, Occurrences()).key
    return keys


def _write_spenders(store: LedgerStore, stream: int, spenders: Any, arguments: tuple[int, int, int, float]) -> None:
    spent: dict[tuple[int, int, str, str], int] = {}
    for hour, route, code, bad in spenders(*arguments):
        for label, value in (("route", str(route)), ("code", str(code))):
            key = (stream, int(hour), label, value)
            spent[key] = spent.get(key, 0) + int(bad)
    store.record_spent(spent)
