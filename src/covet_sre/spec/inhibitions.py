"""InhibitRule documents -> inhibit rules, with matchers in Alertmanager's words."""

from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.matcher_text import read_matcher
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.errors import Refused
from covet_sre.spec import severity_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.findings import Findings, Spot, shown
from covet_sre.spec.library import Library


def inhibitions(library: Library) -> tuple[InhibitRule, ...]:
    """Every rule that has no error."""
    found: list[InhibitRule] = []
    for entry, model in library.all_of(documents.InhibitRule):
        spec, spot, findings = model.spec, entry.spot / "spec", library.findings
        read_annotations("InhibitRule", model.metadata.annotations, entry.spot / "metadata", findings)
        source = matchers(spec.source_matchers, spot / "sourceMatchers", findings)
        target = matchers(spec.target_matchers, spot / "targetMatchers", findings)
        if source and target:
            found.append(InhibitRule(entry.name, source, target, tuple(dict.fromkeys(spec.equal))))
    return tuple(found)


def matchers(texts: list[str], spot: Spot, findings: Findings) -> tuple[LabelMatcher, ...]:
    """Written matchers; none, with findings, where one is wrong, or where all of them match any alert."""
    found: list[LabelMatcher] = []
    before = len(findings.found)
    for index, text in enumerate(texts):
        try:
            found.append(read_matcher(text))
        except Refused as error:
            remedy = 'write for example alertname="DatabaseDown" or severity=~"warning|info"'
            findings.error(spot / index, "value-wrong", f"is {shown(text)}: {error.problem}", remedy)
    if len(findings.found) > before:
        return ()
    if all(matcher.matches(()) for matcher in found):
        problem = "matches alerts without any of these labels: nearly all that there are"
        findings.error(spot, "value-wrong", problem, 'add a matcher that needs a value, such as severity="critical"')
        return ()
    return tuple(found)
