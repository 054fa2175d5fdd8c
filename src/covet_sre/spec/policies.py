"""ErrorBudgetPolicy documents -> budget policies."""

from covet_sre.budget.policy import BudgetPolicy, Tier
from covet_sre.spec import openslo
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.covet_documents import ErrorBudgetPolicy, PolicyTier
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.governing import govern
from covet_sre.spec.library import Library


def policies(library: Library) -> list[BudgetPolicy]:
    """Every policy that has no error. What a policy governs, no other may govern."""
    found: list[BudgetPolicy] = []
    governed: dict[tuple[str, str], str] = {}
    for entry, model in library.all_of(ErrorBudgetPolicy):
        spec, spot = model.spec, entry.spot / "spec"
        read_annotations("ErrorBudgetPolicy", model.metadata.annotations, entry.spot / "metadata", library.findings)
        for index, name in enumerate(spec.services):
            library.find(openslo.Service, name, spot / "services" / index)
            govern(governed, ("service", name), entry.name, spot / "services" / index, library.findings)
        for index, name in enumerate(spec.slos):
            library.find(openslo.SLO, name, spot / "slos" / index)
            govern(governed, ("SLO", name), entry.name, spot / "slos" / index, library.findings)
        if not spec.services and not spec.slos:
            govern(governed, ("everything", "not named elsewhere"), entry.name, spot, library.findings)
        if _tiers_descend(spec.tiers, spot / "tiers", library.findings):
            tiers = tuple(Tier(tier.name, tier.above, tuple(tier.actions), tier.state) for tier in spec.tiers)
            found.append(BudgetPolicy(entry.name, tiers, entry.spot.location, tuple(spec.services), tuple(spec.slos)))
    return found


def _tiers_descend(tiers: list[PolicyTier], spot: Spot, findings: Findings) -> bool:
    before = len(findings.found)
    highest = 1.0
    names: set[str] = set()
    for index, tier in enumerate(tiers):
        is_last = index == len(tiers) - 1
        here = spot / index
        if tier.name in names:
            findings.error(here / "name", "reference-ambiguous", "two tiers have this name", "rename one of them")
        names.add(tier.name)
        if is_last and tier.above is not None:
            problem = "the last tier has above: below it, no tier would apply"
            findings.error(here / "above", "contradiction", problem, "remove the line from the last tier")
        elif not is_last and tier.above is None:
            problem = "only the last tier applies without a bound"
            findings.error(here, "field-missing", problem, "add above: the share of the budget that must be left")
        elif tier.above is not None:
            if tier.above >= highest:
                problem = f"above {tier.above:g} is not below the tier before it"
                findings.error(here / "above", "contradiction", problem, "order the tiers from the best to the worst")
            highest = tier.above
    return len(findings.found) == before
