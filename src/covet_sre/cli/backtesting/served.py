"""History from a running server: the minutes of its ledger, over its API."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np

from covet_sre.budget.backtest import Record
from covet_sre.cli.backtesting.span import Span
from covet_sre.cli.client import Client
from covet_sre.engine.plan import wanted_streams
from covet_sre.errors import Refused, SourceMisanswered
from covet_sre.flows.declaration import Declaration
from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.minutes import GapEntry

_WEEK = 7 * 1440


def from_server(
    declaration: Declaration, client: Client, span: Span, lead_in: int, progress: Callable[[int, int], None]
) -> tuple[Record, list[str]]:
    """What the server's ledger holds of the declaration's streams, and the objectives that it knows nothing of.

    Streams are found by their keys: where the server measures another indicator under the same name, nothing of it is
    taken. Raises SourceUnreachable, SourceMisanswered, and Refused when it knows none of the objectives.
    """
    start = span.start - lead_in
    served = {item["name"] for item in client.items("/api/v1/slos")}
    asked = [objective for objective in declaration.objectives if objective.name in served]
    wanted = wanted_streams(declaration.objectives)
    rows = {key: number for number, key in enumerate(wanted)}
    table = MinuteTable.empty(start, span.end, len(rows))
    gaps: list[GapEntry] = []
    seen: set[str] = set()
    weeks = range(start, span.end, _WEEK)
    for done, objective in enumerate(asked):
        for week, first in enumerate(weeks):
            asked_for = urlencode({"start": _time(first), "end": _time(min(first + _WEEK, span.end))})
            answer = client.get(f"/api/v1/slos/{quote(objective.name, safe='')}/minutes?{asked_for}")
            try:
                for stream in answer["streams"]:
                    if stream["key"] in rows:
                        seen.add(stream["key"])
                        gaps += _take(table, rows[stream["key"]], stream, first)
            except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
                raise SourceMisanswered(
                    f"the minutes of {objective.name} cannot be used: {error!r}",
                    where=client.server,
                    remedy="is this Covet SRE, and of the same version?",
                ) from error
            progress(done * len(weeks) + week + 1, len(asked) * len(weeks))
    unknown = [one.name for one in declaration.objectives if one.budgeted.key not in seen]
    if len(unknown) == len(declaration.objectives):
        raise Refused(
            "the server measures none of these objectives",
            remedy="name the files that it serves, or read the history with --prometheus",
        )
    whole = MinuteTable(start, table.bad, table.total, table.known, tuple(dict.fromkeys(gaps)))
    # What the server does not measure is no stream of the record: its alerts are untested, not silent.
    return Record(whole, {key: row for key, row in rows.items() if key in seen}, span.start), unknown


def _take(table: MinuteTable, row: int, stream: dict[str, Any], first: int) -> list[GapEntry]:
    places = np.array(stream["minutes"], np.int64) + first - table.start
    if len(places) and places.min() < 0:
        raise ValueError("a minute lies before those that were asked for")
    table.bad[row, places] = stream["bad"]
    table.total[row, places] = stream["total"]
    table.known[row, places] = 1
    gaps = (GapEntry(row, first + g["start"], first + g["end"], g["bad"], g["total"]) for g in stream["gaps"])
    return [gap for gap in gaps if gap.end <= table.end]


def _time(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%M:%SZ}"
