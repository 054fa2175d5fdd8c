"""The Prometheus rules that Sloth 0.16 makes of a fleet's SLOs: 17 for each, in three groups.

Eight windows of the error ratio, seven records about the SLO, and two multi-window alerts. Written out anew from what
Sloth generates for an SLO of 99.9 % over 30 days.
"""

from benchmarks.fleet import METRIC, Fleet

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
RULES_PER_SLO = len(WINDOWS) + 1 + 7 + 2
RECORDED_RATIO = "slo:sli_error:ratio_rate5m"
_BUDGET = 0.001
_PAGE = (("5m", "1h", 14.4), ("30m", "6h", 6))
_TICKET = (("2h", "1d", 3), ("6h", "3d", 1))


def slo_labels(service: str) -> dict[str, str]:
    """The labels by which Sloth's records are told apart."""
    return {"sloth_id": f"{service}-availability", "sloth_service": service, "sloth_slo": "availability"}


def rule_file(fleet: Fleet, interval_seconds: int) -> str:
    """All groups of all SLOs, as YAML."""
    lines = ["groups:"]
    for service in fleet.names:
        name = slo_labels(service)["sloth_id"]
        for kind, rules in (
            ("sli-recordings", [*_sli(service)]),
            ("meta-recordings", [*_meta(service)]),
            ("alerts", [*_alerts(service)]),
        ):
            lines += [f"- name: sloth-slo-{kind}-{name}", f"  interval: {interval_seconds}s", "  rules:", *rules]
    return "\n".join([*lines, ""])


def _matchers(service: str) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in slo_labels(service).items()) + "}"


def _record(name: str, expression: str, service: str, **more: str) -> str:
    labels = ", ".join(f'{label}: "{value}"' for label, value in {**slo_labels(service), **more}.items())
    return f"  - {{record: '{name}', expr: '{expression}', labels: {{{labels}}}}}"


def _sli(service: str) -> list[str]:
    bad = f'{METRIC}{{job="covet",service="{service}",code=~"5.."}}'
    total = f'{METRIC}{{job="covet",service="{service}"}}'
    short = [
        _record(
            f"slo:sli_error:ratio_rate{window}",
            f"(sum(rate({bad}[{window}]))) / (sum(rate({total}[{window}])))",
            service,
            sloth_window=window,
        )
        for window in WINDOWS
    ]
    ratios = f"{RECORDED_RATIO}{_matchers(service)}[30d]"
    month = f"sum_over_time({ratios}) / ignoring (sloth_window) count_over_time({ratios})"
    return [*short, _record("slo:sli_error:ratio_rate30d", month, service, sloth_window="30d")]


def _meta(service: str) -> list[str]:
    matchers = _matchers(service)
    joined = "/ on(sloth_id, sloth_slo, sloth_service) group_left slo:error_budget:ratio" + matchers
    return [
        _record("slo:objective:ratio", "vector(0.999)", service),
        _record("slo:error_budget:ratio", "vector(1-0.999)", service),
        _record("slo:time_period:days", "vector(30)", service),
        _record("slo:current_burn_rate:ratio", f"slo:sli_error:ratio_rate5m{matchers} {joined}", service),
        _record("slo:period_burn_rate:ratio", f"slo:sli_error:ratio_rate30d{matchers} {joined}", service),
        _record("slo:period_error_budget_remaining:ratio", f"1 - slo:period_burn_rate:ratio{matchers}", service),
        _record("sloth_slo_info", "vector(1)", service, sloth_version="v0.16.0", sloth_mode="cli-gen-prom"),
    ]


def _alerts(service: str) -> list[str]:
    alert = f"ErrorsOf{service}"
    return [
        f"  - {{alert: {alert}, expr: '{_burning(service, pairs)}', labels: {{sloth_severity: {severity}}}}}"
        for severity, pairs in (("page", _PAGE), ("ticket", _TICKET))
    ]


def _burning(service: str, pairs: tuple[tuple[str, str, float], ...]) -> str:
    def above(window: str, factor: float) -> str:
        ratio = f"slo:sli_error:ratio_rate{window}{_matchers(service)}"
        return f"max({ratio} > ({factor} * {_BUDGET})) without (sloth_window)"

    return " or ".join(f"({above(short, factor)} and {above(long, factor)})" for short, long, factor in pairs)
