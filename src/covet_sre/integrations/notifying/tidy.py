"""A message without what no target can carry: control characters, endless text, addresses that are none."""

import re
from collections.abc import Mapping
from dataclasses import replace

from covet_sre.incident.outgoing import Line, Message, Purpose

_LINE, _TITLE, _SUMMARY, _LABEL, _TEXT, _ADDRESS = 200, 300, 4000, 80, 1500, 2000
_LINES, _LINKS, _LABELS = 25, 8, 48
_NOTICE = 8000
"""What people wrote to others is not cut where a summary is."""

# Control characters, and those that turn the direction of the text around them: a label must not disguise what follows.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_WEB_ADDRESS = re.compile(r"https?://[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]+", re.IGNORECASE)


def cut(text: str, length: int) -> str:
    """At most so many characters, with an ellipsis where something is left out."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def plain(text: str, length: int) -> str:
    """Text of several lines, fit for every encoding, at most so long."""
    # Only so much is looked at: the rest of a megabyte is cut off anyway.
    looked_at = text[: 4 * length + 100].replace("\r\n", "\n").replace("\r", "\n")
    found = _SURROGATE.sub("�", _CONTROL.sub(" ", looked_at)).strip()
    return cut(found, length) if len(looked_at) == len(text) or len(found) > length else cut(found + "…", length)


def one_line(text: str, length: int) -> str:
    """The same on one line."""
    return _SPACE.sub(" ", plain(text, length))


def web_address(text: str) -> str:
    """The address if it is one of the web that every target can show as a link; else nothing."""
    return text if len(text) <= _ADDRESS and _WEB_ADDRESS.fullmatch(text) else ""


def tidied(message: Message) -> Message:
    """The message as every target can carry it. Its keys stay as they are."""
    return replace(
        message,
        incident=one_line(message.incident, _LINE),
        title=one_line(message.title, _TITLE) or "(no title)",
        service=one_line(message.service, _LINE),
        severity=one_line(message.severity, _LABEL),
        state=one_line(message.state, _LABEL),
        summary=plain(message.summary, _NOTICE if message.purpose is Purpose.NOTICE else _SUMMARY),
        lines=tuple(_line(line) for line in message.lines[:_LINES]),
        links=tuple(_line(line) for line in message.links if web_address(line.address))[:_LINKS],
        address=web_address(message.address),
        acknowledge_address=web_address(message.acknowledge_address),
        unsubscribe_address=web_address(message.unsubscribe_address),
        person=one_line(message.person, _LINE),
        labels=_labels(message.labels),
    )


def _line(line: Line) -> Line:
    label = one_line(line.label, _LABEL)
    return Line(label, plain(line.text, _TEXT) or label, web_address(line.address))


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {one_line(name, _LABEL): one_line(labels[name], _LINE) for name in sorted(labels)[:_LABELS]}
