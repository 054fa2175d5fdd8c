"""Sloth's page and ticket alerts -> our default alerts where they are the same, alert policies otherwise."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from covet_sre.slo.burn import MULTI_WINDOW_PAIRS, Severity, WindowPair, burn_threshold
from covet_sre.spec.alerts import SEVERITIES
from covet_sre.spec.findings import Findings, Spot, listed
from covet_sre.spec.importing.alert_policies import AlertPolicies, Burn
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.documents import Values
from covet_sre.spec.importing.names import prometheus_minutes
from covet_sre.spec.importing.sloth_models import (
    Alerting,
    AlertWindows,
    KubernetesAlertWindows,
    Slo,
    VersionedAlertWindows,
)
from covet_sre.spec.shape import check
from covet_sre.units import format_minutes


@dataclass(slots=True)
class SlothWindows:
    """The SLOs' window, and Sloth's pairs of alert windows over it. `are_usual`: those of our default alerts."""

    minutes: int
    pairs: tuple[WindowPair, ...] = MULTI_WINDOW_PAIRS
    are_usual: bool = True


def slo_alerts(
    alerting: Alerting, service: str, spot: Spot, windows: SlothWindows, policies: AlertPolicies
) -> tuple[dict[str, str], list[str]]:
    """An SLO's annotations, and the names of its alert policies. `spot` is the SLO's."""
    annotations = _annotations(alerting)
    disabled = {Severity.PAGE: alerting.page_alert.disable, Severity.TICKET: alerting.ticket_alert.disable}
    names: list[str] = []
    if any(disabled.values()) or not windows.are_usual:
        annotations["covet-sre/burn-rate-alerts"] = "off"
        wanted = [pair for pair in windows.pairs if not disabled[pair.severity]]
        names = [policies.name(service, burn, spot) for burn in _burns(wanted, windows.minutes)]
    lost = [
        words
        for words, is_written in (
            ("labels", _lost_labels(alerting)),
            ("annotations", _others(alerting)),
            ("for", alerting.page_alert.pending or alerting.ticket_alert.pending),
        )
        if is_written
    ]
    if lost:
        problem = f"not carried over: {', '.join(lost)}"
        remedy = "route alerts by the SLO's own labels, and keep what else is needed in its description"
        policies.into.findings.warning(spot / "alerting", "import-dropped", problem, remedy)
    return annotations, names


def tell_of_names(slos: Sequence[Slo], spot: Spot, findings: Findings) -> None:
    """Sloth asks for a name of every SLO's alerts: they are told of once for all. `spot` is that of the SLOs' list."""
    named = [
        (index, slo.alerting.name)
        for index, slo in enumerate(slos)
        if slo.alerting.name and not (slo.alerting.page_alert.disable and slo.alerting.ticket_alert.disable)
    ]
    names = list(dict.fromkeys(name for _, name in named))
    if names:
        problem = f"alerts are called by their windows here, ErrorBudgetBurn1h, and not {listed(names, most=3)}"
        here = spot / named[0][0] / "alerting" / "name"
        findings.warning(here, "import-dropped", problem, "look for these names in your routes and silences")


def _lost_labels(alerting: Alerting) -> list[str]:
    """All labels of the alerts, but a severity that the alert has here too."""
    of_page, of_ticket = alerting.page_alert.labels, alerting.ticket_alert.labels
    told = [*alerting.labels]
    for severity, labels in ((Severity.PAGE, of_page), (Severity.TICKET, of_ticket)):
        # What others call a warning is a ticket to Sloth.
        said = (severity,) if severity is Severity.PAGE else (severity, Severity.WARNING)
        told += (key for key, text in labels.items() if key != "severity" or SEVERITIES.get(text.lower()) not in said)
    return told


def _annotations(alerting: Alerting) -> dict[str, str]:
    """What of the alerts' annotations has a place on an SLO: the runbook."""
    for key in ("runbook", "runbook_url", "runbookUrl"):
        for annotations in (alerting.annotations, alerting.page_alert.annotations):
            if annotations.get(key, "").startswith(("http://", "https://")):
                return {"covet-sre/runbook": annotations[key]}
    return {}


def _others(alerting: Alerting) -> list[str]:
    kept = set(_annotations(alerting).values())
    of_alerts = (alerting.annotations, alerting.page_alert.annotations, alerting.ticket_alert.annotations)
    return [key for annotations in of_alerts for key, text in annotations.items() if text not in kept]


def _burns(pairs: list[WindowPair], window_minutes: int) -> Iterator[Burn]:
    longs = [pair.long_minutes for pair in pairs]
    for pair in pairs:
        if pair.long_minutes >= window_minutes:
            continue
        severity = pair.severity.value.title() if longs.count(pair.long_minutes) > 1 else ""
        yield Burn(
            alert=f"ErrorBudgetBurn{format_minutes(pair.long_minutes)}{severity}",
            severity=pair.severity.value,
            threshold=burn_threshold(pair, window_minutes),
            long_minutes=pair.long_minutes,
            short_minutes=pair.short_minutes,
            has_guards=True,
        )


def take_windows(value: Values, spot: Spot, windows: SlothWindows, into: Collection) -> None:
    if "version" in value:
        written: AlertWindows | None = check(VersionedAlertWindows, value, spot, into.findings)
        here = spot
    else:
        outer = check(KubernetesAlertWindows, value, spot, into.findings)
        written, here = outer and outer.spec, spot / "spec"
    period = written and _minutes(written.slo_period, here / "sloPeriod", into)
    pairs = written and _window_pairs(written, here, into)
    if period is None or pairs is None:
        return
    if period != windows.minutes:
        problem = (
            f"these windows are for a period of {format_minutes(period)}, and not for {format_minutes(windows.minutes)}"
        )
        remedy = f"import with --window {format_minutes(period)}, if that is the period that Sloth was given"
        into.findings.warning(here / "sloPeriod", "import-dropped", problem, remedy)
        return
    if not windows.are_usual:
        problem = "there are two sets of alert windows for this period"
        into.findings.error(here, "contradiction", problem, "name only one of them")
        return
    windows.pairs = pairs
    windows.are_usual = {*pairs} == {*MULTI_WINDOW_PAIRS}


def _window_pairs(written: AlertWindows, spot: Spot, into: Collection) -> tuple[WindowPair, ...] | None:
    pairs: list[WindowPair] = []
    before = len(into.findings.found)
    for severity, of_severity in ((Severity.PAGE, written.page), (Severity.TICKET, written.ticket)):
        for speed, window in (("quick", of_severity.quick), ("slow", of_severity.slow)):
            here = spot / severity.value / speed
            short = _minutes(window.short_window, here / "shortWindow", into)
            long = _minutes(window.long_window, here / "longWindow", into)
            if short is None or long is None:
                continue
            if short >= long:
                problem = "shortWindow is no shorter than longWindow"
                into.findings.error(here / "shortWindow", "value-wrong", problem, "write for example a twelfth of it")
                continue
            pairs.append(WindowPair(severity, window.error_budget_percent / 100, long, short))
    return tuple(pairs) if len(into.findings.found) == before else None


def _minutes(text: str, spot: Spot, into: Collection) -> int | None:
    try:
        return prometheus_minutes(text)
    except ValueError as error:
        into.findings.error(spot, "value-wrong", "is no duration of whole minutes", str(error))
        return None
