"""Indicators -> the queries of a Sloth SLI, over `{{.window}}`."""

from typing import NamedTuple, assert_never

from covet_sre.slo.indicator import Comparison, CounterRatio, Indicator, QueryRatio, QueryRaw, QueryThreshold
from covet_sre.spec.promql import WINDOW
from covet_sre.spec.writing import decimal

SLOTHS_WINDOW = "{{.window}}"
_EACH_MINUTE = f"[{SLOTHS_WINDOW}:1m]"
_IS_BAD = {Comparison.LT: ">=", Comparison.LTE: ">", Comparison.GT: "<=", Comparison.GTE: "<"}


class SlothSli(NamedTuple):
    """The `sli` of an SLO, and what Sloth makes otherwise of it, if anything."""

    fields: dict[str, object]
    remark: str = ""


def sloth_sli(indicator: Indicator) -> SlothSli:
    match indicator:
        case CounterRatio(_, total, None, bad):
            return _events(_rate(str(bad)), _rate(str(total)))
        case CounterRatio(_, total, good, _):
            return _events(f"{_rate(str(total))} - {_rate(str(good))}", _rate(str(total)))
        case QueryRatio(_, total, None, bad):
            return _events(f"sum({_over_window(str(bad))})", f"sum({_over_window(total)})")
        case QueryRatio(_, total, good, _):
            whole = f"sum({_over_window(total)})"
            return _events(f"{whole} - sum({_over_window(str(good))})", whole)
        case QueryRaw(_, query, of_success):
            return _raw(query, of_success=of_success)
        case QueryThreshold(_, query, op, bound):
            each = query.replace(WINDOW, "5m")
            bad = f"sum(sum_over_time((({each}) {_IS_BAD[op]} bool {decimal(bound)}){_EACH_MINUTE}))"
            remark = "each minute's value is asked again for every window, by a subquery, which is slow over 30 days"
            return _events(bad, f"sum(count_over_time(({each}){_EACH_MINUTE}))", remark)
    assert_never(indicator)


def _raw(query: str, *, of_success: bool) -> SlothSli:
    failure = f"1 - ({query})" if of_success else query
    if WINDOW in query:
        remark = "its ratio is taken over each window as a whole, and not of each minute"
        return SlothSli({"raw": {"error_ratio_query": _over_window(failure)}}, remark)
    remark = "each minute's ratio is asked again for every window, by a subquery, which is slow over 30 days"
    return SlothSli({"raw": {"error_ratio_query": f"avg_over_time(({failure}){_EACH_MINUTE})"}}, remark)


def _events(bad: str, total: str, remark: str = "") -> SlothSli:
    return SlothSli({"events": {"error_query": bad, "total_query": total}}, remark)


def _rate(selector: str) -> str:
    return f"sum(rate({selector}[{SLOTHS_WINDOW}]))"


def _over_window(query: str) -> str:
    return query.replace(WINDOW, SLOTHS_WINDOW)
