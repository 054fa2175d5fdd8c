"""A plain pair of PromQL expressions -> our documents."""

from dataclasses import dataclass

from covet_sre.spec.findings import Document, Spot
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.documents import SloParts, ratio_sli
from covet_sre.spec.importing.event_queries import event_queries
from covet_sre.spec.importing.queries import is_query_over_window
from covet_sre.spec.importing.targets import percent
from covet_sre.spec.promql import with_our_window
from covet_sre.spec.writing import document_text
from covet_sre.spec.yaml_documents import read_yaml
from covet_sre.units import MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Pair:
    """What the options say. `objective` is in percent."""

    name: str
    service: str
    error_query: str
    total_query: str
    objective: float


def import_pair(pair: Pair, into: Collection) -> None:
    """An SLO of the two expressions; findings name the options."""
    spot = Spot(_as_document(pair, into))
    service = into.service(pair.service, spot / "--service")
    name = into.name(pair.name, spot / "--name")
    objective = percent(pair.objective, spot / "--objective", into.findings)
    written = ((pair.error_query, spot / "--error-query"), (pair.total_query, spot / "--total-query"))
    are_right = [is_query_over_window(query, here, into.findings) for query, here in written]
    if not all(are_right):
        return
    if with_our_window(pair.error_query) == with_our_window(pair.total_query):
        problem = "is the same as --total-query: every event would be bad"
        into.findings.error(spot / "--error-query", "contradiction", problem, "select the bad events alone")
        return
    queries = event_queries(pair.error_query, pair.total_query)
    for remark in queries.remarks:
        remedy = "compare the numbers, or write sum(rate(...)) queries"
        into.findings.warning(spot / "--error-query", "import-changed", remark, remedy)
    if service and name and objective is not None:
        minutes = into.settings.window_minutes or 30 * MINUTES_PER_DAY
        into.add_slo(SloParts(name, service, ratio_sli(queries), objective, minutes, pair.name), spot)


def _as_document(pair: Pair, into: Collection) -> Document:
    """The options as a document, so that findings can point at them."""
    options = {
        "--name": pair.name,
        "--service": pair.service,
        "--error-query": pair.error_query,
        "--total-query": pair.total_query,
        "--objective": str(pair.objective),
    }
    [document] = read_yaml(document_text(options), "the options", into.findings)
    return document
