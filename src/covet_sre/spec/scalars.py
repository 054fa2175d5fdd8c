"""Plain scalars of YAML 1.2's core schema: `NO` and `12:30` stay text, and so does everything not listed here."""

import re

_WORDS: dict[str, object] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    ".nan": float("nan"),
    ".NaN": float("nan"),
    ".NAN": float("nan"),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}
_WHOLE = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_FIRST_OF_A_NUMBER = frozenset("0123456789+-.")

MAX_DIGITS = 400
"""Python refuses to read whole numbers of thousands of digits; nothing in a reliability file has hundreds."""


def plain_scalar(text: str) -> object:
    """The value of an unquoted, untagged scalar.

    Raises ValueError for a number of more than MAX_DIGITS characters.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST_OF_A_NUMBER:
        return text
    if len(text) > MAX_DIGITS:
        if _DECIMAL.match(text) or _HEXADECIMAL.match(text) or _OCTAL.match(text):
            raise ValueError(f"a number of {len(text)} characters")
        return text
    if _WHOLE.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return float(text)
    if _OCTAL.match(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.match(text):
        return int(text[2:], 16)
    return text
