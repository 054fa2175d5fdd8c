"""OpenSLO `v1alpha` and `v2alpha`: which document is which."""

from covet_sre.spec.findings import Document
from covet_sre.spec.importing.collection import Collection
from covet_sre.spec.importing.foreign import objects, unknown_kind
from covet_sre.spec.importing.openslo_v1alpha import import_v1alpha_service, import_v1alpha_slo
from covet_sre.spec.importing.openslo_v2alpha import import_v2alpha
from covet_sre.spec.importing.openslo_v2alpha_models import VERSION

HEAD = ("docs/moving.md says what older OpenSLO leaves open, and how it is read.",)


def import_openslo(documents: list[Document], into: Collection) -> None:
    """Every document of `openslo/v1alpha` and `openslo.com/v2alpha`."""
    read = list(objects(documents, into.findings))
    # Services first: an SLO of one that is declared further down belongs to that.
    read.sort(key=lambda each: each[0].get("kind") != "Service")
    for value, spot in read:
        version, kind = value.get("apiVersion"), value.get("kind")
        if version == VERSION:
            import_v2alpha(value, spot, into)
        elif version == "openslo/v1alpha" and kind == "Service":
            import_v1alpha_service(value, spot, into)
        elif version == "openslo/v1alpha" and kind == "SLO":
            import_v1alpha_slo(value, spot, into)
        else:
            wanted = f"apiVersion: openslo/v1alpha (kind: SLO or Service) or {VERSION}"
            unknown_kind(value, spot, wanted, into.findings)
    into.declare_missing_sources()
