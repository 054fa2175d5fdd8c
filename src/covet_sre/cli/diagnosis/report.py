"""Checks as people and programs read them."""

import json
from collections.abc import Sequence
from itertools import groupby

import click

from covet_sre.cli.diagnosis.check import Check, Outcome
from covet_sre.cli.output import printable

SCHEMA_VERSION = 1

# (sign, sign where the terminal has only ASCII, colour)
SIGNS = {
    Outcome.OK: ("✓", "+", "green"),
    Outcome.WARNING: ("!", "!", "yellow"),
    Outcome.PROBLEM: ("✗", "x", "red"),
    Outcome.NOT_CHECKED: ("·", "-", "bright_black"),
}


def as_text(checks: Sequence[Check], *, colours: bool, encoding: str) -> str:
    """A line for each check, grouped, and one more for each remedy."""
    lines: list[str] = []
    width = max((len(check.subject) for check in checks), default=0)
    for group, members in groupby(checks, key=lambda check: check.group):
        lines += ["", group] if lines else [group]
        for check in members:
            sign, ascii_sign, colour = SIGNS[check.outcome]
            if not _can_say(sign, encoding):
                sign = ascii_sign
            lines.append(
                f"  {click.style(sign, colour) if colours else sign} {check.subject:<{width}}  {printable(check.told)}"
            )
            if check.remedy:
                lines.append(f"    {'':<{width}}  {'→' if _can_say('→', encoding) else '->'} {printable(check.remedy)}")
    return "\n".join(lines)


def as_json(checks: Sequence[Check]) -> str:
    """`{"schema_version": 1, "ok": ..., "checks": [...]}`."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "ok": not any(check.outcome is Outcome.PROBLEM for check in checks),
        "checks": [
            {
                "group": check.group,
                "subject": check.subject,
                "outcome": check.outcome.value,
                "told": check.told,
                "remedy": check.remedy,
            }
            for check in checks
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def summary(checks: Sequence[Check]) -> str:
    """`1 problem, no warnings, 9 ok, 2 not checked`."""
    counts = {outcome: sum(check.outcome is outcome for check in checks) for outcome in Outcome}
    problems, warnings = counts[Outcome.PROBLEM], counts[Outcome.WARNING]
    return (
        f"{problems or 'no'} problem{'s' * (problems != 1)}, {warnings or 'no'} warning{'s' * (warnings != 1)}, "
        f"{counts[Outcome.OK]} ok, {counts[Outcome.NOT_CHECKED]} not checked"
    )


def _can_say(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
