"""The targets that load rules: a Prometheus with rule files, and the Prometheus operator. One file a service."""

from collections import defaultdict
from collections.abc import Sequence

from covet_sre.flows.declaration import Declaration
from covet_sre.flows.generating import Generated, Kind
from covet_sre.integrations.prometheus.rules.document import groups_text
from covet_sre.integrations.prometheus.rules.handbook import handbook_rules
from covet_sre.integrations.prometheus.rules.objectives import RuleTexts

_HEAD = "# Made by `{mark}` out of reliability files: change those, and generate again.\n"


class RuleFiles:
    """`*.rules.yaml`, as `rule_files` of Prometheus names them."""

    kind = Kind(".rules.yaml", "covet-sre generate prometheus")

    def generate(self, declaration: Declaration) -> Generated:
        """One file for each service that has objectives."""
        texts = RuleTexts()
        head = _HEAD.format(mark=self.kind.mark)
        files = {
            f"{service}{self.kind.suffix}": f"{head}groups:\n{groups}"
            for service, groups in _by_service(declaration, texts).items()
        }
        return Generated(files, tuple(texts.remarks))


class HandbookFiles:
    """The handbook's own rules, in the two files that it names."""

    kind = Kind(".rules.yaml", "covet-sre generate prometheus")

    def generate(self, declaration: Declaration) -> Generated:
        """Literal expressions: see `handbook`."""
        groups, remarks = handbook_rules(declaration)
        head = _HEAD.format(mark=f"{self.kind.mark} --profile handbook")
        file_names = ("prometheus-slo", "error-budget-alerts")
        files = {
            f"{name}{self.kind.suffix}": f"{head}groups:\n{groups_text([group])}"
            for name, group in zip(file_names, groups, strict=True)
            if group.rules
        }
        return Generated(files, remarks)


class OperatorFiles:
    """PrometheusRule objects of `monitoring.coreos.com/v1`, for `kubectl apply`."""

    kind = Kind(".prometheusrule.yaml", "covet-sre generate prometheus-operator")

    def generate(self, declaration: Declaration) -> Generated:
        """One object for each service that has objectives."""
        texts = RuleTexts()
        head = _HEAD.format(mark=self.kind.mark)
        files = {
            f"{service}{self.kind.suffix}": head + _prometheus_rule(service, groups)
            for service, groups in _by_service(declaration, texts).items()
        }
        return Generated(files, tuple(texts.remarks))


def _by_service(declaration: Declaration, texts: RuleTexts) -> dict[str, str]:
    """The items of `groups:` by service, in the order of the files."""
    found: dict[str, list[str]] = defaultdict(list)
    for objective in declaration.objectives:
        found[objective.service].append(texts.of(objective))
    return {service: "".join(pieces) for service, pieces in found.items()}


def _prometheus_rule(service: str, groups: str) -> str:
    lines: Sequence[str] = (
        "apiVersion: monitoring.coreos.com/v1",
        "kind: PrometheusRule",
        "metadata:",
        f'  name: "covet-sre-{service}"',
        "  labels:",
        '    app.kubernetes.io/managed-by: "covet-sre"',
        f'    app.kubernetes.io/part-of: "{service}"',
        "spec:",
        "  groups:",
    )
    return "\n".join(lines) + "\n" + "".join(f"  {line}\n" for line in groups.splitlines())


RULES = RuleFiles()
HANDBOOK = HandbookFiles()
OPERATOR = OperatorFiles()
