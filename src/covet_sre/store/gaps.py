"""Gap entries: events of times in which nobody was watching."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from covet_sre.slo.minutes import GapEntry
from covet_sre.store import facts, statements


def add_gaps(connection: Connection, gaps: Sequence[GapEntry], *, keep_known: bool = False) -> None:
    """Add gap entries to those of the same stream and time, or leave those as they are; dropped times stay dropped."""
    merged: dict[tuple[int, int, int], tuple[int, int]] = {}
    floor = facts.floor(connection, facts.QUARTERS_FLOOR) if gaps else 0
    for gap in gaps:
        if gap.end > floor:
            place = (int(gap.stream), int(gap.start), int(gap.end))
            bad, total = merged.get(place, (0, 0))
            merged[place] = (bad + int(gap.bad), total + int(gap.total))
    if merged:
        rows = [
            {"stream": stream, "start_minute": start, "end_minute": end, "bad": bad, "total": total}
            for (stream, start, end), (bad, total) in merged.items()
        ]
        connection.execute(statements.KEEP_GAP if keep_known else statements.ADD_GAP, rows)


def read_gaps(connection: Connection, start: int) -> list[GapEntry]:
    rows = connection.execute(statements.GAPS, {"start": int(start)})
    return [GapEntry(row.stream, row.start_minute, row.end_minute, row.bad, row.total) for row in rows]
