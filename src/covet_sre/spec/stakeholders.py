"""StakeholderList documents -> lists of who hears of incidents."""

from collections.abc import Mapping

from covet_sre.alerting.severity import Severity
from covet_sre.incident.stakeholders import Interest, StakeholderList
from covet_sre.incident.templates import MessageKind
from covet_sre.oncall.target import NotificationTarget, TargetKind
from covet_sre.spec import openslo
from covet_sre.spec import stakeholder_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.findings import Spot
from covet_sre.spec.library import Library
from covet_sre.spec.notification_targets import find_target
from covet_sre.spec.people import People

_CARRIES = (TargetKind.SLACK, TargetKind.EMAIL, TargetKind.WEBHOOK)


def stakeholder_lists(
    library: Library, everybody: People, targets: Mapping[str, NotificationTarget]
) -> Mapping[str, StakeholderList]:
    """Every well-shaped list by name; whoever is in it is there, or is a finding."""
    found: dict[str, StakeholderList] = {}
    for entry, model in library.all_of(documents.StakeholderList):
        spec, spot, findings = model.spec, entry.spot / "spec", library.findings
        read_annotations("StakeholderList", model.metadata.annotations, entry.spot / "metadata", findings)
        for index, name in enumerate(spec.services):
            library.find(openslo.Service, name, spot / "services" / index)
        for index, name in enumerate(spec.targets):
            _check_target(library, targets, name, _CARRIES, spot / "targets" / index)
        for index, name in enumerate(spec.people):
            everybody.find(name, spot / "people" / index)
        if spec.through is not None:
            _check_target(library, targets, spec.through, (TargetKind.EMAIL,), spot / "through")
        if spec.emails and spec.through is None:
            remedy = "add through, the name of a NotificationTarget of type email"
            findings.error(spot, "field-missing", "has emails and nothing that carries them", remedy)
        if not (spec.targets or spec.people or spec.emails):
            findings.warning(spot, "no-effect", "names nobody", "add targets, people or emails")
        found[entry.name] = StakeholderList(
            name=entry.name,
            title=model.metadata.display_name or entry.name,
            interest=Interest(
                tuple(dict.fromkeys(spec.services)),
                Severity(spec.at_least),
                tuple(dict.fromkeys(map(MessageKind, spec.messages))),
            ),
            targets=tuple(dict.fromkeys(spec.targets)),
            people=tuple(dict.fromkeys(spec.people)),
            emails=tuple(dict.fromkeys(spec.emails)),
            through=spec.through or "",
            location=entry.spot.location,
        )
    return found


def _check_target(
    library: Library,
    targets: Mapping[str, NotificationTarget],
    name: str,
    kinds: tuple[TargetKind, ...],
    spot: Spot,
) -> None:
    find_target(library, name, spot)
    target = targets.get(name)
    if target is not None and target.kind not in kinds:
        words = " or ".join(kind.value for kind in kinds)
        problem = f"{name} is of type {target.kind.value}, which carries no messages of this sort"
        library.findings.error(spot, "contradiction", problem, f"name a target of type {words}")
