"""Example label values: text that a regular expression matches, and text that a set of matchers accepts."""

import re
import warnings
from collections.abc import Iterator, Sequence

from covet_sre.slo.indicator import Matcher, MatchOp

# What label values look like in the field; the first that fits is taken.
_USUAL = ("200", "404", "500", "ok", "error", "GET", "success", "/", "a", "1", "other", "")

_CLASSES = {"d": "5", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_SPECIAL = frozenset(".^$*+?{}[]\\|()")


def accepted_text(matchers: Sequence[Matcher], refused_by: Matcher | None = None) -> str | None:
    """A value that all matchers of one label accept, and `refused_by` does not; None when none is found."""
    for candidate in _candidates(matchers, refused_by):
        is_refused = refused_by is None or not refused_by.accepts(candidate)
        if is_refused and all(matcher.accepts(candidate) for matcher in matchers):
            return candidate
    return None


def _candidates(matchers: Sequence[Matcher], refused_by: Matcher | None) -> Iterator[str]:
    for matcher in (*matchers, *([refused_by] if refused_by else [])):
        if matcher.op in (MatchOp.EQUAL, MatchOp.NOT_EQUAL):
            yield matcher.value
        else:
            yield from matching_texts(matcher.value)
    yield from _USUAL


def matching_texts(pattern: str) -> Iterator[str]:
    """One text for each alternative of a regular expression, where it is of the usual kind; each does match."""
    with warnings.catch_warnings(action="error"):
        try:
            alternatives = _Reader(pattern).alternatives()
            compiled = re.compile(pattern, re.DOTALL)
        except (_Unusual, re.error, FutureWarning, RecursionError):
            return
    for text in alternatives:
        if compiled.fullmatch(text):
            yield text


class _Unusual(Exception):
    """A construct for which no example is made."""


class _Reader:
    """Reads literals, dots, classes, groups, alternatives and repetitions, of which it takes few."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0

    def alternatives(self) -> list[str]:
        found = self._branches()
        if self._at < len(self._pattern):
            raise _Unusual
        return found

    def _branches(self) -> list[str]:
        found = [self._branch()]
        while self._peek() == "|":
            self._at += 1
            found.append(self._branch())
        return found

    def _branch(self) -> str:
        text = ""
        while self._peek() not in ("", "|", ")"):
            text += self._repeated(self._atom())
        return text

    def _atom(self) -> str:
        character = self._take()
        match character:
            case ".":
                return "0"
            case "^" | "$":
                return ""
            case "(":
                if self._pattern.startswith("?:", self._at):
                    self._at += 2
                elif self._peek() == "?":
                    raise _Unusual
                inner = self._branches()[0]
                self._expect(")")
                return inner
            case "[":
                return self._one_of_class()
            case "\\":
                escaped = self._take()
                return _CLASSES.get(escaped, escaped)
            case _ if character in _SPECIAL:
                raise _Unusual
            case _:
                return character

    def _one_of_class(self) -> str:
        if self._peek() == "^":
            raise _Unusual
        first = self._take()
        if first == "\\":
            escaped = self._take()
            first = _CLASSES.get(escaped, escaped)
        end = self._pattern.find("]", self._at)
        if end < 0:
            raise _Unusual
        self._at = end + 1
        return first

    def _repeated(self, atom: str) -> str:
        match self._peek():
            case "*" | "+" | "?":
                self._at += 1
            case "{":
                found = re.compile(r"\{(\d{1,3})(?:,\d*)?\}").match(self._pattern, self._at)
                if found is None:
                    raise _Unusual
                self._at = found.end()
                atom *= int(found[1])
            case _:
                return atom
        if self._peek() == "?":  # As few as possible: the same example.
            self._at += 1
        return atom

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            raise _Unusual
        self._at += 1
        return character

    def _expect(self, character: str) -> None:
        if self._take() != character:
            raise _Unusual
