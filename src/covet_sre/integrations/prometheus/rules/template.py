"""Text with places to fill: the rules of objectives that differ in names and selectors alone are worked out once.

Ten thousand SLOs have 250,000 rules, and of these a few shapes. A place is marked by two characters of Unicode's
private use area; text of users that holds one is written as a Go template that gives it.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

_OPEN, _CLOSE = "\ue000", "\ue001"
MARK = "\\ue000"
"""How Python shows the character with which a place begins."""

_PLACE = re.compile(f"{_OPEN}([a-z]+){_CLOSE}")


class Place(StrEnum):
    """What differs between objectives of one shape. Names need no quoting; selectors stand in expressions alone."""

    SERVICE = f"{_OPEN}service{_CLOSE}"
    SLO = f"{_OPEN}slo{_CLOSE}"
    BASE = f"{_OPEN}base{_CLOSE}"
    TITLE = f"{_OPEN}title{_CLOSE}"
    RUNBOOK = f"{_OPEN}runbook{_CLOSE}"
    TOTAL = f"{_OPEN}total{_CLOSE}"
    PART = f"{_OPEN}part{_CLOSE}"
    BUCKETS = f"{_OPEN}buckets{_CLOSE}"


class Template:
    """Text with places."""

    def __init__(self, text: str) -> None:
        # Every other piece is the name of a place.
        self._pieces = _PLACE.split(text)
        self._places = [Place(f"{_OPEN}{name}{_CLOSE}") for name in self._pieces[1::2]]

    def filled(self, values: Mapping[Place, str]) -> str:
        """The text with its places filled. Raises KeyError for one without a value."""
        pieces = self._pieces.copy()
        pieces[1::2] = [values[place] for place in self._places]
        return "".join(pieces)


def literal(text: str) -> str:
    """Text of a user inside a Go template: shown as it is, never run."""
    shown = text.replace("{{", '{{ "{{" }}')
    return shown.replace(_OPEN, '{{ "\\ue000" }}') if _OPEN in shown else shown
