"""The queries of older OpenSLO: nothing says how they are asked over a window."""

from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.importing.event_queries import EventQueries, Part, event_queries, plain_counter
from covet_sre.spec.importing.queries import is_query
from covet_sre.spec.promql import has_window

Located = tuple[str, Spot]


def openslo_ratio(
    part: tuple[Part, str, Spot], total: Located, is_counter: bool, findings: Findings
) -> EventQueries | None:
    """The ratio of two queries, or None with findings.

    Of counters, `SELECTOR` and `sum(SELECTOR)` are read as they are; other expressions need the window's place.
    """
    word, query, spot = part
    are_right = [is_query(text, here, findings) for text, here in ((query, spot), total)]
    if not all(are_right):
        return None
    if query.strip() == total[0].strip():
        problem = f"{word} and total are the same: the SLI would always be {'100' if word == 'good' else '0'} %"
        findings.error(spot, "contradiction", problem, f"select the {word} events alone")
        return None
    if has_window(query) and has_window(total[0]):
        queries = event_queries(query, total[0], word)
        for remark in queries.remarks:
            findings.warning(spot, "import-changed", remark, "compare the numbers, or write sum(rate(...)) queries")
        return queries
    counters = [plain_counter(text) if is_counter else None for text in (query, total[0])]
    if counters[0] and counters[1]:
        return EventQueries(word, counters[0], counters[1], is_counter=True)
    for (text, here), counter in zip(((query, spot), total), counters, strict=True):
        if counter is None and not has_window(text):
            problem = "it is not known over which window this is asked"
            remedy = "write the counter itself, requests_total, or a rate over [{{.window}}]"
            findings.error(here, "query-window", problem, remedy)
        elif counter is not None or has_window(text):
            problem = "one of good, bad and total is over {{window}}, and the other is not"
            findings.error(here, "query-window", problem, "write both in the same way")
    return None
