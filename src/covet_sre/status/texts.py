"""What may stand in a public text: words, and nothing that a page, a feed or a mail's header could take for more."""

import re

from covet_sre.errors import Refused

LONGEST_TITLE, LONGEST_TEXT, LONGEST_REASON = 200, 10_000, 1000

# Control characters, what turns the direction of the text around it, halves of characters: XML has no room for them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


def checked_line(text: str, what: str, most: int = LONGEST_TITLE) -> str:
    """One line, without spaces around it. Raises Refused."""
    line = checked_text(text, what, most)
    if "\n" in line or "\u2028" in line or "\u2029" in line:
        raise Refused(f"{what} has several lines", remedy="write one line")
    return line


def checked_text(text: str, what: str, most: int = LONGEST_TEXT) -> str:
    """The text with Unix line ends. Raises Refused where it is empty, too long, or holds what is no text."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not plain:
        raise Refused(f"{what} is missing", remedy="give it")
    if len(plain) > most:
        raise Refused(f"{what} has {len(plain):,} characters, and {most:,} at most are shown", remedy="shorten it")
    if found := _FORBIDDEN.search(plain):
        raise Refused(f"{what} holds the character U+{ord(found[0]):04X}, which is no text", remedy="take it out")
    return plain
