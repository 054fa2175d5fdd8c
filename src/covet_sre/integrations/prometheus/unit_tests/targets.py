"""The target `promtool-tests`: unit tests beside the rule files, for `promtool test rules`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from covet_sre.errors import Finding, Level
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.generating import Generated, Kind
from covet_sre.integrations.prometheus.rules import RULES
from covet_sre.integrations.prometheus.rules.document import scalar
from covet_sre.integrations.prometheus.rules.objectives import group_names
from covet_sre.integrations.prometheus.unit_tests.tests_of_rules import Expected, Test, tests_of
from covet_sre.slo.objective import Objective


class UnitTests:
    """One `*.test.yaml` for each service; it names the `*.rules.yaml` beside it."""

    kind = Kind(".test.yaml", "covet-sre generate promtool-tests")

    def generate(self, declaration: Declaration) -> Generated:
        """Tests of the rules that `generate prometheus` makes of the same declaration."""
        by_service: dict[str, list[Objective]] = defaultdict(list)
        for objective in declaration.objectives:
            by_service[objective.service].append(objective)
        files: dict[str, str] = {}
        remarks: list[Finding] = []
        for service, objectives in by_service.items():
            tests, untried, unshown = tests_of(objectives)
            if tests:
                order = [name for one in objectives for name in group_names(one.name)]
                document = _document(service, self.kind, order, tests)
                files[f"{service}{self.kind.suffix}"] = "\n".join([*document, ""])
            remarks += _remarks(objectives, untried, unshown)
        return Generated(files, tuple(remarks))


def _document(service: str, kind: Kind, group_order: Sequence[str], tests: Sequence[Test]) -> Iterator[str]:
    yield f"# Made by `{kind.mark}`: run it with `promtool test rules`, beside the rules of `{RULES.kind.mark}`."
    yield f"rule_files: [{scalar(service + RULES.kind.suffix)}]"
    yield "evaluation_interval: 1m"
    # promtool evaluates groups in any order otherwise, and the long windows are made of what the others record.
    yield "group_eval_order:"
    yield from (f"  - {scalar(name)}" for name in group_order)
    yield "tests:"
    for test in tests:
        yield f"  - name: {scalar(test.name)}"
        yield "    interval: 15s"
        yield "    input_series:"
        for series, values in test.inputs.items():
            yield f"      - series: {scalar(series)}"
            yield f"        values: {scalar(values)}"
        yield "    promql_expr_test:"
        for expected in test.expected:
            yield from _expectation(expected)


def _expectation(expected: Expected) -> Iterator[str]:
    yield f"      - expr: {scalar(expected.expression)}"
    yield f"        eval_time: {expected.minute}m"
    if not expected.samples:
        yield "        exp_samples: []"
        return
    yield "        exp_samples:"
    for labels, value in expected.samples:
        yield f"          - labels: {scalar(labels)}"
        yield f"            value: {value}"


def _remarks(
    objectives: Sequence[Objective], untried: Sequence[Objective], unshown: dict[str, list[str]]
) -> Iterator[Finding]:
    for objective in untried:
        problem = "no input could be made for its selectors or expressions: its rules are not tried"
        yield _remark(objective, problem, "write a test of your own for them")
    for objective in objectives:
        for alert in unshown.get(objective.name, ()):
            problem = f"no story shows the alert {alert} to fire and to end"
            yield _remark(objective, problem, "look whether it can fire at all, and write a test of your own for it")


def _remark(objective: Objective, problem: str, remedy: str) -> Finding:
    return Finding(Level.WARNING, "target-cannot", objective.location, objective.name, problem, remedy)


UNIT_TESTS = UnitTests()
