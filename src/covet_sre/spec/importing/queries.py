"""Queries of other tools, looked at where they stand."""

from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.promql import WINDOW, has_window, parse


def is_query(query: str, spot: Spot, findings: Findings) -> bool:
    """Whether it is PromQL; a finding says what is wrong."""
    try:
        parse(query)
    except ValueError as error:
        findings.error(spot, "query-wrong", str(error), "mend the PromQL")
        return False
    return True


def is_query_over_window(query: str, spot: Spot, findings: Findings) -> bool:
    """Whether it is PromQL whose range is left open, `{{.window}}`; a finding says what is wrong."""
    if not is_query(query, spot, findings):
        return False
    if not has_window(query):
        remedy = "write its range as [{{.window}}], for example sum(rate(requests_total[{{.window}}]))"
        findings.error(spot, "query-window", f"is an expression without {WINDOW}", remedy)
        return False
    return True
