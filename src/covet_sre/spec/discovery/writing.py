"""A plan -> reliability files, with comments that say why; every name and value from outside is quoted or cleaned."""

import re
import textwrap
from collections.abc import Mapping, Sequence

import yaml

from covet_sre.slo.indicator import Selector
from covet_sre.spec.discovery.plan import PlannedObjective, PlannedService

SOURCE = "prometheus"
RESERVED = frozenset({"services", "datasource"})
_WIDTH = 118
_PLAIN = re.compile(r"[a-zA-Z_][ -~]*")
_UNIT = re.compile(r"(?<=[0-9]) (%|ms|s)(?![a-z])")
_UNSAFE_PLAIN = re.compile(r": |:$| #|\s$|[\[\]`@%&*!|>?'#]")


def files_of(services: Sequence[PlannedService], address: str, facts: Sequence[str], made_by: str) -> Mapping[str, str]:
    """Files by name. `facts` are lines of connectionDetails that were measured, `made_by` the command as typed."""
    head = (
        _comment(f"Proposed by {made_by}; yours to change from here on. docs/first-files.md tells what to look at.")
        + "\n"
    )
    files = {"services.yaml": _services(services, head), "datasource.yaml": _datasource(address, facts, head)}
    for service in services:
        stem = service.name if service.name not in RESERVED else f"{service.name}-slos"
        files[f"{stem}.yaml"] = _service_file(service, head)
    return files


def _services(services: Sequence[PlannedService], head: str) -> str:
    documents = [
        f"apiVersion: openslo/v1\nkind: Service\nmetadata:\n  name: {_scalar(service.name)}\n"
        f"  displayName: {_scalar(service.value[:63])}\nspec:\n"
        f"  description: {_scalar('Say here what users do with it. Found as ' + _found_as(service) + '.')}\n"
        for service in services
    ]
    told = _comment("What users depend on. Join those that users see as one, and describe each.")
    return head + told + "---\n".join(documents)


def _found_as(service: PlannedService) -> str:
    return f"{service.label}={service.value[:200]!r}"


def _datasource(address: str, facts: Sequence[str], head: str) -> str:
    details = "".join(f"    {line}\n" for line in facts)
    return (
        head
        + _comment("Where the metrics come from: Prometheus, Thanos, Mimir or VictoriaMetrics.")
        + f"apiVersion: openslo/v1\nkind: DataSource\nmetadata:\n  name: {SOURCE}\nspec:\n  type: prometheus\n"
        + f"  connectionDetails:\n    url: {_scalar(address)}\n{details}"
        + _comment(
            "A server that wants credentials: name the environment variable that holds the header's value, so that the "
            "secret stays out of the files.",
            "    ",
        )
        + "    # headersFromEnv:\n    #   Authorization: PROMETHEUS_AUTHORIZATION\n"
    )


def _service_file(service: PlannedService, head: str) -> str:
    found_in = ", ".join(entry.name for entry in service.instrumentations)
    lines = [head, _comment(f"Found by {_found_as(service)} in the metrics of {found_in}.")]
    lines += [_comment(remark) for entry in service.instrumentations for remark in entry.remarks]
    lines += [_comment(note) for note in service.notes]
    lines.append(_comment("Each SLO has the multi-window burn-rate alerts by itself: docs/alerts.md.") + "\n")
    return "".join(lines) + "---\n".join(_slo(service, objective) for objective in service.objectives)


def _slo(service: PlannedService, objective: PlannedObjective) -> str:
    title = f"{service.value} {objective.title}"
    annotations = ""
    if objective.breakdown:
        annotations = (
            "  annotations:\n    # Labels whose values tell who spent the budget.\n"
            f"    covet-sre/breakdown: {_scalar(','.join(objective.breakdown))}\n"
        )
    return (
        f"apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {objective.name}\n"
        f"  displayName: {_scalar(title if len(title) <= 63 else objective.title)}\n{annotations}"
        f"spec:\n  description: {_scalar(objective.description)}\n  service: {_scalar(service.name)}\n"
        f"  indicator:\n    metadata:\n      name: {objective.name}\n    spec:\n      ratioMetric:\n"
        "        counter: true\n"
        + _comment(" ".join(objective.why), "        ")
        + _metric(objective.word, objective.part)
        + _metric("total", objective.total)
        + "  budgetingMethod: Occurrences\n  timeWindow:\n    - duration: 30d\n      isRolling: true\n  objectives:\n"
        + _comment(" ".join(objective.target_why), "    ")
        + f"    - target: {float(objective.target):.6g}\n"
    )


def _metric(word: str, selector: Selector) -> str:
    return (
        f"        {word}:\n          metricSource:\n            metricSourceRef: {SOURCE}\n            spec:\n"
        f"              query: {_scalar(str(selector))}\n"
    )


def _scalar(text: str) -> str:
    """A YAML scalar on one line that reads back as exactly this text."""
    if _PLAIN.fullmatch(text) and not _UNSAFE_PLAIN.search(text) and yaml.load(text, yaml.CSafeLoader) == text:
        return text
    written: str = yaml.dump(text, Dumper=yaml.CSafeDumper, default_style='"', width=1 << 30, allow_unicode=True)
    return written.rstrip("\n")


def _comment(text: str, indent: str = "") -> str:
    """Lines of a comment. What cannot be printed becomes a question mark: no text ends a comment early."""
    if not text:
        return ""
    clean = "".join(character if character.isprintable() else "?" for character in text)
    # A number stays with its unit.
    tied = _UNIT.sub("\u00a0\\1", clean)
    lines = textwrap.wrap(tied, _WIDTH - len(indent) - 2, break_on_hyphens=False)
    return "".join(f"{indent}# {line}\n" for line in lines).replace("\u00a0", " ")
