"""What must not stand in a public text: names that only people inside know, looked for before anything is told."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

_SHORTEST_NAME = 2
_MOST_TOLD = 20

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_INCIDENT = re.compile(r"\binc-\d{4}-\d{2,4}-?\d{0,2}-\d+\b")
_FOUR = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]|\.\d)")
_SIX = re.compile(r"(?<![\w:.])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?![\w:])")
_WORD = re.compile(r"[\w][\w.-]*[\w]")
_INNER_ENDING = re.compile(
    r"\.(?:internal|intranet|intra|local|localdomain|localhost|lan|corp|private|svc|home\.arpa|cluster\.local)$"
)
_MACHINE = re.compile(
    r"(?:ip|db|sql|web|app|api|node|host|srv|server|worker|prod|stage|staging|k8s|kube|vm|redis|pg|kafka|lb|gw)"
    r"(?:[-.]?[a-z]{1,12}){0,4}[-.]?\d{1,5}(?:[-.][a-z0-9]{1,12}){0,4}"
)
_POD = re.compile(r"[a-z][a-z0-9-]*-(?=[a-z]*[0-9])[a-f0-9]{6,10}-[a-z0-9]{5}")


@dataclass(frozen=True, slots=True)
class InternalNames:
    """(kind in words, name), such as ("service", "api"); `hosts` are those of runbooks, graphs and targets."""

    names: tuple[tuple[str, str], ...] = ()
    hosts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leak:
    """`what` is the kind in words, `found` what stands in the text."""

    what: str
    found: str

    def __str__(self) -> str:
        return f"{self.what} {self.found!r}"


def find_leaks(texts: Iterable[str], internal: InternalNames, public: Iterable[str]) -> tuple[Leak, ...]:
    """What in the texts looks internal, each once. Words that stand in `public` are no secrets."""
    open_text = "\n".join(_flat(one) for one in public)
    found: dict[Leak, None] = {}
    for text in texts:
        flat = _flat(text)
        found |= dict.fromkeys(one for one in _found(flat, internal) if not _stands_in(one.found, open_text))
    return tuple(found)[:_MOST_TOLD]


def _flat(text: str) -> str:
    """Text as it is compared: one spelling for what looks alike, without what cannot be seen."""
    shown = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in shown if unicodedata.category(letter) != "Cf").casefold()


def _found(text: str, internal: InternalNames) -> Iterator[Leak]:
    for address in internal.addresses:
        if _flat(address) in text:
            yield Leak("the internal address", _flat(address))
    for host in internal.hosts:
        if _stands_in(_flat(host), text):
            yield Leak("the internal host", _flat(host))
    for kind, name in internal.names:
        flat = _flat(name).strip()
        if len(flat) >= _SHORTEST_NAME and _stands_in(flat, text):
            yield Leak(f"the name of a {kind}", flat)
    yield from (Leak("the e-mail address", one) for one in _MAIL.findall(text))
    yield from (Leak("the incident id", one) for one in _INCIDENT.findall(text))
    yield from (Leak("the IP address", one) for one in (*_FOUR.findall(text), *_SIX.findall(text)) if _is_ip(one))
    for word in _WORD.findall(text):
        if _INNER_ENDING.search(word) or _MACHINE.fullmatch(word) or _POD.fullmatch(word):
            yield Leak("what looks like a machine's name,", word)


def _stands_in(name: str, text: str) -> bool:
    """Whether it stands there as a word of its own."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not (at and text[at - 1].isalnum() and name[0].isalnum()) and not (
            end < len(text) and text[end].isalnum() and name[-1].isalnum()
        ):
            return True
        at = text.find(name, at + 1)
    return False


def _is_ip(text: str) -> bool:
    # 12:30 and ::: are none; 10:30:45 is a time.
    if ":" in text and (
        not any(letter.isdigit() for letter in text)
        or text.count(":") < 2
        or re.fullmatch(r"\d{1,2}:\d{2}:\d{2}", text)
    ):
        return False
    try:
        ip_address(text.rstrip(".:") if text.count(":") != 2 else text)
    except ValueError:
        return False
    return True
