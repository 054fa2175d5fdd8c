"""`covet-sre generate sloth`: a declaration -> specifications of Sloth's `prometheus/v1`."""

import re
from collections.abc import Iterator
from fractions import Fraction

from covet_sre.catalog.source import SourceKind
from covet_sre.errors import Finding
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.generating import Generated, Kind
from covet_sre.slo.burn import Severity
from covet_sre.slo.objective import Objective
from covet_sre.slo.stream import Occurrences
from covet_sre.slo.window import RollingWindow
from covet_sre.spec.alerts import default_alerts
from covet_sre.spec.exporting.remarks import cannot
from covet_sre.spec.exporting.sloth_queries import sloth_sli
from covet_sre.spec.writing import yaml_text
from covet_sre.units import MINUTES_PER_DAY, format_minutes

Values = dict[str, object]

MARK = "covet-sre generate sloth"
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
_USUAL_WINDOW = RollingWindow(30 * MINUTES_PER_DAY)
_BUILT_IN_WINDOWS = (_USUAL_WINDOW, RollingWindow(28 * MINUTES_PER_DAY))


class _Sloth:
    kind = Kind(".sloth.yaml", MARK)

    def generate(self, declaration: Declaration) -> Generated:
        """A file for each service that has SLOs."""
        files: dict[str, str] = {}
        remarks: list[Finding] = [*_about_sources(declaration), *_about_guards(declaration)]
        head = (f"Made by {MARK}: change the reliability files instead.",)
        for service in declaration.services:
            own = [objective for objective in declaration.objectives if objective.service == service.name]
            slos = [_slo(objective) for objective in own if objective.target > 0]
            remarks += (remark for objective in own for remark in _about(objective))
            if slos:
                specification: Values = {"version": "prometheus/v1", "service": service.name, "slos": slos}
                files[f"{service.name}{self.kind.suffix}"] = yaml_text([specification], head)
        return Generated(files, tuple(remarks))


SLOTH = _Sloth()


def _slo(objective: Objective) -> Values:
    made: Values = {"name": objective.name, "objective": _percent(objective.target)}
    if objective.description:
        made["description"] = objective.description
    labels = {name: value for name, value in objective.labels if _LABEL.match(name)}
    if labels:
        made["labels"] = labels
    made["sli"] = sloth_sli(objective.indicator).fields
    alerting: Values = {"name": f"{_word(objective.name)}ErrorBudgetBurn"}
    if objective.runbook:
        alerting["annotations"] = {"runbook": objective.runbook}
    shared = set(objective.alerts) & set(default_alerts(objective.budget_window))
    for severity, key in ((Severity.PAGE, "page_alert"), (Severity.TICKET, "ticket_alert")):
        is_on = any(alert.severity is severity for alert in shared)
        alerting[key] = {"labels": {"severity": severity.value}} if is_on else {"disable": True}
    made["alerting"] = alerting
    return made


def _percent(target: Fraction) -> float | int:
    percent = target * 100
    return int(percent) if percent.denominator == 1 else float(percent)


def _word(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[-.]", name))


# ---------------------------------------------------------------- what Sloth cannot express


def _about_sources(declaration: Declaration) -> Iterator[Finding]:
    for source in declaration.sources:
        what = f"the DataSource {source.name}"
        if source.kind is SourceKind.SCRAPE:
            problem = "Sloth's rules run in a Prometheus, and this source is scraped by Covet SRE itself"
            yield cannot(source.location, what, problem, "let the Prometheus scrape the same targets")
    names = {objective.indicator.source for objective in declaration.objectives}
    for source in [source for source in declaration.sources if source.name in names][1:]:
        problem = "Sloth's rules do not name a source: all of them are read from the Prometheus that loads them"
        remedy = "load the rules where the metrics are"
        yield cannot(source.location, f"the DataSource {source.name}", problem, remedy)


def _about_guards(declaration: Declaration) -> Iterator[Finding]:
    """Said once: by default every objective has them."""
    for objective in declaration.objectives:
        if any(alert.min_bad or alert.confidence is not None for alert in objective.alerts):
            problem = "Sloth's alerts have no guards for low traffic: a few bad events of a quiet service page"
            remedy = "disable Sloth's alerts for quiet services, and keep those of covet-sre"
            yield cannot(objective.location, "the alerts", problem, remedy)
            return


def _about(objective: Objective) -> Iterator[Finding]:
    for problem, remedy in (*_of_window(objective), *_of_alerts(objective), *_of_the_rest(objective)):
        yield cannot(objective.location, f"the objective {objective.name}", problem, remedy)


def _of_window(objective: Objective) -> Iterator[tuple[str, str]]:
    window = objective.window
    if not isinstance(window, RollingWindow):
        yield f"Sloth has no calendar windows: {window} is taken as a rolling one", "choose a rolling window"
    elif window.minutes < MINUTES_PER_DAY:
        problem = f"Sloth looks at its period alone: compliance over {window} is left out"
        yield problem, "write a rule for it by covet-sre generate prometheus"
    elif window not in _BUILT_IN_WINDOWS:
        remedy = "choose 30d or 28d, or give Sloth an AlertWindows file for the period"
        yield f"Sloth has no alert windows of its own for {window}", remedy
    elif window != _USUAL_WINDOW:
        period = format_minutes(window.minutes)
        yield f"the period {period} is no part of a specification", f"run sloth with --default-slo-period={period}"
    if not isinstance(objective.budgeting, Occurrences):
        yield "Sloth has no time slices: it takes the ratio of each window as it is", "choose Occurrences"


def _of_alerts(objective: Objective) -> Iterator[tuple[str, str]]:
    defaults = default_alerts(objective.budget_window)
    own = [alert.name for alert in objective.alerts if alert not in defaults]
    if own:
        problem = (
            f"Sloth has no alerts but its page and ticket alert: {', '.join(own)} {'are' if own[1:] else 'is'} left out"
        )
        yield problem, "write rules for them by covet-sre generate prometheus"
    for severity in (Severity.PAGE, Severity.TICKET):
        usual = [alert for alert in defaults if alert.severity is severity]
        missing = [alert.name for alert in usual if alert not in objective.alerts]
        if missing and len(missing) < len(usual):
            problem = (
                f"Sloth's {severity.value} alert stands for both pairs of windows: {', '.join(missing)} is in it too"
            )
            yield problem, f"leave out neither or both of the {severity.value} alerts"


def _of_the_rest(objective: Objective) -> Iterator[tuple[str, str]]:
    if not objective.target:
        yield "Sloth takes no objective of 0 %: it is left out", "write a target above 0"
    if min(len(objective.service), len(objective.name)) < 2:
        yield "Sloth takes no name of a single character", "give the service and the SLO longer names"
    if remark := sloth_sli(objective.indicator).remark:
        yield f"in Sloth, {remark}", "write counters, where there are any"
    if objective.breakdown:
        yield "Sloth does not tell who spent the budget: the breakdown is left out", "nothing needs to be done"
    names = [name for name, _ in objective.labels]
    lost = sorted({name for name in names if not _LABEL.match(name) or names.count(name) > 1})
    if lost:
        problem = (
            f"Sloth has one value for each label, and names without '.', '/' or '-': {', '.join(lost)} is not as it was"
        )
        yield problem, "rename the label"
