"""Rule groups as the YAML that Prometheus loads, written so that people can read and review it."""

import re
from collections.abc import Iterable, Sequence

from covet_sre.integrations.prometheus.rules.names import Labels
from covet_sre.integrations.prometheus.rules.rule import Alerting, Group, Rule
from covet_sre.units import format_minutes

# What a double-quoted scalar must escape: quotes, and all that YAML calls not printable.
_TO_ESCAPE = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')


def scalar(text: str) -> str:
    """Any text as one double-quoted YAML scalar."""
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    """What stands between the quotes of `scalar`."""
    return _TO_ESCAPE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return "\\" + character if character in '"\\' else f"\\u{ord(character):04x}"


def groups_text(groups: Sequence[Group]) -> str:
    """The items of `groups:`, indented by two spaces."""
    return "".join(f"{line}\n" for group in groups for line in _group(group))


def _group(group: Group) -> Iterable[str]:
    yield f"  - name: {scalar(group.name)}"
    yield f"    interval: {format_minutes(group.interval_minutes)}"
    yield "    rules:"
    for rule in group.rules:
        yield from _rule(rule)


def _rule(rule: Rule) -> Iterable[str]:
    yield f"      - {'alert' if isinstance(rule, Alerting) else 'record'}: {rule.name}"
    yield "        expr: |-"
    # A literal block needs no quotes, whatever the expression holds.
    yield from (f"          {line}" for line in rule.expression.text.split("\n"))
    if isinstance(rule, Alerting) and rule.for_minutes:
        yield f"        for: {format_minutes(rule.for_minutes)}"
    yield from _mapping("labels", rule.labels)
    if isinstance(rule, Alerting):
        yield from _mapping("annotations", rule.annotations)


def _mapping(name: str, entries: Labels) -> Iterable[str]:
    if entries:
        yield f"        {name}:"
        yield from (f"          {key}: {scalar(value)}" for key, value in entries)
