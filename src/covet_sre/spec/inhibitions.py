"""InhibitRule documents -> inhibit rules, with matchers in Alertmanager's words."""

import re

from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.matchers import LabelMatcher, problem_of
from covet_sre.spec import severity_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.findings import Findings, Spot, shown
from covet_sre.spec.library import Library

_MATCHER = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


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


def parse_matcher(text: str) -> LabelMatcher:
    """`severity="critical"`, `team!=web`, `alertname=~"Database.*"`, `zone!~"a|b"`.

    Raises ValueError with what is wrong.
    """
    parts = _MATCHER.fullmatch(text)
    if parts is None:
        raise ValueError("it is no matcher: a label, one of = != =~ !~, and a value")
    name, sign, value = parts.groups()
    if value.startswith('"') or value.endswith('"'):
        quoted = _QUOTED.fullmatch(value)
        if quoted is None:
            raise ValueError("a quotation mark is missing, or one inside the value has no backslash")
        value = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), quoted[1], flags=re.DOTALL)
    matcher = LabelMatcher(name, value, is_regex="~" in sign, is_equal=not sign.startswith("!"))
    problem = problem_of(matcher)
    if problem:
        raise ValueError(problem)
    return matcher


def matchers(texts: list[str], spot: Spot, findings: Findings) -> tuple[LabelMatcher, ...]:
    """Written matchers; none, with findings, where one is wrong, or where all of them match any alert."""
    found: list[LabelMatcher] = []
    before = len(findings.found)
    for index, text in enumerate(texts):
        try:
            found.append(parse_matcher(text))
        except ValueError as error:
            remedy = 'write for example alertname="DatabaseDown" or severity=~"warning|info"'
            findings.error(spot / index, "value-wrong", f"is {shown(text)}: {error}", remedy)
    if len(findings.found) > before:
        return ()
    if all(matcher.matches(()) for matcher in found):
        problem = "matches alerts without any of these labels: nearly all that there are"
        findings.error(spot, "value-wrong", problem, 'add a matcher that needs a value, such as severity="critical"')
        return ()
    return tuple(found)
