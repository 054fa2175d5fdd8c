"""Which policy governs what: nothing is governed by two of a kind."""

from covet_sre.spec.findings import Findings, Spot


def govern(
    governed: dict[tuple[str, str], str], what: tuple[str, str], policy: str, spot: Spot, findings: Findings
) -> None:
    """Note that `policy` governs `what`; a finding where another does already."""
    first = governed.setdefault(what, policy)
    if first != policy:
        problem = f"{' '.join(what)} is already governed by the policy {first!r}"
        findings.error(spot, "contradiction", problem, "name it in one policy only")
