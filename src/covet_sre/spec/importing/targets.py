"""Targets in percent, as other tools write them."""

from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.importing.documents import Values


def percent(written: float, spot: Spot, findings: Findings) -> Values | None:
    """The objective's field, as exact as it was written, or None with a finding."""
    if written == 100:
        problem = "an objective of 100 % leaves no error budget: the first bad event breaks it for good"
        findings.error(spot, "target-impossible", problem, "write what users need, for example 99.9")
        return None
    if not 0 < written < 100:
        findings.error(spot, "target-impossible", f"is {written:g} %", "write more than 0 and less than 100")
        return None
    return {"targetPercent": int(written) if written == int(written) else written}
